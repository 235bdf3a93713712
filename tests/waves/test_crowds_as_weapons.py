"""Tests of crowds that use limits on crowds, raid mode and pile-ons against honest newcomers."""

from dataclasses import replace

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.testing.filters import make_message_to_judge
from tests.waves.dice import (
    Dice,
    abuse,
    come,
    edit_of,
    join,
    newcomers,
    reaction,
    reply_to,
    text,
    wrote,
)
from tests.waves.simulated_community import (
    MEMBERS,
    REFERENCE,
    ROOMS,
    Sent,
    refused,
    simulated_community,
)
from tests.waves.texts.newcomers import FIRST_WORDS

LOBBY = ROOMS[0]
EVERYDAY = (  # noqa: SIM905 - one line of words
    "the to a i is it in and of for my this that you can how what do does not with on have new but "
    "me work version help please any from an am"
).split()
SHORT_QUESTIONS = (
    "how do I do that?", "does it work for you?", "is it for me?", "can you help me please?",
    "what do I do now?", "any help please?", "it does not work", "how can I help?",
    "I have the new version", "what does it do?", "where can I read about it?", "not for me",
    "does this version have it?", "is anybody from Hamburg here?", "what time is the meeting?",
)  # fmt: skip

MONEY_QUESTIONS = (
    "is there a paid plan for a small team, or free hosting",
    "I bought it for $40 in the shop, is that the official one?",
    "we get a discount as a school, who do I write to about the invoice",
    "my bank says the transfer of 250 € to the association is done",
    "does the wallet need a new password after the update",
    "can I earn the badge by translating, or only by donating",
    "how do I claim the refund for the cancelled workshop?",
    "the giveaway of stickers is at the booth, right?",
)


def raid_of_everyday_words(attackers, words):
    """Return accounts that come together and write the most usual words in ever other orders."""
    dice = Dice("everyday", attackers)
    users = newcomers(dice, attackers, servers=attackers)
    yield from come(dice, users, 5, 20, rooms=[LOBBY])
    for number in range(6 * attackers):
        body = " ".join(dice.sample(EVERYDAY, words))
        yield abuse(30 + number * 3, users[number % attackers], text(body))


def each_says(lines, at, every):
    """Return newcomers who come one by one, and say a line each."""
    dice = Dice("asks", len(lines))
    for number, line in enumerate(lines):
        (user,) = newcomers(dice, 1, kind="home")
        yield join(at + number * every, user)
        yield wrote(at + number * every + 3, user, line)


@pytest.mark.parametrize("attackers", [5, 12, 20])
@pytest.mark.parametrize("words", [10, len(EVERYDAY)])
async def test_a_raid_of_everyday_words_keeps_no_newcomer_from_asking(attackers, words):
    async with simulated_community() as played:
        outcome = await played.play([
            *raid_of_everyday_words(attackers, words),
            *each_says(SHORT_QUESTIONS, 120, 9),
        ])  # fmt: skip

    assert refused(outcome) == []


