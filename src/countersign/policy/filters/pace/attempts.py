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


@dataclass(frozen=True, slots=True, eq=False)
class FreshAttempts(Attempts):
    """`Attempts` without a text that its sender had sent last to the same room.

    A client that waits in vain for an answer sends again what was signed. Twelve such copies of a
    person in an hour do not count, the others do.
    """


@dataclass(frozen=True, slots=True, eq=False)
class AttemptsAboveMembers(Attempts):
    """`Attempts` of a sender; 0 if members keep the same pace in the event's room.

    They do if four members or more, whom the community has known for a week, each had half as many
    events of the same kind signed in the room within that time.
    """


@dataclass(frozen=True, slots=True, eq=False)
class FreshAboveMembers(FreshAttempts):
    """`FreshAttempts` of a sender; 0 if members keep the same pace in the event's room."""
