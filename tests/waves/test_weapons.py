"""Tests of attempts to turn what the server remembers against honest people."""

import pytest

from tests.waves.dice import Dice, abuse, come, join, newcomers, text, wrote
from tests.waves.ham import LINES
from tests.waves.simulated_community import (
    MEMBERS,
    MODERATOR,
    ROOMS,
    Sent,
    refused,
    simulated_community,
)
from tests.waves.texts.newcomers import FIRST_WORDS

LOBBY = ROOMS[0]
DAY_SECONDS = 86_400
SITE = "https://app.helpful-notes.org/download"
ABOUT_SITE = (
    f"the new version is here: {SITE}",
    f"does {SITE} work for you? I get a white page",
    f"I followed {SITE} and the installer stops at 40 %",
    f"is {SITE} the right place for the Windows build?",
    f"thanks, {SITE} was what I needed",
    f"could somebody mirror {SITE}? it is slow here",
    f"which checksum should the file at {SITE} have?",
    f"the button on {SITE} does nothing in Firefox",
)
SCAMS_WITH_SITE = (
    "claim your 500 USDT bonus now, connect your wallet at {site}, guaranteed profit every day",
    "earn $900 daily from home without experience, register at {site} and message me on telegram",
    "free airdrop for all members, send your seed phrase at {site} before midnight to double it",
)
ANNOUNCEMENT = (
    "Reminder for everybody: the weekly community call begins in a quarter of an hour, bring your "
    "questions and something to drink"
)
THREAT = "you have been raided by the crows, everybody out of this room now, it is ours tonight"


def scams_and_questions(attackers, *, advertised):
    """Return scams that name a link, and what newcomers later ask about a project's new site."""
    dice = Dice("poison", attackers)
    users = newcomers(dice, attackers, servers=6)
    honest = newcomers(dice, 8, servers=8, kind="home")
    yield from come(dice, [*users, *honest], 0, 30, rooms=[LOBBY])
    for number in range(2 * attackers):
        scam = SCAMS_WITH_SITE[number % 3].format(site=advertised)
        yield abuse(60 + 7 * number, users[number % attackers], text(scam))
    for number, user in enumerate(honest):
        yield wrote(600 + 40 * number, user, ABOUT_SITE[number])


ADDRESS = "support@harbour-club.org"
ABOUT_ADDRESS = (
    f"is {ADDRESS} really your support?",
    f"somebody at {ADDRESS} answered me within an hour, great service",
    f"I wrote to {ADDRESS} about the membership, how long does it take?",
    f"where do I report a bug, at {ADDRESS}?",
    f"{ADDRESS} does not answer since Monday",
    f"the website says to write to {ADDRESS}, is that still right?",
    f"who reads {ADDRESS}?",
    f"my mail to {ADDRESS} came back",
)
SCAMS_WITH_ADDRESS = (
    f"claim your 500 USDT bonus now, guaranteed profit every day, write to {ADDRESS}",
    f"earn $900 daily from home without experience, message {ADDRESS} today",
    f"free airdrop for all members, send your seed phrase to {ADDRESS} before midnight",
)


@pytest.mark.parametrize("attackers", [2, 5, 12, 20])
async def test_scams_with_a_clubs_address_keep_no_newcomer_from_asking_about_it(attackers):
    dice = Dice("address", attackers)
    users = newcomers(dice, attackers, servers=attackers)
    honest = newcomers(dice, 8, servers=8, kind="home")
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 30, rooms=[LOBBY]),
            *(abuse(60 + 9 * n, users[n % attackers], text(SCAMS_WITH_ADDRESS[n % 3]))
              for n in range(3 * attackers)),
            *(wrote(900 + 60 * n, user, ABOUT_ADDRESS[n]) for n, user in enumerate(honest)),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 90
    assert refused(outcome) == []
    assert outcome.muted == set()


@pytest.mark.parametrize("attackers", [3, 6, 20])
async def test_scams_with_a_new_link_keep_no_newcomer_from_asking_about_it(attackers):
    outcomes = []
    for advertised in (SITE, "https://another.site-of-theirs.org/download"):
        async with simulated_community() as played:
            outcomes.append(
                await played.play(scams_and_questions(attackers, advertised=advertised))
            )

    with_it, without = outcomes
    assert with_it.abuse_refused_percent >= 90
    assert [who for who, *_ in refused(with_it)] == [who for who, *_ in refused(without)]
    assert len(refused(without)) <= 2
    assert with_it.muted == set()


async def test_accounts_of_a_day_that_copy_an_announcement_keep_nobody_from_repeating_it():
    dice = Dice("copies of a day", 1)
    copying = newcomers(dice, 14, servers=14)
    talk = [
        Sent(60 + place * 31 + number * 4_000, user,
             text(f"{LINES[number % 30]} {dice.letters(5)}"),
             room_id=ROOMS[number % 4], is_counted=False)
        for place, user in enumerate(copying) for number in range(30)
    ]  # fmt: skip
    at = 1.6 * DAY_SECONDS
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, copying, 0, 30),
            *talk,
            wrote(at, MEMBERS[0], ANNOUNCEMENT),
            *(Sent(at + 10 + 5 * n, user, text(ANNOUNCEMENT), is_counted=False)
              for n, user in enumerate(copying)),
            *(wrote(at + 200 + 60 * n, MEMBERS[0], ANNOUNCEMENT, room_id=room_id)
              for n, room_id in enumerate(ROOMS[1:])),
        ])  # fmt: skip
        levels = {
            user: played._measures.trust.standing_of(
                user, await played._measures.trust.find("default", user), played._rooms[LOBBY],
                played._decide._policies.for_room(LOBBY).policy, None).level.value
            for user in copying
        }  # fmt: skip

    assert set(levels.values()) == {"member"}
    assert refused(outcome) == []


