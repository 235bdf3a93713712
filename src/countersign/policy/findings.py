"""What a filter has against an event."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from countersign.policy.harms import Harm
from countersign.protocol.canonical_json import to_safe_integer

Measured = int | str | None


class Mode(StrEnum):
    """How much weight a filter's findings have."""

    OFF = "off"
    """The filter does not run."""
    SHADOW = "shadow"
    """Findings are recorded for moderators and refuse nothing."""
    WARN = "warn"
    """A finding refuses once, with its reason; the same words pass when they are sent again."""
    ENFORCE = "enforce"
    """A finding refuses the event."""


class FindingKind(StrEnum):
    """Kind of a finding, which determines what it may be used for."""

    RULE = "rule"
    """A decision of moderators, or something malformed: it decides alone, and adds to no score."""
    EVIDENCE = "evidence"
    """A sign of abuse; with a weight it adds up with others."""
    COURTESY = "courtesy"
    """A limit of form or pace, which honest people reach: never held against a sender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One filter's objection to one event.

    Attributes:
        filter: the filter's name.
        harm: what the event would do.
        reason: for moderators: what was found, and the limit.
        says: for the sender: friendly words that give away neither.
        value: what was measured, if it is one number or one word; an integer is brought into the
            canonical range, as events of old rooms may claim more.
        limit: what the policy allows, if it is one number.
        mode: what the finding does: refuses the event, refuses it once, or is only recorded.
        step: what the policy calls this use of the filter; empty if it has no name of its own.
        weight: how much it adds to the event's score; None if it decides by itself. A filter leaves
            it alone: the pipeline fills it in from the step's weight, the points and the hits.
        kind: what it may be used for.
        points: what the filter itself takes its evidence to be worth, from 0 on: each point
            multiplies the odds of abuse by about 2.5 (4 decibels). None if the step's weight alone
            says so; ignored if the finding is no evidence.
        hits: how many different things the filter found, from 1 on; with a weight and no points,
            each adds half of what the one before it added.
    """

    filter: str
    harm: Harm
    reason: str
    says: str
    value: Measured = None
    limit: Measured = None
    mode: Mode = Mode.ENFORCE
    step: str = ""
    weight: int | None = None
    kind: FindingKind = FindingKind.RULE
    points: int | None = None
    hits: int = 1

    def __post_init__(self) -> None:
        if isinstance(self.value, int):
            object.__setattr__(self, "value", to_safe_integer(self.value))

    @property
    def label(self) -> str:
        """The name under which moderators find the step in their policy."""
        return self.step or self.filter

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        return {
            "filter": self.filter,
            "harm": self.harm.value,
            "reason": self.reason,
            "says": self.says,
            "value": self.value,
            "limit": self.limit,
            "mode": self.mode.value,
            "step": self.step,
            "weight": self.weight,
            "kind": self.kind.value,
            "points": self.points,
            "hits": self.hits,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the finding that `to_json` wrote.

        Raises:
            KeyError, ValueError: something else wrote it.
        """
        return cls(
            filter=stored["filter"],
            harm=Harm(stored["harm"]),
            reason=stored["reason"],
            says=stored["says"],
            value=stored["value"],
            limit=stored["limit"],
            mode=Mode(stored["mode"]),
            step=stored.get("step", ""),
            weight=stored.get("weight"),
            kind=FindingKind(stored.get("kind", FindingKind.RULE)),
            points=stored.get("points"),
            hits=stored.get("hits", 1),
        )
