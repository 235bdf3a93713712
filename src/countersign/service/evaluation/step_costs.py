"""Costs of steps: how long each takes of an event, measured on a few of them.

Reading an event, which all filters share, is left out where it happens before the first of them
looks; what only some need, such as a sketch, counts for the first that asks for it. Time that
passes is measured, so on a busy machine it holds what other threads took meanwhile.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.steps import Step
from countersign.ports.metrics import Metrics
from countersign.service.answers.asked import Asked

ONE_IN: Final = 64
"""One event in so many is measured: to look at the clock some seventy times takes 10 µs."""
MAX_COMMUNITIES: Final = 1_000
"""Maximum number of communities whose costs are kept."""


@dataclass(slots=True)
class StepCost:
    """Time that a step took of the events that were measured.

    Attributes:
        step: its label in the policy.
        filter: the name of its filter.
        events: how many events it was called for.
        seconds: how long it took of all of them.
    """

    step: str
    filter: str
    events: int = 0
    seconds: float = 0.0

    @property
    def microseconds(self) -> float:
        """The time that it takes of one event."""
        return self.seconds / self.events * 1e6 if self.events else 0.0


@dataclass(slots=True)
class _OfPolicy:
    """Costs of a policy's steps, by their labels."""

    revision: str
    steps: dict[str, StepCost] = field(default_factory=dict)


@dataclass(slots=True)
class _Sum:
    """Costs of a filter in all steps of the policies in use."""

    events: int = 0
    seconds: float = 0.0


class StepWatch:
    """Measures the steps that look at one event; called after each, and with None before the first.

    Args:
        monotonic: tells the time, in seconds.
    """

    __slots__ = ("_last", "_monotonic", "spent")

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._last = monotonic()
        self.spent: dict[str, tuple[Step, float]] = {}

    def __call__(self, step: Step | None) -> None:
        """See `Watch`."""
        now = self._monotonic()
        if step is not None:
            before = self.spent.get(step.label, (step, 0.0))[1]
            self.spent[step.label] = step, before + now - self._last
        self._last = now


class StepCosts:
    """Keeps what steps of the policies in force cost in this process.

    Args:
        monotonic: tells the time, in seconds.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._decisions = 0
        self._policies: BoundedMapping[str, _OfPolicy] = BoundedMapping(
            MAX_COMMUNITIES, on_forget=self._drop
        )
        # Kept up, since all policies together have too many steps to walk at each scrape.
        self._filters: dict[str, _Sum] = {}

    def watch(self) -> StepWatch | None:
        """Return what measures the next event; None for most of them."""
        self._decisions += 1
        return None if self._decisions % ONE_IN else StepWatch(self._monotonic)

    def take(self, asked: Asked, watch: StepWatch) -> None:
        """Add what was measured of an event; a new policy begins anew."""
        known = self._policies.use(asked.community)
        if known is None or known.revision != asked.policy.revision:
            if known is not None:
                self._drop(asked.community, known)
            known = self._policies[asked.community] = _OfPolicy(asked.policy.revision)
        for label, (step, seconds) in watch.spent.items():
            cost = known.steps.get(label)
            if cost is None:
                cost = known.steps[label] = StepCost(label, step.filter.name)
            cost.events += 1
            cost.seconds += seconds
            total = self._filters.setdefault(cost.filter, _Sum())
            total.events += 1
            total.seconds += seconds

    def of_policy(self, community: str, revision: str) -> list[StepCost]:
        """Return the costs of a policy's steps, the highest first; none of one not in use here."""
        known = self._policies.get(community)
        if known is None or known.revision != revision:
            return []
        return sorted(known.steps.values(), key=lambda each: (-each.microseconds, each.step))

    def seconds_of_filter(self, name: str) -> float:
        """Return how long a filter takes of an event in any step; 0 if that was not measured."""
        total = self._filters.get(name)
        return 0.0 if total is None else total.seconds / total.events

    def _drop(self, _community: str, policy: _OfPolicy) -> None:
        """Take the costs of a policy that is no longer in use out of the sums."""
        for cost in policy.steps.values():
            total = self._filters[cost.filter]
            total.events -= cost.events
            total.seconds -= cost.seconds
            if total.events == 0:
                del self._filters[cost.filter]


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
