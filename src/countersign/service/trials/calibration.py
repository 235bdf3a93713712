"""Calibration: scores of past decisions, and the effect that other thresholds would have had."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from countersign.policy.decisions import Decision
from countersign.policy.measures.trust_records import Trust
from countersign.policy.review.summaries import DecisionSummary, Group, group_of
from countersign.policy.thresholds import Thresholds

_SPREAD: Final = 4
"""Number of thresholds on either side of the present one that are reported."""


@dataclass(frozen=True, slots=True)
class ThresholdEffect:
    """Effect of a threshold.

    Attributes:
        honest_refused: number of signed or later allowed events that it would have refused.
        refused_passed: number of events refused by evidence that would have passed.
    """

    honest_refused: int
    refused_passed: int


@dataclass(slots=True)
class Scores:
    """Scores of events by senders with the same level of trust.

    Attributes:
        by_group: for each group, the number of events with each score.
    """

    by_group: dict[Group, Counter[int]] = field(
        default_factory=lambda: {group: Counter() for group in Group}
    )

    @property
    def highest(self) -> int:
        """The highest score of any event."""
        return max((score for scores in self.by_group.values() for score in scores), default=0)

    def count(self, group: Group) -> int:
        """Return the number of events in a group."""
        return self.by_group[group].total()

    def with_threshold(self, threshold: int) -> ThresholdEffect:
        """Return the effect of refusing events from that score on."""
        honest = self.by_group[Group.SIGNED] + self.by_group[Group.ALLOWED]
        refused = self.by_group[Group.REFUSED]
        return ThresholdEffect(
            honest_refused=sum(count for score, count in honest.items() if score >= threshold),
            refused_passed=sum(count for score, count in refused.items() if score < threshold),
        )

    def to_json(self, thresholds: Thresholds, threshold: int | None = None) -> dict[str, Any]:
        """Return the scores as JSON, with the effect of some thresholds.

        Args:
            thresholds: the thresholds in force for these people.
            threshold: another threshold to report; None for only those around the present one.
        """
        return {
            "refuse": thresholds.refuse,
            "warn": thresholds.warn,
            **{
                group.value: {str(score): counts[score] for score in sorted(counts)}
                for group, counts in self.by_group.items()
            },
            "by_threshold": {
                str(each): {
                    "honest_refused": otherwise.honest_refused,
                    "refused_passed": otherwise.refused_passed,
                }
                for each in self.thresholds_about(thresholds, threshold)
                for otherwise in (self.with_threshold(each),)
            },
        }

    def thresholds_about(self, thresholds: Thresholds, threshold: int | None = None) -> list[int]:
        """Return the thresholds to report: those around the present one, and the asked one."""
        present = thresholds.refuse
        nearby = {present + step for step in range(-_SPREAD, _SPREAD + 1)}
        possible = {each for each in nearby if 1 <= each <= max(self.highest + 1, present)}
        return sorted(possible | ({threshold} if threshold is not None else set()))


@dataclass(slots=True)
class Calibration:
    """Scores of decided events, by trust.

    Attributes:
        by_level: the scores, by the sender's level of trust.
        events: number of events.
        unrecorded: number of further events whose scores are not known.
    """

    by_level: dict[Trust, Scores] = field(default_factory=dict)
    events: int = 0
    unrecorded: int = 0

    def add(self, other: "Calibration") -> None:
        """Add the counts of another calibration."""
        self.events += other.events
        self.unrecorded += other.unrecorded
        for level, scores in other.by_level.items():
            own = self.by_level.setdefault(level, Scores())
            for group, counts in scores.by_group.items():
                own.by_group[group].update(counts)

    def count(self, decision: Decision, level: Trust, *, is_allowed: bool) -> None:
        """Count a decision.

        Args:
            decision: with all findings that count, as archived or stored.
            level: the sender's level of trust.
            is_allowed: a moderator allowed the event after it was refused.
        """
        group = Group.ALLOWED if is_allowed else group_of(decision)
        self._count(level, group, decision.score, 1)

    def take_summary(self, summary: DecisionSummary, events: int) -> None:
        """Count decisions of one summary, without what moderators did later."""
        self._count(summary.level, summary.group, summary.score, events)

    def allow(self, summary: DecisionSummary) -> None:
        """Count an event as allowed that was counted by the decision alone, if it was."""
        scores = self.by_level.get(summary.level)
        if scores is not None and scores.by_group[summary.group][summary.score]:
            scores.by_group[summary.group] -= Counter({summary.score: 1})
            scores.by_group[Group.ALLOWED][summary.score] += 1

    def _count(self, level: Trust, group: Group, score: int, events: int) -> None:
        self.events += events
        self.by_level.setdefault(level, Scores()).by_group[group][score] += events
