"""The preset `newcomer-safe` stops waves of abuse and lets honest people pass.

One run of each kind, with texts that the preset was not tuned with; `python -m campaigns.waves`
plays more of them.
"""

import pytest

from tests.waves.every_kind import EVERY_KIND, play
from tests.waves.ham import chatter
from tests.waves.kinds import MOST_BYSTANDERS_PERCENT, MOST_HURT_PERCENT, leaves_little
from tests.waves.simulated_community import simulated_community

HELD_OUT_SEED = 1
NOT_MET_YET = frozenset(
    {
        "a birthday",
        "a bridge that catches up now",
        "a bridge that replays history",
        "a chant of fans",
        "a new years countdown",
        "an irc bridge with nicks",
        "contacts that were asked for",
        "echoes of members",
        "job board",
        "mentions one at a time by many",
        "raid of copypasta",
        "raid of one opinion",
        "raid of word salad",
        "raid over hours",
        "scams in pieces",
        "teams of a hackathon",
        "threads of nonsense",
    }
)
"""Kinds whose goals are not met yet."""


def kinds(*, honest):
    return [
        pytest.param(
            kind,
            id=kind.name,
            marks=[pytest.mark.xfail(reason="not met yet", strict=True)]
            if kind.name in NOT_MET_YET
            else [],
        )
        for kind in EVERY_KIND.values()
        if kind.is_honest is honest
    ]


PLAYED = {}


async def held_out(kind):
    """Return what became of the run that counts; one kind is looked at twice."""
    if kind.name not in PLAYED:
        PLAYED[kind.name] = await play(kind, HELD_OUT_SEED)
    return PLAYED[kind.name]


def told(sent):
    return round(sent.at_seconds), sent.sender, str(sent.content)[:90]


@pytest.mark.parametrize("kind", kinds(honest=False))
async def test_a_wave_is_stopped_and_members_write_on(kind):
    outcome = await held_out(kind)

    missed = [told(each) for each in outcome.missed]
    assert outcome.abuse >= 30
    if kind.most_passed is None:
        assert outcome.abuse_refused_percent >= kind.least_percent, (outcome.by_step, missed)
    else:
        assert outcome.most_passed <= kind.most_passed, (outcome.passed, missed)
    if kind.most_standing is not None:
        assert leaves_little(kind, outcome), outcome.standing
    assert outcome.ham_refused_percent <= MOST_BYSTANDERS_PERCENT, outcome.ham_refused
    assert outcome.muted == set()


async def test_most_parts_of_a_split_scam_are_redacted_once_the_whole_is_refused():
    outcome = await held_out(EVERY_KIND["scams in pieces"])

    assert outcome.most_standing <= 1, outcome.standing


@pytest.mark.parametrize("kind", kinds(honest=True))
async def test_an_honest_crowd_is_left_alone(kind):
    outcome = await held_out(kind)

    refused = [(told(each), labels) for each, labels in outcome.ham_refused]
    assert outcome.ham >= 40
    assert outcome.ham_refused_percent <= kind.most_refused_percent, refused
    if kind.most_refused_percent == MOST_BYSTANDERS_PERCENT:
        assert outcome.hurt_percent <= MOST_HURT_PERCENT, outcome.hurt
    assert outcome.muted == set()


@pytest.mark.parametrize("preset", ["newcomer-safe", "quiet", "under-attack"])
async def test_a_quiet_evening_has_nothing_refused(preset):
    async with simulated_community(preset) as played:
        outcome = await played.play(chatter(seed=3, seconds=3_600, per_minute=12))

    assert outcome.ham > 500
    assert outcome.ham_refused_percent <= MOST_BYSTANDERS_PERCENT, outcome.ham_refused
