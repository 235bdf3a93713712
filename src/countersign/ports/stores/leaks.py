"""Port: leaks, refused events that reached their rooms, and their outbox."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from countersign.protocol.identifiers import server_name_of


class Channel(StrEnum):
    """Way by which a leak was noticed."""

    SEND = "send"
    """The event was pushed to us, as to every server of the room."""
    SIGN = "sign"
    """Another server than the sender's asked about it, so it was there already."""


class OutboxState(StrEnum):
    """State of an outbox row for a recipient."""

    WAITING = "waiting"
    DONE = "done"
    GIVEN_UP = "given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A refused event that is out in its room, or a signed part of a message that was refused.

    Attributes:
        key: the key of the decision, 32 bytes.
        reference: the decision's reference; of a part, that of the refusal of the whole.
        room_id: the event's room.
        event_id: as we computed it.
        event_type: the event's type.
        sender: the event's sender.
        brought_by: the server through which we know.
        channel: how that server brought it.
        noticed_ts: the time, in ms since the epoch.
    """

    key: bytes
    reference: str
    room_id: str
    event_id: str
    event_type: str
    sender: str
    brought_by: str
    channel: Channel
    noticed_ts: int

    @property
    def is_part(self) -> bool:
        """It was signed, and is a part of a message that was refused as a whole.

        No other leak is known by its own server asking for a signature.
        """
        return self.channel is Channel.SIGN and not self.is_secondhand

    @property
    def is_secondhand(self) -> bool:
        """It was brought by another server than its sender's."""
        return self.brought_by != server_name_of(self.sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """Result of telling one recipient of one leak.

    Attributes:
        recipient: the recipient; see `service.leaks.outbox`.
        state: how far it has come.
        attempts: how often it was tried.
        outcome: how the last attempt ended, in words; empty before the first.
        tried_ts: the time when that was, in ms since the epoch; None before the first.
    """

    recipient: str
    state: OutboxState = OutboxState.WAITING
    attempts: int = 0
    outcome: str = ""
    tried_ts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakReport:
    """A leak with all its outbox rows, by recipient."""

    leak: Leak
    outbox: tuple[OutboxEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCounts:
    """Number of leaks since some moment, and of their outbox rows by result."""

    leaks: int
    waiting: int
    given_up: int


class LeakStore(Protocol):
    """Stores each leak once, with an outbox row for each recipient of that moment."""

    async def record(self, leak: Leak, recipients: Sequence[str], *, max_waiting: int) -> bool:
        """Store `leak` and a waiting outbox row for each recipient; return True if it is new.

        Nothing changes for a leak whose key is known. A recipient for whom `max_waiting` hand-overs
        wait already is given up at once.
        """
        ...

    async def waiting(
        self, recipient: str, limit: int, *, except_rooms: Iterable[str] = ()
    ) -> list[Leak]:
        """Return up to `limit` leaks that wait for `recipient`, oldest first.

        Args:
            recipient: who is to be told.
            limit: maximum number.
            except_rooms: leaks in these rooms are left out.
        """
        ...

    async def settle(
        self,
        keys: Sequence[bytes],
        recipient: str,
        *,
        state: OutboxState,
        outcome: str,
        tried_ts: int,
    ) -> None:
        """Store the result of an attempt to deliver these leaks to `recipient`."""
        ...

    async def abandon_other_recipients(self, recipients: Sequence[str], outcome: str) -> None:
        """Give up rows that wait for others than `recipients`, with the reason `outcome`."""
        ...

    async def find(self, key: bytes) -> LeakReport | None:
        """Return the leak of the event that the decision with that key is about; None if none."""
        ...

    async def latest(
        self,
        *,
        rooms: Collection[str] | None = None,
        before_key: bytes | None = None,
        limit: int = 50,
    ) -> list[LeakReport]:
        """Return up to `limit` (at most 1,000) leaks, the last recorded first.

        Args:
            rooms: only leaks in these rooms; None for all.
            before_key: only leaks recorded before the one with this key; none if it is not known.
            limit: maximum number.
        """
        ...

    async def counts(self, since_ts: int) -> LeakCounts:
        """Count the leaks noticed since a moment, in ms since the epoch, and their outbox rows."""
        ...
