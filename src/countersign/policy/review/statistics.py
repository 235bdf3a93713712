"""Statistics of each step of a policy, counted from decisions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from countersign.policy.findings import FindingKind
from countersign.policy.review.summaries import DecisionSummary, Effect


@dataclass(slots=True)
class StepStatistics:
    """Counts of one step.

    Attributes:
        step: its label in the policy.
        refused: events that it refused, alone or with others.
        warned: events that it refused once, as a warning.
        spared: events that it would have refused, had they not been warned about or allowed before.
        shadow: events on which its finding was only recorded.
        people: numbers of the senders of all these events.
        shadow_people: numbers of the senders of `shadow` events.
        allowed: refused events that a moderator allowed: its false positives.
        kinds: the kinds of its findings.
    """

    step: str
    refused: int = 0
    warned: int = 0
    spared: int = 0
    shadow: int = 0
    people: set[int] = field(default_factory=set)
    shadow_people: set[int] = field(default_factory=set)
    allowed: int = 0
    kinds: set[FindingKind] = field(default_factory=set)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON, with the numbers of people."""
        return {
            "step": self.step,
            "refused": self.refused,
            "warned": self.warned,
            "spared": self.spared,
            "shadow": self.shadow,
            "people": len(self.people),
            "shadow_people": len(self.shadow_people),
            "allowed": self.allowed,
            "kinds": sorted(kind.value for kind in self.kinds),
        }


class Statistics:
    """Counter of decisions by step."""

    def __init__(self) -> None:
        self._steps: dict[str, StepStatistics] = {}

    def steps(self) -> list[StepStatistics]:
        """Return the counts of the steps, those with the most refusals first."""
        return sorted(
            self._steps.values(),
            key=lambda each: (-each.refused - each.warned, -each.shadow, each.step),
        )

    def add(self, summary: DecisionSummary, events: int, people: Collection[int]) -> None:
        """Count decisions with the same summary.

        Args:
            summary: the summary.
            events: the number of decisions.
            people: numbers of their senders.
        """
        for each in summary.steps:
            step = self._step(each.label)
            step.people.update(people)
            step.kinds.add(each.kind)
            match each.effect:
                case Effect.SHADOW:
                    step.shadow += events
                    step.shadow_people.update(people)
                case Effect.SPARED:
                    step.spared += events
                case Effect.WARNED:
                    step.warned += events
                case Effect.REFUSED:
                    step.refused += events

    def take_outcome(self, kind: str, steps: Iterable[str]) -> None:
        """Count an outcome of a decision: `allowed` is a false positive of its steps."""
        if kind == "allowed":
            for label in steps:
                self._step(label).allowed += 1

    def _step(self, label: str) -> StepStatistics:
        step = self._steps.get(label)
        if step is None:
            step = self._steps[label] = StepStatistics(label)
        return step
