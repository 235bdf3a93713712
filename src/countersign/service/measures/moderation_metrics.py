"""Metrics of raids and of dropped steps of policies."""

from countersign.ports.metrics import Metrics
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard


def show_moderation(raids: Raids, guard: RunawayGuard, metrics: Metrics) -> None:
    """Export the number of communities in raid mode and the number of dropped steps."""
    metrics.gauge(
        "countersign_raids_under_way",
        "Communities that are in a raid; `countersign raid status` tells which.",
        lambda: len(raids.list_current()),
    )
    metrics.gauge(
        "countersign_dropped_steps",
        "Steps of policies that the runaway guard had only record; `countersign guard list` tells.",
        lambda: len(guard.all()),
    )
