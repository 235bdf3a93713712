"""Port: counts of recent events: rates, near duplicates, warnings, refusals, active people.

A question is plain data: the name of a counter, and the units that the event adds to it. So an
adapter for a shared store can reserve all questions of an event in one script and one round trip.
docs/shared-counters.md describes the data that such an adapter stores, and for how long.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, final

from countersign.policy.questions.crowds import Crowd
from countersign.policy.text.minhash import MinHash
from countersign.ports.people_counts import (
    People,
    PeopleByGroup,
    Person,
    RecentSayings,
    Unsigned,
    ignore_counts,
)

RESERVED_FOR_MS: Final = 10_000
"""After so long a reservation that was neither settled nor cancelled is as good as cancelled."""


class Namespace(StrEnum):
    """Kind of unit in a `Count`. Each has its own bound, so a flood of one evicts no other."""

    EVENTS = "events"
    """Events, signed or sent, of a sender, a server, a room or a community."""
    MENTIONS = "mentions"
    """People that a sender mentioned."""
    REFUSALS = "refusals"
    """Refused events of a sender."""
    WARNINGS = "warnings"
    """Warnings that were given to a sender for the same words."""

    __hash__ = str.__hash__  # an enumeration's own is slow, and counters are looked up by it


class Settlement(StrEnum):
    """Outcome with which an event is settled; each event has exactly one."""

    SIGNED = "signed"
    WARNED = "warned"
    """Refused this once."""
    REFUSED = "refused"
    """Refused for something that the sender did."""
    EXCUSED = "excused"
    """Refused for courtesy alone, or because of others: it does not count against the sender."""
    ALIKE = "alike"
    """Refused because others wrote the same, which counts; it does not count against the sender."""
    RETRIED = "retried"
    """A retry that is refused again: it is not counted."""


@final
class Count(NamedTuple):
    """Question about the number of units in a window before the event. The answer is a `Total`.

    Attributes:
        namespace: the kind of unit.
        counter: the counter's name; the same name with another window is another counter.
        window_ms: the length of the window.
        units: units that the event adds if it is settled as `on`.
        on: the settlement; None for any, unless the event is a retry of the sender's last one. For
            `SIGNED` and None, the sender's own pending events count as if they were settled so.
    """

    namespace: Namespace
    counter: tuple[str, ...]
    window_ms: int
    units: int = 1
    on: Settlement | None = Settlement.SIGNED


class Total(NamedTuple):
    """Number of units of a counter in its window.

    Attributes:
        units: the number of units, including the sender's own pending ones.
        latest_ms_ago: time since the last units were settled; 0 if there are none.
    """

    units: int = 0
    latest_ms_ago: int = 0


@final
class SameThing(NamedTuple):
    """Question about the senders and rooms of the same thing in a window before the event.

    The answer is a `Crowd`.

    The event is added whatever its verdict. So it counts for all as soon as it is reserved, and is
    removed only if the reservation is cancelled or expires.

    Attributes:
        digest: 16 bytes of a hash of the thing.
        window_ms: the length of the window.
    """

    digest: bytes
    window_ms: int


@final
class SameThings(NamedTuple):
    """Question about several things at once, each as `SameThing`; the answer has one `Crowd` each.

    An event that is excused sent none of them.

    Attributes:
        digests: 16 bytes of a hash of each thing.
        window_ms: the length of the window.
        is_added: True if the event's own sending is added.
    """

    digests: tuple[bytes, ...]
    window_ms: int
    is_added: bool = True


@final
class SimilarText(NamedTuple):
    """Question about the senders of nearly the same text; otherwise like `SameThing`.

    Texts are compared with those of the same window and likeness.

    Attributes:
        minhash: the minhash of the text.
        likeness_percent: minimum share that two texts have in common.
        window_ms: the length of the window.
    """

    minhash: MinHash
    likeness_percent: int
    window_ms: int


@final
class RecentMembers(NamedTuple):
    """Question about the senders of signed events in a room in a window before the event.

    The answer is a tuple of user IDs, the longest silent first; empty unless `is_listed`.

    Attributes:
        room_id: the room.
        window_ms: the length of the window.
        most: maximum number of senders, the latest.
        is_added: True to add the event's sender if it is signed.
        is_listed: True to list the senders.
    """

    room_id: str
    window_ms: int
    most: int
    is_added: bool
    is_listed: bool


@final
class CountGroup(NamedTuple):
    """Several questions as one; the answer is the tuple of their answers."""

    questions: tuple["CounterQuestion", ...]


CounterQuestion: TypeAlias = (
    Count
    | SameThing
    | SameThings
    | SimilarText
    | RecentMembers
    | People
    | RecentSayings
    | Unsigned
    | CountGroup
)
CounterAnswer: TypeAlias = Total | Crowd | PeopleByGroup | bool | tuple[Any, ...]


class CountedEvent(NamedTuple):
    """An event for which counters are asked.

    Attributes:
        key: the key of its decision.
        community: the community whose counters are used.
        sender: its sender.
        room_id: its room.
    """

    key: bytes
    community: str
    sender: str
    room_id: str


class AlreadySettled(Exception):
    """The event was settled a moment ago: its decision is stored. It ends no request."""


class Counters(Protocol):
    """Counters of recent events.

    The caller that decides on an event calls `reserve` once before, and exactly one of `settle` and
    `cancel` afterwards: `settle` if its decision is the one stored, else `cancel`.

    Between `reserve` and `settle` an event is pending. Its additions to a `Count` on `SIGNED` count
    for other events of the same sender, so that a burst of one sender exceeds no limit. They do not
    count for anybody else, because the event may not be signed, and one person's burst must not
    refuse another's events. Questions that count whatever the verdict count for all at once.

    Windows are in milliseconds of a wall clock that does not jump: an adapter reads the clock once
    and adds elapsed time, or uses the store's clock. Numbers may be too high for a hundredth of a
    window after something left it. They are too low only if an adapter reaches its memory limit
    and forgets the least recently used data.
    """

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """Answer questions in order, and reserve the event's additions to the counts.

        Idempotent by the event's key: until it is settled, cancelled or expired, a question that
        was asked before has the same answer, and adds nothing again. Each call adds one holder.

        Args:
            event: the event; it is not among what is counted itself.
            questions: each once.
            now_ts: the moment, for backtests and dry runs; None for the present.

        Raises:
            AlreadySettled: the event was settled less than `RESERVED_FOR_MS` after it was reserved;
                nothing is reserved.
            StoreUnavailable: nothing is reserved.
        """
        ...

    def settle(self, key: bytes, settlement: Settlement) -> None:
        """Count the event, as of the moment it was reserved; does not wait, and raises nothing.

        Nothing happens if its reservation expired or was settled before.
        """
        ...

    def cancel(self, key: bytes) -> None:
        """Give up one holder's reservation; with the last holder's, the event counts nowhere.

        It does not wait, and raises nothing. Another process may hold the same event and settle it.
        """
        ...

    def note_people(
        self,
        community: str,
        people: Sequence[Person],
        then: Callable[[Sequence[PeopleByGroup]], None] = ignore_counts,
        *,
        now_ts: int | None = None,
    ) -> None:
        """Count people who did something; does not wait, and raises nothing.

        It is called after events are answered; additions may be lost.

        Args:
            community: the community whose counters are used.
            people: the people and their deeds.
            then: called at once or later with the number of people by deed and group.
            now_ts: the time, for backtests and dry runs; None for the present.
        """
        ...

    def forget_people(self) -> None:
        """Forget what this process alone remembers of people, as `forget_person` does of one."""
        ...

    def forget_person(self, user_id: str) -> None:
        """Forget a user's actions and texts; numbers that were counted stay."""
        ...


class ImmediateCounters(Counters, Protocol):
    """Counters that answer without waiting, for dry runs and backtests."""

    def reserve_now(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """See `Counters.reserve`."""
        ...
