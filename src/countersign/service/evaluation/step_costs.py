"""Costs of steps: the time that each takes for an event, measured on a sample of events.

The parsing of an event before the first step is not included. What is computed on demand, such as a
minhash, counts for the first step that needs it. Elapsed time is measured, so on a busy machine it
includes the time of other threads.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.judging.steps import Step
from countersign.ports.metrics import Metrics
from countersign.service.answers.event_context import EventContext

ONE_IN: Final = 64
"""One event in this many is measured: reading the clock some seventy times takes 10 µs."""
MAX_COMMUNITIES: Final = 1_000
"""Maximum number of communities whose costs are kept."""


@dataclass(slots=True)
class StepCost:
    """Time that a step took for the measured events.

    Attributes:
        step: its label in the policy.
        filter: the name of its filter.
        events: the number of measured events that it was called for.
        seconds: its time for all of them.
    """

    step: str
    filter: str
    events: int = 0
    seconds: float = 0.0

    @property
    def microseconds(self) -> float:
        """The average time for one event."""
        return self.seconds / self.events * 1e6 if self.events else 0.0


@dataclass(slots=True)
class _OfPolicy:
    """Costs of one policy's steps, by label."""

    revision: str
    steps: dict[str, StepCost] = field(default_factory=dict)


@dataclass(slots=True)
class _Sum:
    """Costs of one filter, in all steps of all policies in use."""

    events: int = 0
    seconds: float = 0.0


class StepWatch:
    """Measures the steps for one event; called with None before the first step, then after each.

    Args:
        monotonic: tells the time, in seconds.
    """

    __slots__ = ("_last", "_monotonic", "spent")

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last = monotonic()
        self.spent: dict[str, tuple[Step, float]] = {}

    def __call__(self, step: Step | None) -> None:
        """See `StepObserver`."""
        now = self._monotonic()
        if step is not None:
            before = self.spent.get(step.label, (step, 0.0))[1]
            self.spent[step.label] = step, before + now - self._last
        self._last = now


class StepCosts:
    """Keeps the costs of the steps of the policies in force, as measured in this process.

    Args:
        monotonic: tells the time, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._decisions = 0
        self._policies: BoundedMapping[str, _OfPolicy] = BoundedMapping(
            MAX_COMMUNITIES, on_forget=self._drop
        )
        # Updated with each measurement: all policies together have too many steps to add up per
        # scrape.
        self._filters: dict[str, _Sum] = {}

    def watch(self) -> StepWatch | None:
        """Return a watch for the next event; None if it is not in the sample."""
        self._decisions += 1
        return None if self._decisions % ONE_IN else StepWatch(self._monotonic)

    def add(self, context: EventContext, watch: StepWatch) -> None:
        """Add the measurements of an event; those of a former policy revision are dropped."""
        costs = self._policies.use(context.community)
        if costs is None or costs.revision != context.policy.revision:
            if costs is not None:
                self._drop(context.community, costs)
            costs = self._policies[context.community] = _OfPolicy(context.policy.revision)
        for label, (step, seconds) in watch.spent.items():
            cost = costs.steps.get(label)
            if cost is None:
                cost = costs.steps[label] = StepCost(label, step.filter.name)
            cost.events += 1
            cost.seconds += seconds
            total = self._filters.setdefault(cost.filter, _Sum())
            total.events += 1
            total.seconds += seconds

    def of_policy(self, community: str, revision: str) -> list[StepCost]:
        """Return the costs of a policy's steps, highest first; empty if it is not in use here."""
        costs = self._policies.get(community)
        if costs is None or costs.revision != revision:
            return []
        return sorted(costs.steps.values(), key=lambda each: (-each.microseconds, each.step))

    def seconds_of_filter(self, name: str) -> float:
        """Return a filter's average time for an event, over all its steps; 0 if not measured."""
        total = self._filters.get(name)
        return 0.0 if total is None else total.seconds / total.events

    def _drop(self, _community: str, policy: _OfPolicy) -> None:
        """Subtract the costs of a policy that is no longer in use from the sums."""
        for cost in policy.steps.values():
            total = self._filters[cost.filter]
            total.events -= cost.events
            total.seconds -= cost.seconds
            if total.events == 0:
                del self._filters[cost.filter]


def show_costs(costs: StepCosts, filters: Iterable[str], metrics: Metrics) -> None:
    """Export the average time of each filter for an event.

    Args:
        costs: the measured costs.
        filters: the names of all filters.
        metrics: where they are exported.
    """
    for name in filters:
        metrics.gauge(
            "countersign_filter_seconds",
            "Time that a filter takes of one event, measured on some; 0 where it was not.",
            partial(costs.seconds_of_filter, name),
            filter=name,
        )
