"""Counts of events: those that were signed, and attempts."""

from dataclasses import dataclass, field
from typing import ClassVar

from countersign.policy.questions.question import Question
from countersign.policy.questions.sender_groups import Per


@dataclass(frozen=True, slots=True)
class EventCount(Question[int]):
    """Number of events in the last `per_seconds`; the event in question is not among them.

    Attributes:
        kind: begins the names of the counters; empty for those of signed events.
        per: whose events.
        key: which one: a user ID, server name or room ID; empty for the community.
        types: globs of event types that count; empty for all.
        per_seconds: how far back, 1 or more.
    """

    kind: ClassVar[tuple[str, ...]] = ()
    per: Per
    key: str
    types: tuple[str, ...]
    per_seconds: int
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.per, self.key, self.types, self.per_seconds)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def counter(self) -> tuple[str, ...]:
        """Return the name of the counter, without the window, which counters keep apart."""
        return (*self.kind, self.per, self.key, *self.types)


@dataclass(frozen=True, slots=True, eq=False)  # or its hash would be computed each time
class SignedEvents(EventCount):
    """Number of events signed in the last `per_seconds`, in all rooms of the policy.

    Once an event is signed, it is added to the counter of every `SignedEvents` that was asked about
    it: a counter holds exactly the events that some filter with these `types` looks at.
    """


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


@dataclass(frozen=True, slots=True)
class PeopleCalled(Question[int]):
    """Number of people whom a sender's signed events mentioned in the last `per_seconds`.

    Attributes:
        user_id: the sender.
        called: how many the event in question calls; they are added once it is signed.
        per_seconds: how far back.
        people: whom, sorted: the answer is of others then; empty to count each again.
    """

    user_id: str
    called: int
    per_seconds: int
    people: tuple[str, ...] = ()