async def test_a_raid_has_few_first_messages_of_others_refused():
    lines = [line for pool in FIRST_WORDS.values() for line in pool]
    async with simulated_community() as played:
        outcome = await played.play([
            *raid_of_everyday_words(12, len(EVERYDAY)),
            *each_says(lines, 120, 4),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 80
    assert outcome.ham_refused_percent <= 1.0, refused(outcome)
    assert outcome.muted == set()


@pytest.mark.parametrize("attackers", [12, 20, 60])
async def test_newcomers_may_answer_the_helper_whom_a_crowd_answers_too(attackers):
    dice, helper = Dice("helper", attackers), MEMBERS[0]
    users = newcomers(dice, attackers, servers=attackers)
    honest = newcomers(dice, 4, servers=4, kind="home")
    talk = []
    for number, user in enumerate(honest):
        at = 400 + 10 * number
        answer = text("which version do you have?", **{"m.mentions": {"user_ids": [user]}})
        talk += [
            wrote(at, user, f"my {dice.word(6)} stays black", label=f"q{number}"),
            Sent(at + 20, helper, answer | reply_to(f"{REFERENCE}q{number}"), label=f"a{number}"),
            *(Sent(at + 40 + 30 * place, user,
                   text(body, **mentioned) | reply_to(f"{REFERENCE}a{number}"))
              for place, (body, mentioned) in enumerate((
                  ("1.4.2, from the package", {}),
                  ("with the flag it works, thank you", {"m.mentions": {"user_ids": [helper]}}),
              ))),
        ]  # fmt: skip
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]),
            wrote(60, helper, "good morning, who needs help?", label="said"),
            *(abuse(70 + 2 * n, users[n % attackers],
                    text(f"nobody asked you {dice.letters(5)}") | reply_to(f"{REFERENCE}said"))
              for n in range(3 * attackers)),
            *talk,
        ])  # fmt: skip

    assert refused(outcome) == []


@pytest.mark.parametrize("attackers", [6, 12, 20])
async def test_newcomers_who_talked_may_invite_somebody_while_others_invite_a_crowd(attackers):
    dice = Dice("inviting", attackers)
    users = newcomers(dice, attackers, servers=attackers)
    (honest,) = newcomers(dice, 1, kind="home")

    def invite(at, user, invited, **more):
        return Sent(at, user, {"membership": "invite"}, "m.room.member", LOBBY, invited, **more)

    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, honest], 0, 20, rooms=[LOBBY]),
            *(wrote(30 + 20 * n, honest, f"about {dice.word(6)} {dice.word(5)}")
              for n in range(5)),
            *(invite(140 + n, users[n % attackers], f"@{dice.letters(8)}:open.example",
                     is_abuse=True) for n in range(2 * attackers)),
            invite(200, honest, "@friend:home9.example"),
        ])  # fmt: skip

    assert refused(outcome) == []


async def test_newcomers_may_edit_vote_and_react_a_little_while_a_crowd_floods():
    dice = Dice("little", 1)
    users, honest = newcomers(dice, 20, servers=10), newcomers(dice, 6, servers=6, kind="home")
    poll = {"rel_type": "m.reference", "event_id": "$poll"}
    vote = {"org.matrix.msc3381.poll.response": {"answers": ["a"]}, "m.relates_to": poll}
    voting = "org.matrix.msc3381.poll.response"
    flood = [wrote(60 + n, user, "good day", label=user, is_counted=False)
             for n, user in enumerate(users)]  # fmt: skip
    for n in range(400):
        at, user = 90 + n * 0.3, users[n % 20]
        flood += [
            abuse(at, user, text(dice.letters(2))),
            abuse(at + 0.1, user, edit_of(REFERENCE + user, f"good {dice.letters(6)}")),
            abuse(at + 0.2, user, vote, type=voting),
            abuse(at + 0.3, user, reaction(f"$x{n % 7}", "clown"), type="m.reaction"),
        ]
    talk = []
    for n, user in enumerate(honest):
        at = 120 + 8 * n
        talk += [
            wrote(at, user, f"is {dice.word(6)} still broken", label=f"h{n}"),
            wrote(at + 14, user, "ok"),
            Sent(at + 16, user, edit_of(f"{REFERENCE}h{n}", f"is {dice.word(6)} still broken?")),
            Sent(at + 19, user, vote, voting),
            Sent(at + 22, user, reaction("$poll", "yes"), "m.reaction"),
            wrote(at + 30, user, "no"),
            Sent(at + 34, user, reaction("$poll", "🎉"), "m.reaction"),
        ]
    async with simulated_community() as played:
        outcome = await played.play(
            [*come(dice, [*users, *honest], 0, 50, rooms=[LOBBY]), *flood, *talk]
        )

    assert outcome.abuse_refused_percent >= 70
    assert refused(outcome) == []
    assert outcome.muted == set()


