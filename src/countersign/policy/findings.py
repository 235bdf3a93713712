"""What a filter has against an event."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from countersign.policy.harms import Harm

Measured = int | str | None


class Mode(StrEnum):
    """How much weight a filter's findings have."""

    OFF = "off"
    """The filter does not run."""
    SHADOW = "shadow"
    """Findings are recorded for moderators and refuse nothing."""
    ENFORCE = "enforce"
    """A finding refuses the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One filter's objection to one event.

    Attributes:
        filter: the filter's name.
        harm: what the event would do.
        reason: for moderators: what was found, and the limit.
        says: for the sender: friendly words that give away neither.
        value: what was measured, if it is one number or one word.
        limit: what the policy allows, if it is one number.
        mode: whether the finding refuses the event (`Mode.ENFORCE`) or is only recorded.
    """

    filter: str
    harm: Harm
    reason: str
    says: str
    value: Measured = None
    limit: Measured = None
    mode: Mode = Mode.ENFORCE

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
        )
