"""Selection of the steps that look at an event, by the aspects that it has."""

import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from countersign.policy.events import PART_CHARS, Event
from countersign.policy.filter import Filter
from countersign.policy.findings import Mode
from countersign.policy.judging.exemptions import NO_EXEMPTIONS
from countersign.policy.judging.steps import Step


class SelectedSteps(NamedTuple):
    """Steps that look at an event, in their order; `asking` are those that may have questions."""

    steps: tuple[Step, ...]
    asking: tuple[Step, ...]
    are_exempting: bool
    """True if one of them exempts somebody."""

    def without_exempting(self, event: Event) -> "SelectedSteps":
        """Return the same without the steps that exempt an event's sender."""
        return self._replace(
            steps=tuple([step for step in self.steps if not step.exemptions.cover(event)]),
            asking=tuple([step for step in self.asking if not step.exemptions.cover(event)]),
        )


class StepsByAspect:
    """Steps for one level of trust, selected by the aspects of an event.

    Args:
        steps: in their order.

    Attributes:
        steps: all of them.
        asking: those whose filters may have questions.
    """

    __slots__ = ("_about", "_all_aspects", "_by_aspects", "_most_bytes", "asking", "steps")

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps: Final = tuple(steps)
        self.asking: Final = tuple(filter(_may_ask, self.steps))
        self._about = tuple(map(_about, self.steps))
        self._all_aspects = reduce(or_, self._about, 0)
        self._by_aspects: dict[int, SelectedSteps] = {}
        self._most_bytes = min(map(_most_bytes, self.steps), default=sys.maxsize)

    def limit_reading(self, event: Event, dropped: Collection[str]) -> Event:
        """Return only the beginning of an event that a step in force refuses by size, to be read.

        This bounds the time that such an event takes. Any other event is returned as it is.

        Args:
            event: the event; follow-ups are read in full.
            dropped: the labels of steps that are not in force.
        """
        if event.size_bytes <= self._most_bytes or event.follow_up is not None:
            return event
        in_force = (step for step in self.steps if step.label not in dropped)
        if event.size_bytes > min(map(_most_bytes, in_force), default=sys.maxsize):
            return replace(event, is_read_in_part=True)
        return event

    def of(self, event: Event) -> SelectedSteps:
        """Return the steps that look at an event, without those that exempt it."""
        has: int = event.worked_out(self, self._aspects_of)
        if (chosen := self._by_aspects.get(has)) is None:
            # Bounded: there are no more than the combinations of aspects.
            chosen = self._by_aspects[has] = self._with(has)
        return chosen.without_exempting(event) if chosen.are_exempting else chosen

    def _aspects_of(self, event: Event) -> int:
        return event.aspects(self._all_aspects)

    def _with(self, has: int) -> SelectedSteps:
        steps = tuple(
            step
            for step, about in zip(self.steps, self._about, strict=True)
            if about == 0 or about & has
        )
        are_exempting = any(step.exemptions is not NO_EXEMPTIONS for step in steps)
        return SelectedSteps(steps, tuple(filter(_may_ask, steps)), are_exempting)


def _most_bytes(step: Step) -> int:
    most = step.filter.most_bytes()
    is_sure = step.mode is Mode.ENFORCE and step.weight is None and step.exemptions is NO_EXEMPTIONS
    # A smaller event is read in full: nobody can refuse a crowd by such a limit.
    return most if most is not None and most >= PART_CHARS and is_sure else sys.maxsize


def _may_ask(step: Step) -> bool:
    return type(step.filter).asks is not Filter.asks


def _about(step: Step) -> int:
    """Return the aspects that a step looks for, as flags; 0 if it looks at every event."""
    # Messages that are read as one may have others than the last of them.
    about = None if step.filter.reads_together else step.filter.about()
    return 0 if about is None else about.value