@pytest.mark.parametrize("attackers", [4, 12])
async def test_a_newcomer_whose_question_a_raid_copies_may_go_on_asking_it(attackers):
    dice = Dice("copied", attackers)
    asking, *others = newcomers(dice, 12, servers=6, kind="home")
    users = newcomers(dice, attackers, servers=attackers)
    question = "after the update my client shows every message twice, does anybody here know why"
    again = (
        question,
        f"hello? {question}",
        "so my client shows every message twice after the update, nobody?",
        "does anybody know why the client shows every message twice after the update please",
    )
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [asking, *others, *users], 0, 20, rooms=[LOBBY]),
            wrote(30, asking, question),
            *(abuse(45 + 2 * n, users[n % attackers], text(f"{question} {dice.letters(4)}"))
              for n in range(3 * attackers)),
            *(wrote(200 + 60 * n, asking, line) for n, line in enumerate(again)),
            *(wrote(210 + 10 * n, user, f"about {dice.word(6)} {dice.word(7)}")
              for n, user in enumerate(others)),
            wrote(460, asking, "never mind, I found it"),
            wrote(500, asking, "the cache was full"),
        ])  # fmt: skip

    assert outcome.abuse_refused_percent >= 60
    assert refused(outcome) == []
    assert outcome.muted == set()


@pytest.mark.parametrize("attackers", [1, 5])
async def test_honest_messages_are_not_handed_over_with_pitches_that_answer_them(attackers):
    dice = Dice("added", attackers)
    users = newcomers(dice, attackers, servers=attackers)
    honest = newcomers(dice, 4, servers=4, kind="home")
    lines = (
        "I earned 500 € with my new job last month, so happy",
        "is there a way to make money with open source?",
        "my bank account is nearly empty, rent is due",
        "how much profit does a small shop make per day?",
    )
    talk, scams = [], []
    for number, user in enumerate(honest):
        at = 60 + 60 * number
        talk.append(wrote(at, user, lines[number], label=f"said{number}"))
        for place in range(3):
            body = (
                "I made that in one day, no experience needed",
                "guaranteed, my manager does it all for you",
                f"write to t.me/{dice.handle()} on telegram now",
            )[place]
            content = text(body) | reply_to(f"{REFERENCE}said{number}")
            scams.append(abuse(at + 5 + 4 * place, users[(number + place) % attackers], content))
    async with simulated_community() as played:
        outcome = await played.play(
            [*come(dice, [*users, *honest], 0, 30, rooms=[LOBBY]), *talk, *scams]
        )
        said = {played._sent[f"said{number}"][0] for number in range(4)}
        handed_over = set(played._handed_over.event_ids)

    assert outcome.abuse_refused >= 4
    assert said & handed_over == set()
    assert refused(outcome) == []


@pytest.mark.parametrize("attackers", [5, 12, 20])
async def test_names_like_those_of_a_class_keep_half_as_many_pupils_out_at_most(attackers):
    dice = Dice("class", attackers)
    users = newcomers(dice, attackers, servers=attackers)
    pupils = newcomers(dice, 30, servers=1, kind="school")

    def named(at, user, **more):
        name = f"{dice.letters(5).title()} of class seven at the Harbour School"
        return join(at, user, name=name, **more)

    async with simulated_community() as played:
        outcome = await played.play([
            *(named(10 + n, user, is_counted=False) for n, user in enumerate(users)),
            *(named(100 + 3 * n, user) for n, user in enumerate(pupils)),
        ])  # fmt: skip

    assert len(outcome.ham_refused) <= attackers / 2
    assert outcome.muted == set()


