"""Raids and dropped steps of policies, in numbers."""

from collections.abc import Iterable
from functools import partial

from countersign.ports.metrics import Metrics
from countersign.service.evaluation.step_costs import StepCosts
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard


def show_costs(costs: StepCosts, filters: Iterable[str], metrics: Metrics) -> None:
    """Show how long each filter takes of an event.

    Args:
        costs: are measured.
        filters: the names of all filters.
        metrics: show it.
    """
    for name in filters:
        metrics.gauge(
            "countersign_filter_seconds",
            "Time that a filter takes of one event, measured on some; 0 where it was not.",
            partial(costs.seconds_of_filter, name),
            filter=name,
        )


def show_moderation(raids: Raids, guard: RunawayGuard, metrics: Metrics) -> None:
    """Show how many communities are in a raid, and how many steps only record for now."""
    metrics.gauge(
        "countersign_raids_under_way",
        "Communities that are in a raid; `countersign raid status` tells which.",
        lambda: len(raids.under_way()),
    )
    metrics.gauge(
        "countersign_dropped_steps",
        "Steps of policies that the runaway guard had only record; `countersign guard list` tells.",
        lambda: len(guard.all()),
    )
