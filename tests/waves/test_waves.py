"""With the preset `newcomer-safe`, waves of abuse break and neighbours talk on."""

from random import Random  # noqa: TID251 - seeded: the same in every run

import pytest

from tests.waves.ham import chatter, polite_newcomers
from tests.waves.neighbourhood import Neighbourhood
from tests.waves.scenarios import SCENARIOS

LEAST_ABUSE_REFUSED_PERCENT = 95.0
MOST_HAM_REFUSED_PERCENT = 0.5
WITHOUT_ABUSE = "the moderators at work"
RAID = "raid"
"""Who comes during a raid has to wait, however honest: only neighbours are counted then."""


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != WITHOUT_ABUSE])
async def test_a_wave_breaks_and_neighbours_talk_on(tmp_path, name):
    neighbourhood = Neighbourhood(tmp_path, "newcomer-safe")
    sent = [
        *chatter(seed=7, seconds=900, per_minute=14),
        *([] if name == RAID else polite_newcomers(seed=8, seconds=900, count=8)),
        *SCENARIOS[name](Random(name)),
    ]

    outcome = await neighbourhood.play(sent)
    await neighbourhood.close()

    missed = [
        (round(each.at_seconds), each.sender, str(each.content)[:90]) for each in outcome.missed
    ]
    assert outcome.abuse >= 60
    assert outcome.abuse_refused_percent >= LEAST_ABUSE_REFUSED_PERCENT, (outcome.by_step, missed)
    assert outcome.ham_refused_percent <= MOST_HAM_REFUSED_PERCENT, outcome.ham_refused


async def test_moderators_are_never_in_the_way_of_a_filter(tmp_path):
    neighbourhood = Neighbourhood(tmp_path, "newcomer-safe")

    outcome = await neighbourhood.play([*SCENARIOS[WITHOUT_ABUSE](Random(1))])
    await neighbourhood.close()

    assert outcome.ham == 150
    assert outcome.ham_refused == []


@pytest.mark.parametrize("preset", ["newcomer-safe", "quiet", "under-attack"])
async def test_a_quiet_evening_has_nothing_refused(tmp_path, preset):
    neighbourhood = Neighbourhood(tmp_path, preset)

    outcome = await neighbourhood.play(chatter(seed=3, seconds=3_600, per_minute=12))
    await neighbourhood.close()

    assert outcome.ham > 500
    assert outcome.ham_refused_percent <= MOST_HAM_REFUSED_PERCENT, outcome.ham_refused
