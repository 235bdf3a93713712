"""Tests of texts that a moderator said first, which many newcomers repeat."""

import pytest

from tests.waves.dice import Dice, come, newcomers, text
from tests.waves.simulated_community import MODERATOR, ROOMS, Sent, simulated_community

LOBBY = ROOMS[0]
SHORT = "I have read the rules and I agree with them."
LONG = "We promise to be kind to each other, to listen, and to ask before we take pictures."
THREAT = "you have been raided by the crows, everybody out of this room now, it is ours tonight"
SCAM = "I doubled my savings with this trading group, write to @mrs.coin on telegram today"


def everybody_says(dice, body, *, at, count=60, is_abuse=False):
    """Return accounts of one server that come within a minute, and then say nearly the same."""
    users = newcomers(dice, count, servers=1, kind="open" if is_abuse else "home")
    yield from come(dice, users, at, 30, rooms=[LOBBY])
    for number, user in enumerate(users):
        said = text((body, body.lower(), body.rstrip("."))[number % 3])
        yield Sent(at + 35 + number * dice.uniform(0.4, 0.6), user, said, is_abuse=is_abuse)


@pytest.mark.parametrize("sentence", [SHORT, LONG])
async def test_a_class_may_say_what_its_teacher_says(sentence):
    teacher = Sent(1, MODERATOR, text(f"Welcome! Please all write: {sentence}"))
    async with simulated_community() as played:
        outcome = await played.play([teacher, *everybody_says(Dice("class", 1), sentence, at=10)])

    assert outcome.ham_refused == []


async def test_a_class_may_say_it_once_and_is_then_asked_to_wait():
    dice = Dice("class twice", 1)
    teacher = Sent(1, MODERATOR, text(f"Please all write: {LONG}"))
    pupils = newcomers(dice, 12, servers=1, kind="home")
    said = [Sent(40 + n * 2, pupil, text(LONG)) for n, pupil in enumerate(pupils * 4)]
    async with simulated_community() as played:
        outcome = await played.play([teacher, *come(dice, pupils, 5, 20, rooms=[LOBBY]), *said])

    assert [sent for sent, _ in outcome.ham_refused if sent.at_seconds < 40 + 2 * 12] == []
    assert len(outcome.ham_refused) >= 12
    assert outcome.muted == set()


@pytest.mark.parametrize("quoted_at", [46, 60])
async def test_a_moderators_warning_does_not_clear_a_raid(quoted_at):
    warning = Sent(quoted_at, MODERATOR, text(f"Ignore those who write: {THREAT}"))
    raid = everybody_says(Dice("raid", 1), THREAT, at=10, count=100, is_abuse=True)
    async with simulated_community() as played:
        outcome = await played.play([*raid, warning])

    assert outcome.abuse_refused_percent >= 95


async def test_a_scam_with_a_contact_is_not_cleared_by_a_moderator_who_warned_of_it_before():
    warning = Sent(1, MODERATOR, text(f"Never answer to messages such as: {SCAM}"))
    scams = everybody_says(Dice("scam", 1), SCAM, at=10, count=40, is_abuse=True)
    async with simulated_community() as played:
        outcome = await played.play([warning, *scams])

    assert outcome.abuse_refused_percent >= 90


QUESTION = "Why do plants need light? Please answer in a full sentence."
ANSWERS = (
    "Plants need light because they make sugar out of water and carbon dioxide with it.",
    "Because they need light to make sugar from water and carbon dioxide.",
    "plants need light for photosynthesis, they make sugar from carbon dioxide and water",
)


def everybody_answers(dice, bodies, *, at, count, servers=1, is_abuse=False):
    """Return accounts that come within a minute, and then each say one of these."""
    users = newcomers(dice, count, servers=servers, kind="open" if is_abuse else "school")
    yield from come(dice, users, at, 30, rooms=[LOBBY])
    for number, user in enumerate(users):
        body = bodies[number % len(bodies)]
        yield Sent(at + 40 + number * 3, user, text(body), is_abuse=is_abuse)


async def test_a_class_may_answer_its_teachers_question_in_like_sentences():
    teacher = Sent(35, MODERATOR, text(QUESTION))
    pupils = everybody_answers(Dice("homework", 1), ANSWERS, at=10, count=32)
    async with simulated_community() as played:
        outcome = await played.play([teacher, *pupils])

    assert outcome.ham_refused == []


@pytest.mark.parametrize(("servers", "most"), [(1, 50), (5, 18), (50, 14)])
async def test_a_raid_with_the_words_of_a_moderators_question_ends(servers, most):
    shouts = ("plants need light and you all need to leave this room, it belongs to the crows now",)
    raid = everybody_answers(
        Dice("plants", 1), shouts, at=10, count=150, servers=servers, is_abuse=True
    )
    async with simulated_community() as played:
        outcome = await played.play([Sent(35, MODERATOR, text(QUESTION)), *raid])

    assert len(outcome.missed) <= most


async def test_a_class_that_uses_several_servers_may_answer_in_like_sentences():
    teacher = Sent(35, MODERATOR, text(QUESTION))
    pupils = everybody_answers(Dice("several", 1), ANSWERS, at=10, count=16, servers=4)
    async with simulated_community() as played:
        outcome = await played.play([teacher, *pupils])

    assert outcome.ham_refused == []


async def test_a_question_asked_after_a_raid_began_does_not_clear_it():
    raid = everybody_answers(Dice("after", 1), (THREAT,), at=10, count=60, is_abuse=True)
    asked = Sent(110, MODERATOR, text("Why have you raided this room, and what do crows want?"))
    async with simulated_community() as played:
        outcome = await played.play([*raid, asked])

    assert outcome.abuse_refused_percent >= 85
