"""Statistics: what each step of a policy did, counted from decisions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from countersign.policy.decisions import Decision, RecordedDecision
from countersign.policy.findings import Finding, FindingKind, Mode


@dataclass(slots=True)
class StepStatistics:
    """Counts of one step.

    Attributes:
        step: its label in the policy.
        refused: events that it refused, alone or with others.
        warned: events that it refused once, as a warning.
        spared: events that it would have refused, had they not been warned of or allowed before.
        shadow: events on which its finding was only recorded.
        people: the senders of all these.
        shadow_people: the senders of those on which it was only recorded.
        allowed: refused events that a moderator allowed: its false positives.
        kinds: the kinds of its findings.
    """

    step: str
    refused: int = 0
    warned: int = 0
    spared: int = 0
    shadow: int = 0
    people: set[str] = field(default_factory=set)
    shadow_people: set[str] = field(default_factory=set)
    allowed: int = 0
    kinds: set[FindingKind] = field(default_factory=set)


class Statistics:
    """Counts decisions, step by step."""

    def __init__(self) -> None:
        self._steps: dict[str, StepStatistics] = {}

    def steps(self) -> list[StepStatistics]:
        """Return what was counted, what refuses most first."""
        return sorted(
            self._steps.values(),
            key=lambda each: (-each.refused - each.warned, -each.shadow, each.step),
        )

    def take(self, recorded: RecordedDecision) -> None:
        """Count a decision."""
        decision = recorded.decision
        deciding = {finding.label for finding in decision.deciding}
        for label, finding in {each.label: each for each in decision.findings}.items():
            step = self._step(label)
            step.people.add(recorded.sender)
            step.kinds.add(finding.kind)
            if finding.mode is Mode.SHADOW:
                step.shadow += 1
                step.shadow_people.add(recorded.sender)
            else:
                _count(step, finding, decision, deciding)

    def take_outcome(self, kind: str, steps: Iterable[str]) -> None:
        """Count what somebody did about a decision: `allowed` is a false positive of its steps."""
        if kind == "allowed":
            for label in steps:
                self._step(label).allowed += 1

    def _step(self, label: str) -> StepStatistics:
        step = self._steps.get(label)
        if step is None:
            step = self._steps[label] = StepStatistics(label)
        return step


def _count(step: StepStatistics, finding: Finding, decision: Decision, deciding: set[str]) -> None:
    if decision.spared_by is not None:
        step.spared += 1
    elif finding.label in deciding:
        if decision.is_warning:
            step.warned += 1
        else:
            step.refused += 1
