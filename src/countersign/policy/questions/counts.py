"""Counts of events: those that were signed, and attempts."""

from dataclasses import field
from typing import ClassVar

from countersign.basics.records import record
from countersign.policy.questions.question import Question
from countersign.policy.questions.sender_groups import Per


@record(frozen=True, slots=True)
class EventCount(Question[int]):
    """Number of events in the last `per_seconds`; the event in question is not among them.

    Attributes:
        kind: first parts of the counter's name; empty for signed events.
        per: the group of senders.
        key: user ID, server name or room ID of the group; empty for the community.
        types: globs of event types that count; empty for all.
        per_seconds: the window, 1 or more.
    """

    kind: ClassVar[tuple[str, ...]] = ()
    per: Per
    key: str
    types: tuple[str, ...]
    per_seconds: int
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # With the class: an event has questions of several with the same values.
        values = type(self), self.per, self.key, self.types, self.per_seconds
        object.__setattr__(self, "_hash", hash(values))

    def __hash__(self) -> int:
        return self._hash

    @property
    def counter(self) -> tuple[str, ...]:
        """Return the name of the counter; the window is not part of it."""
        return (*self.kind, self.per, self.key, *self.types)


@record(frozen=True, slots=True, eq=False)  # or its hash would be computed each time
class SignedEvents(EventCount):
    """Number of events signed in the last `per_seconds`, in all rooms of the policy.

    A signed event is added to the counter of every `SignedEvents` that was asked about it, so a
    counter has exactly the events that a filter with these `types` judges.
    """


@record(frozen=True, slots=True, eq=False)
class Attempts(EventCount):
    """Number of events sent in the last `per_seconds`, signed or not, in all rooms of the policy.

    A retry of the sender's last event in the room does not count if that was not signed. `types` is
    one name for the counter.
    """

    kind: ClassVar[tuple[str, ...]] = ("attempts",)


@record(frozen=True, slots=True, eq=False)
class FreshAttempts(Attempts):
    """`Attempts` without repetitions of the sender's last text in the same room.

    A client whose request timed out sends a signed text again. Twelve such copies of a sender in an
    hour do not count. Of one sender six texts within twenty seconds count among those of a room.
    """


@record(frozen=True, slots=True, eq=False)
class AttemptsAboveMembers(Attempts):
    """`Attempts` of a sender; 0 if members keep the same pace in the event's room.

    They do if at least four members, known for a week, each had half as many events of the same
    kind signed in the room within that time.
    """


@record(frozen=True, slots=True, eq=False)
class FreshAboveMembers(FreshAttempts):
    """`FreshAttempts` of a sender; 0 if members keep the same pace in the event's room."""


@record(frozen=True, slots=True)
class PeopleCalled(Question[int]):
    """Number of people whom a sender's signed events mentioned in the last `per_seconds`.

    Attributes:
        user_id: the sender.
        called: number of people whom the event mentions, added once it is signed.
        per_seconds: the window.
        people: their user IDs, sorted, so that each person counts once, and the answer leaves them
            out; empty to count every mention.
    """

    user_id: str
    called: int
    per_seconds: int
    people: tuple[str, ...] = ()