@pytest.mark.parametrize(
    "warning",
    [
        "Warning: somebody announced a raid. Ignore those who write: {threat}",
        "if you see '{threat}' please report it and do not answer",
        "Achtung, ignoriert alle, die schreiben: {threat}",
        "attention, spam: {threat}",
    ],
)
async def test_a_moderator_who_warned_of_a_raid_before_it_came_does_not_clear_it(warning):
    dice = Dice("warned", 1)
    users = newcomers(dice, 100, servers=40)
    async with simulated_community() as played:
        outcome = await played.play([
            wrote(1, MODERATOR, warning.format(threat=THREAT)),
            *come(dice, users, 10, 60, rooms=[LOBBY]),
            *(abuse(80 + n, user, text((THREAT, THREAT.lower(), f"{THREAT} ha")[n % 3]))
              for n, user in enumerate(users)),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 90


async def test_events_that_a_homeserver_sends_twice_are_signed_twice():
    dice = Dice("twice", 1)
    sent, at = [], 30.0
    for said in [line for pool in FIRST_WORDS.values() for line in pool][:150]:
        (user,) = newcomers(dice, 1, kind="home")
        at += 60
        sent.append(join(at, user))
        sent.append(wrote(at + 20, user, said))
        sent += [
            wrote(at + 20 + 4 * (number + 1), user, said) for number in range(dice.randrange(1, 3))
        ]
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert refused(outcome) == []
    assert outcome.muted == set()


REASON = (
    "I read about your group in the newspaper and would like to help at the harvest festival in "
    "September"
)
OWN_REASONS = (
    "I read about your group in the newspaper, may I come in?",
    "my neighbour sent me, I can bake for the harvest festival",
    "I would like to sell honey at the festival",
    "may I help you with the harvest?",
    "I saw you at the festival last year and want to help this time",
    "I read about the festival and your group",
)


@pytest.mark.parametrize("attackers", [4, 20])
async def test_strangers_who_knock_with_one_reason_keep_nobody_from_knocking_with_theirs(attackers):
    dice = Dice("reasons", attackers)
    honest = newcomers(dice, len(OWN_REASONS), servers=6, kind="home")
    knocks = [
        *((10 + 4 * n, user, REASON)
          for n, user in enumerate(newcomers(dice, attackers, servers=attackers))),
        *((200 + 30 * n, user, OWN_REASONS[n]) for n, user in enumerate(honest)),
    ]  # fmt: skip
    async with simulated_community() as played:
        outcome = await played.play(
            Sent(at, user, {"membership": "knock", "reason": reason}, "m.room.member", LOBBY, user,
                 is_abuse=user not in honest)
            for at, user, reason in knocks
        )  # fmt: skip

    assert outcome.ham_refused == []
    assert outcome.abuse_refused >= (attackers > 4) * 8


async def test_syllables_of_many_cost_a_newcomer_one_short_answer_at_most():
    dice = Dice("syllables", 1)
    users, honest = newcomers(dice, 14, servers=14), newcomers(dice, 4, kind="home")
    flood = [
        abuse(60 + n * 0.8, users[n % 14], text(dice.choice(("lol", "ha", "x", "no", "k"))))
        for n in range(400)
    ]
    answers = ("what does error 412 mean?", "yes", "no", "it comes when I log in", "ok", "yes")
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 40, rooms=[LOBBY]),
            *flood,
            *(wrote(90 + 7 * place + 35 * n, user, said if n % 3 else f"{said} {dice.word(7)}")
              for place, user in enumerate(honest) for n, said in enumerate(answers)),
        ])  # fmt: skip

    hurt = [sent.sender for sent, _ in outcome.ham_refused]
    assert outcome.abuse_refused_percent >= 80
    assert len(hurt) == len(set(hurt)), refused(outcome)
    assert outcome.muted == set()


BUG = (
    "since the update my app crashes when I open a room, is that known?",
    "hello, the app crashes since the update when I open any room, known problem?",
    "my app crashes since this update whenever I open a room",
    "is it known that the app crashes when you open a room since the update?",
    "app crashes since the update as soon as I open a room, anybody else?",
)


@pytest.mark.parametrize("attackers", [4, 12])
async def test_scams_of_a_few_keep_nobody_from_asking_what_others_ask(attackers):
    dice = Dice("bug", attackers)
    users, honest = newcomers(dice, attackers, servers=attackers), newcomers(dice, 10, kind="home")
    claim = "claim {} USDT now, connect your wallet at https://{}.xyz/claim, guaranteed profit"
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 30, rooms=[LOBBY]),
            *(abuse(40 + 2 * n, users[n % attackers],
                    text(claim.format(dice.randrange(100, 900), dice.letters(7))))
              for n in range(2 * attackers)),
            *(wrote(90 + 6 * n, user, " ".join(dice.word(6) for _ in range(7)))
              for n, user in enumerate(honest[5:])),
            *(wrote(200 + 25 * n, user, BUG[n]) for n, user in enumerate(honest[:5])),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 90
    assert refused(outcome) == []
