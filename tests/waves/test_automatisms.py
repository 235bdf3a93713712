"""Tests of raid mode, mutes, slow mode and retries: their effect, and attempts to misuse them."""

import pytest

from countersign.policy.measures.raid_mode import Strictness
from countersign.protocol.rooms.room_state import trimmed
from countersign.testing.events import make_pdu
from tests.waves.dice import Dice, abuse, come, edit_of, newcomers, reaction, text, wrote
from tests.waves.simulated_community import (
    MEMBERS,
    MODERATOR,
    REFERENCE,
    ROOMS,
    Sent,
    refused,
    simulated_community,
)

LOBBY, HELP = ROOMS[0], ROOMS[1]
SCAM = "I doubled my savings with this trading group, write to @mrs.coin on telegram today"
QUESTION = "after the update my client shows every message twice, does anybody know a way around it"
BESIDES = ("has anybody tried the old version?", "I will look at the logs tonight", "thank you all")


def attackers(dice, count, at, body, *, servers=3, every=1.0):
    """Return accounts that come at once, and then all write variations of one text."""
    users = newcomers(dice, count, servers=servers)
    yield from come(dice, users, at, 20, rooms=[LOBBY])
    for number, user in enumerate(users):
        words = body.split()
        words[dice.randrange(len(words))] = dice.letters(4)
        body_now = " ".join(words)
        yield Sent(at + 25 + number * every, user, text(body_now), is_abuse=True)


@pytest.mark.parametrize("servers", [1, 50])
async def test_a_hundred_accounts_with_one_message_are_stopped_wherever_they_come_from(servers):
    dice = Dice("hundred", servers)
    line = "you have been raided by the crows, everybody out of this room now, it is ours tonight"
    async with simulated_community() as played:
        outcome = await played.play(attackers(dice, 100, 10, line, servers=servers))

    assert outcome.abuse_refused_percent >= 95


async def test_joins_alone_silence_nobody():
    dice = Dice("joins", 1)
    users = newcomers(dice, 200, servers=60)
    honest = [
        wrote(140 + number * 2, user, f"{dice.word(6)} {dice.word(5)} {dice.word(7)}?")
        for number, user in enumerate(users[:40])
    ]
    hearts = [Sent(150 + n, user, reaction("$news", "🎉"), "m.reaction")
              for n, user in enumerate(users[40:80])]  # fmt: skip
    async with simulated_community() as played:
        outcome = await played.play([*come(dice, users, 5, 120, rooms=[LOBBY]), *honest, *hearts])

    assert refused(outcome) == []


async def test_a_class_that_says_hello_is_no_raid():
    dice = Dice("class", 1)
    pupils = [f"@student{number:02}:school.example" for number in range(60)]
    hellos = ("hi", "good morning", "present", "Good morning everyone, I am present")
    said = [wrote(70 + n, pupil, hellos[n % 4]) for n, pupil in enumerate(pupils)]
    async with simulated_community() as played:
        outcome = await played.play([*come(dice, pupils, 5, 50, rooms=[LOBBY]), *said])

    assert "raid" not in outcome.by_step
    assert [labels for _, labels in outcome.ham_refused if "raid-newcomers" in labels] == []


async def test_puppets_that_a_policy_names_are_no_people():
    dice = Dice("bridge", 1)
    puppets = [f"@telegram_{number}:bridge.example" for number in range(300)]
    line = "the workshop moved to the large hall on the second floor, tell all who are late"
    said = [wrote(70 + n, puppet, line) for n, puppet in enumerate(puppets[:60])]
    async with simulated_community(
        'newcomer-safe\nbridges: ["@telegram_*:bridge.example"]'
    ) as played:
        outcome = await played.play([*come(dice, puppets, 5, 50, rooms=[LOBBY]), *said])

    assert refused(outcome) == []


