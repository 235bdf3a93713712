"""Measurement of the event loop's delay."""

import asyncio
from typing import Final

from countersign.ports.clock import Clock
from countersign.ports.metrics import Histogram, Metrics

PAUSE_SECONDS: Final = 0.25
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


def loop_lag(metrics: Metrics) -> Histogram:
    """Return the metric that `watch_event_loop` fills."""
    return metrics.histogram(
        "countersign_event_loop_lag_seconds",
        "How late the event loop did what was due, looked at four times a second.",
        BUCKETS,
    )


async def watch_event_loop(lag: Histogram, clock: Clock) -> None:
    """Measure how late the event loop wakes a sleeping task, until cancelled."""
    while True:
        due_at = clock.monotonic() + PAUSE_SECONDS
        await asyncio.sleep(PAUSE_SECONDS)
        lag.observe(max(0.0, clock.monotonic() - due_at))
