"""Attempts: events that were sent lately, signed or not."""

from dataclasses import dataclass
from typing import ClassVar

from countersign.policy.questions import EventCount


@dataclass(frozen=True, slots=True, eq=False)
class Attempts(EventCount):
    """Number of events sent in the last `per_seconds`, signed or not, in all rooms of the policy.

    A retry of what the sender sent last to the room, and was not signed, is not among them. Of
    `types`, only one name for what is counted is given.
    """

    kind: ClassVar[tuple[str, ...]] = ("attempts",)