async def test_a_few_accounts_silence_nobody_by_writing_what_others_write():
    dice = Dice("few", 1)
    honest = newcomers(dice, 6, servers=3, kind="home")
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, honest, 0, 5, rooms=[LOBBY]),
            *attackers(dice, 5, 5, QUESTION),
            *(wrote(60 + 20 * n, user, line) for user in honest for n, line in enumerate(BESIDES)),
        ])  # fmt: skip

    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_a_member_copied_by_a_raid_can_go_on_writing():
    dice = Dice("copied", 1)
    (victim,) = newcomers(dice, 1, kind="open")
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [victim], 0, 1, rooms=[LOBBY]),
            wrote(5, victim, QUESTION),
            *attackers(dice, 60, 10, QUESTION),
            *(wrote(100 + 20 * n, victim, line) for n, line in enumerate(BESIDES)),
            *(wrote(101 + 20 * n, MEMBERS[0], QUESTION) for n in range(3)),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 80
    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_newcomers_of_a_raids_servers_who_write_something_else_are_left_alone():
    dice = Dice("same servers", 1)
    users = [f"@visitor{number}:open0.example" for number in range(20)]
    lines = [f"{dice.word(5)} {dice.word(6)} {dice.word(7)} works?" for _ in users]
    raid = attackers(dice, 60, 5, "this room is ours now, all of you leave before it gets worse")
    async with simulated_community() as played:
        outcome = await played.play([
            *raid,
            *come(dice, users, 20, 20, rooms=[LOBBY]),
            *(wrote(100 + n * 3, user, lines[n]) for n, user in enumerate(users)),
        ])  # fmt: skip

    assert refused(outcome) == []


async def test_a_retry_storm_is_one_refusal():
    dice = Dice("retries", 1)
    (user,) = newcomers(dice, 1)
    body = "claim your reward now at http://203.0.113.7/win, guaranteed profit, 500 usd a day"
    storm = [wrote(30 + n * 2, user, body, is_counted=False) for n in range(30)]
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [user], 0, 1, rooms=[LOBBY]),
            *storm,
            *(wrote(95 + 20 * n, user, line) for n, line in enumerate(BESIDES)),
        ])  # fmt: skip
        mutes = played._measures.mutes.list_current()

    assert refused(outcome) == []
    assert mutes == []


async def test_a_strict_raid_lets_newcomers_write_where_help_is():
    dice = Dice("strict", 1)
    users = newcomers(dice, 4)
    document = f'newcomer-safe\nraid: {{open_rooms: ["{HELP}"]}}'
    async with simulated_community(document) as played:
        rules = played._decide._policies.for_room(LOBBY).policy.raid_rules
        played._measures.raids.begin("default", rules, "a moderator said so", strict=Strictness())
        outcome = await played.play([
            *(wrote(10 + n, user, "what is going on?") for n, user in enumerate(users)),
            *(wrote(20 + n, user, "please help", room_id=HELP) for n, user in enumerate(users)),
            *(wrote(30 + n, user, "good evening") for n, user in enumerate(MEMBERS[:5])),
            *(wrote(7_300 + n, user, "and now?") for n, user in enumerate(users)),
        ])  # fmt: skip

    assert [sent.sender for sent, _ in outcome.ham_refused] == users
    assert {sent.content["body"] for sent, _ in outcome.ham_refused} == {"what is going on?"}
    assert outcome.muted == set()


async def test_slow_mode_holds_where_the_room_says_so():
    limits = {"events": {"m.room.message": {"rate_limit": 30_000, "exempt_power_level": 50}}}
    stated = make_pdu(MODERATOR, "m.room.slowmode", limits, room_id=LOBBY, state_key="")
    ada, ben = MEMBERS[:2]
    async with simulated_community() as played:
        played._rooms[LOBBY].state.apply(trimmed(stated))
        outcome = await played.play([
            *(wrote(10 + n, MODERATOR, f"line {n}") for n in range(3)),
            wrote(20, ada, "one"), wrote(30, ada, "too soon"), wrote(51, ada, "three"),
            wrote(31, ben, "other people have their own"), wrote(32, ada, "there", room_id=HELP),
            Sent(33, ada, reaction("$x", "👍"), "m.reaction"),
        ])  # fmt: skip

    assert refused(outcome) == [(ada, "too soon", ["slow-mode"])]
    assert outcome.muted == set()