@pytest.mark.parametrize("attackers", [5, 12, 20])
async def test_copies_made_before_somebody_says_it_keep_nobody_from_other_words(attackers):
    dice = Dice("before", attackers)
    users = newcomers(dice, attackers, servers=attackers)
    sent = [*come(dice, users, 0, 20, rooms=[LOBBY])]
    for number, line in enumerate(MONEY_QUESTIONS):
        at = 40 + 40 * number
        sent += [Sent(at + 1.5 * place, user, text(line), is_counted=False)
                 for place, user in enumerate(users)]  # fmt: skip
        (honest,) = newcomers(dice, 1, kind="home")
        sent += [
            join(at + 18, honest),
            wrote(at + 38, honest, f"{line} please", is_counted=False),
            wrote(at + 68, honest, f"thanks {dice.word(5)}, I will try it tonight"),
            wrote(at + 98, honest, f"it was the {dice.word(6)}"),
        ]
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert refused(outcome) == []
    assert outcome.muted == set()


async def test_a_flood_in_a_lively_room_may_not_write_much_more_than_its_members():
    dice = Dice("lively", 1)
    users = newcomers(dice, 12, servers=6)
    sent = [*come(dice, users, 5, 20, rooms=[LOBBY])]
    for number in range(300):
        line = dice.choice(SHORT_QUESTIONS)
        sent.append(wrote(10 + number * 2, dice.choice(MEMBERS[:12]), line))
    for number in range(480):
        body = " ".join(dice.letters(dice.randrange(2, 8)) for _ in range(4))
        sent.append(abuse(60 + number * 0.4, users[number % 12], text(body)))
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert outcome.abuse_refused_percent > 60
    assert refused(outcome) == []


async def test_a_flood_of_copies_is_stopped_once_each_sent_a_dozen():
    dice = Dice("copies", 1)
    users = newcomers(dice, 12, servers=6)
    sent = [*come(dice, users, 5, 20, rooms=[LOBBY])]
    for number in range(60):
        if number % 3 == 0:  # two of three are copies
            lines = [" ".join(dice.letters(5) for _ in range(4)) for _ in users]
        at = 60 + number * 6
        sent += [
            wrote(
                at + place / 2, user, lines[place], is_abuse=number >= 20, is_counted=number >= 20
            )
            for place, user in enumerate(users)
        ]
    async with simulated_community() as played:
        outcome = await played.play(sent)

    assert outcome.abuse == 480
    assert outcome.abuse_refused_percent > 60


async def test_newcomers_may_answer_the_member_whose_advice_a_raid_copies():
    dice = Dice("advice", 1)
    advice = "you have to delete the old folder, then run the installer again and restart it all"
    users, honest = newcomers(dice, 4, servers=4), newcomers(dice, 8, servers=6, kind="home")
    answers = (
        "so I delete the old folder first and then run the installer again?",
        "I have to restart it all, really?",
        "do I have to run the installer again as root?",
        "delete the old folder first, then run the installer again: did that",
        "thanks, after I had to restart it all it works",
    )
    async with simulated_community() as played:
        outcome = await played.play([
            *come(dice, [*users, *honest], 0, 30, rooms=[LOBBY]),
            wrote(35, MEMBERS[0], advice, label="advice"),
            *(abuse(40 + 2 * n, users[n % 4], text(f"{advice} {dice.letters(4)}"))
              for n in range(12)),
            *(Sent(200 + 12 * n, user, text(answers[n]) | reply_to(f"{REFERENCE}advice"))
              for n, user in enumerate(honest[:5])),
            *(wrote(330 + 12 * n, user, answers[(n + 3) % 5]) for n, user in enumerate(honest[:5])),
        ])  # fmt: skip

    assert outcome.abuse_refused >= 7
    assert refused(outcome) == []


def test_a_crowd_that_reacts_uses_up_nothing_of_what_newcomers_may_write():
    policy = parse_policy(b"preset: newcomer-safe", BUILTIN_FILTERS, read_presets())
    (share,) = (step.filter for step in policy.pipeline.steps if step.label == "newcomer-share")
    event = make_message_to_judge()

    assert share.asks(event) != ()
    assert share.asks(replace(event, type="m.reaction", content=reaction("$x", "👍"))) == ()
