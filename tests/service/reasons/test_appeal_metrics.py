"""Tests of metrics of appeals."""

from dataclasses import replace

import pytest

from countersign.adapters.metrics import PrometheusMetrics
from countersign.ports.stores.review.appeals import AppealState
from countersign.service.reasons.appeal_metrics import AppealMetrics
from tests.contracts.stores.appeals import LIMITS, NOTE, appeal


@pytest.fixture
def shown(world):
    metrics = PrometheusMetrics()
    counted = AppealMetrics(world.stores.appeals, world.clock, metrics)

    async def show():
        await counted.count()
        lines = metrics.render().decode().splitlines()
        return {
            line.split()[0].removeprefix("countersign_appeals_"): float(line.split()[1])
            for line in lines
            if line.startswith("countersign_appeals_")
        }

    return show


async def test_open_late_and_first_action(world, shown):
    store, now_ts = world.stores.appeals, world.clock.now_ts()
    assert await shown() == {"open": 0, "overdue": 0, "first_action_seconds": 0}

    for number, due_ts in enumerate((now_ts + 1, now_ts - 1, now_ts - 1), start=1):
        made = replace(appeal(number), made_ts=now_ts - 10_000, due_ts=due_ts)
        await store.add(made, LIMITS)
    await store.decide(
        appeal(2).key, AppealState.UPHELD, decided_ts=now_ts - 4_000, decided_by="bob"
    )
    await store.add_note(appeal(3).key, replace(NOTE, ts=now_ts - 8_000))

    assert await shown() == {"open": 2, "overdue": 1, "first_action_seconds": 4.0}