async def test_a_flood_of_newcomers_leaves_members_their_share():
    dice = Dice("share", 1)
    users = newcomers(dice, 80, servers=40)
    flood = [
        Sent(60 + n * 0.1, users[n % 80], text(f"{dice.word(5)} {dice.word(6)}"),
             is_abuse=True)
        for n in range(600)
    ]  # fmt: skip
    document = "newcomer-safe\nfilters: [{name: newcomer-share, event-rate: {max_events: 100}}]"
    async with simulated_community(document) as played:
        outcome = await played.play([
            *come(dice, users, 0, 50, rooms=[LOBBY]),
            *flood,
            *(wrote(70 + n, MEMBERS[n % 12], f"evening, number {n}") for n in range(40)),
        ])  # fmt: skip

    assert outcome.by_step["newcomer-share"] >= 400
    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_a_group_that_floods_keeps_nobody_from_writing():
    dice = Dice("group", 1)
    users, honest = newcomers(dice, 12, servers=6), newcomers(dice, 6, servers=3, kind="home")
    flood = [
        Sent(60 + n * 0.4, users[n % 12], text(f"{dice.word(5)} {dice.word(6)}"),
             is_abuse=True)
        for n in range(300)
    ]  # fmt: skip
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]),
            *flood,
            *(wrote(70 + 25 * n + place, user, f"{dice.word(6)} {dice.word(7)} works?")
              for place, user in enumerate(honest) for n in range(3)),
            *(wrote(70 + n, MEMBERS[n % 3], f"evening, number {n}") for n in range(60)),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 90
    assert refused(outcome) == []
    assert outcome.muted == set()


@pytest.mark.parametrize("accounts", [5, 12, 20])
async def test_accounts_that_flood_keep_no_newcomer_at_a_human_pace_waiting(accounts):
    dice = Dice("few floods", accounts)
    users = newcomers(dice, accounts, servers=5)
    honest = newcomers(dice, 6, servers=6, kind="home")
    flood = [
        Sent(60 + n * 0.5, users[n % accounts], text(f"{dice.word(5)} {dice.word(6)}"),
             is_abuse=True)
        for n in range(480)
    ]  # fmt: skip
    talk = []
    for user in honest:
        at = 65.0
        while at < 290:
            at += dice.uniform(12, 45)
            talk.append(wrote(at, user, f"{dice.word(6)} {dice.word(7)} works?"))
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]), *flood, *talk,
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 90
    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_a_crowd_at_one_person_keeps_nobody_who_is_known_from_talking_to_them():
    dice = Dice("crowd", 1)
    victim, friend = MEMBERS[:2]
    users = newcomers(dice, 40, servers=20)
    (helped,) = newcomers(dice, 1, kind="home")

    def calling(at, user, body, **more):
        return Sent(at, user, text(body, **{"m.mentions": {"user_ids": [victim]}}), **more)

    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [helped, *users], 0, 5, rooms=[LOBBY]),
            *(wrote(10 + 15 * n, helped, f"{dice.word(6)} {dice.word(7)}") for n in range(6)),
            *(calling(120 + 5 * n, user, f"{dice.letters(6)}, just leave", is_abuse=True)
              for n, user in enumerate(users)),
            *(calling(330 + 20 * n, helped, line) for n, line in enumerate(BESIDES)),
            *(calling(331 + 20 * n, friend, line) for n, line in enumerate(BESIDES)),
        ])  # fmt: skip

    assert outcome.abuse_refused == 21
    assert refused(outcome) == []
    assert outcome.muted == set()


@pytest.mark.parametrize(("answered", "refused_at_most"), [(3, 21), (6, 0)])
async def test_a_crowd_at_one_person_goes_on_only_if_that_person_answers_many(
    answered, refused_at_most
):
    dice = Dice("answers", 1)
    victim, users = MEMBERS[0], newcomers(dice, 40, servers=20)

    def calling(at, sender, called, body, **more):
        return Sent(at, sender, text(body, **{"m.mentions": {"user_ids": [called]}}), **more)

    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, users, 0, 5, rooms=[LOBBY]),
            *(calling(120 + 5 * n, user, victim, f"{dice.letters(6)}, just leave", is_abuse=True)
              for n, user in enumerate(users)),
            *(calling(200 + n, victim, users[n], f"{dice.word(5)}, why?")
              for n in range(answered)),
        ])  # fmt: skip

    assert outcome.abuse_refused == refused_at_most
    assert outcome.muted == set()


async def test_a_rate_limited_sender_passes_after_a_pause():
    (user,) = newcomers(Dice("pause", 1), 1)
    lines = [f"number {n} of what I wanted to say" for n in range(30)]
    async with simulated_community() as played:
        outcome = await played.play([
            *(wrote(10 + n, user, line, is_counted=False) for n, line in enumerate(lines)),
            *(wrote(110 + 10 * n, user, line) for n, line in enumerate(BESIDES)),
        ])  # fmt: skip

    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_newcomers_who_talk_beside_a_raid_of_few_words_are_left_alone():
    dice = Dice("few words", 1)
    users, honest = newcomers(dice, 40, servers=1), newcomers(dice, 8, servers=1, kind="open")
    words = ("losers", "clowns", "stupid", "hate", "you", "all", "this", "room", "is", "trash")
    raid = [
        Sent(60 + n, user, text(" ".join(dice.choices(words, k=dice.randrange(4, 10)))),
             is_abuse=True)
        for n, user in enumerate(users)
    ]  # fmt: skip
    lines = ("what is this all about?", "is this room always so?", "hello all", "I hate this noise",
             "does the new version work for you?", "thanks", "you are right", "is it?")  # fmt: skip
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]),
            *raid,
            *(wrote(80 + 3 * n, user, lines[n]) for n, user in enumerate(honest)),
        ])  # fmt: skip

    assert outcome.by_step["raid"] >= 25
    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_reactions_of_a_few_to_one_event_keep_nobody_from_voting():
    dice = Dice("vote", 1)
    users, honest = newcomers(dice, 8, servers=4), newcomers(dice, 12, servers=12, kind="home")
    signs = "👍👎❤🎉🚀👀😂🔥✅❌🍕🍺"
    storm = [
        Sent(60 + n * 0.25, users[n % 8], reaction("$poll", f"{signs[n % 12]}{n // 96}"),
             "m.reaction", is_abuse=True)
        for n in range(384)
    ]  # fmt: skip
    votes = [
        Sent(70 + place * 5 + n * 2, user, reaction("$poll", sign), "m.reaction")
        for place, user in enumerate(honest)
        for n, sign in enumerate(dice.sample(signs, 5))
    ]
    members = [
        Sent(80 + n, MEMBERS[n % 12], reaction("$poll", "👍"), "m.reaction") for n in range(12)
    ]
    async with simulated_community() as played:
        outcome = await played.play(
            [*come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]), *storm, *votes, *members]
        )

    # So many signs pass under one event as a vote may have, and no more.
    assert outcome.abuse_refused_percent >= 70
    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_edits_of_others_make_nobodys_correction_an_advertisement():
    dice = Dice("corrections", 1)
    users = newcomers(dice, 6, servers=3)
    honest = newcomers(dice, 6, servers=6, kind="home")
    lines = (
        "is there a paid plan for a small team, or free hosting",
        "I bought it for $40 in the shop, is that the official one?",
        "we get a discount as a school, who do I write to about the invoice",
        "my bank says the transfer of 250 € to the association is done",
        "does the wallet need a new password after the update",
        "can I earn the badge by translating, or only by donating",
    )
    said = [wrote(60 + n, user, lines[n], label=f"said{n}") for n, user in enumerate(honest)]
    # Anybody can send an edit of somebody else's message; clients do not show it.
    foreign = [
        Sent(70 + n * 2, users[n % 6], edit_of(f"{REFERENCE}said{n % 6}", f"{lines[n % 6]} {n}"),
             is_counted=False)
        for n in range(36)
    ]  # fmt: skip
    corrected = [
        Sent(145 + n, user, edit_of(f"{REFERENCE}said{n}", f"{lines[n]}, please"))
        for n, user in enumerate(honest)
    ]
    async with simulated_community() as played:
        outcome = await played.play(
            [*come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]), *said, *foreign, *corrected]
        )

    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_mentions_without_a_word_keep_nobody_else_from_calling_somebody():
    dice = Dice("calls", 1)
    users, honest = newcomers(dice, 6, servers=3), newcomers(dice, 8, servers=8, kind="home")
    victim, friend = MEMBERS[:2]

    def call(at, user, called, **more):
        return Sent(at, user, text(called, **{"m.mentions": {"user_ids": [called]}}), **more)

    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]),
            *(call(60 + n * 2, users[n % 6], victim, is_abuse=True) for n in range(60)),
            *(call(70 + 10 * n, user, victim) for n, user in enumerate(honest)),
            *(wrote(75 + 10 * n, user, f"{victim} {' '.join(dice.word(6) for _ in 'abcd')}?")
              for n, user in enumerate(honest)),
            *(call(80 + 10 * n, friend, victim) for n in range(3)),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 85
    assert refused(outcome) == []
    assert outcome.muted == set()


ANNOUNCEMENT = (
    "Reminder for everybody: the weekly community call begins in a quarter of an hour, bring your "
    "questions and something to drink"
)


async def test_strangers_who_copy_a_members_announcement_keep_nobody_from_repeating_it():
    dice = Dice("copies", 1)
    copying = newcomers(dice, 20, servers=20)
    async with simulated_community() as played:
        outcome = await played.play([
            wrote(5, MEMBERS[0], ANNOUNCEMENT),
            *come(dice, copying, 10, 20, rooms=[LOBBY]),
            *(abuse(40 + 5 * n, user, text(ANNOUNCEMENT)) for n, user in enumerate(copying)),
            *(wrote(200 + 10 * n, MEMBERS[0], ANNOUNCEMENT, room_id=room_id)
              for n, room_id in enumerate(ROOMS[1:])),
            wrote(240, MEMBERS[1], ANNOUNCEMENT),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 75
    assert refused(outcome) == []


async def test_a_newcomer_who_asks_again_what_strangers_copied_is_not_muted():
    dice = Dice("copied question", 1)
    (asking,) = newcomers(dice, 1, kind="home")
    copying = newcomers(dice, 8, servers=8)
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [asking], 0, 1, rooms=ROOMS[:2]),
            wrote(5, asking, QUESTION),
            *come(dice, copying, 0, 5, rooms=[LOBBY]),
            *(abuse(10 + 6 * n, user, text(QUESTION)) for n, user in enumerate(copying)),
            Sent(100, asking, text(QUESTION), is_counted=False),
            Sent(160, asking, text(f"{QUESTION} anybody?"), room_id=ROOMS[1], is_counted=False),
            Sent(220, asking, text(f"please, {QUESTION}"), is_counted=False),
            wrote(280, asking, "never mind, I found it"),
        ])  # fmt: skip

    assert outcome.abuse_refused >= 3
    assert refused(outcome) == []
    assert outcome.muted == set()
