"""Port: store of protected rooms and their state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.rooms.state_events import StateEvent

Membership: TypeAlias = Literal["joined", "left", "kicked", "banned"]
"""Membership of our user in a room; others ended it in `kicked` and `banned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRoom:
    """A room as it is stored.

    Attributes:
        room_id: the room.
        room_version: from its verified create event; never changes afterwards.
        membership: how our user stands in it.
        via: servers that could help us in, best first.
        joined_ts: the time when we last joined, in ms since the epoch.
        state: the state that we need, at most one event for each type and state key; no order.
        note: what an operator should know about the membership, such as the reason of a kick.
    """

    room_id: str
    room_version: str
    membership: Membership
    via: tuple[str, ...]
    joined_ts: int
    state: tuple[StateEvent, ...]
    note: str


class RoomStore(Protocol):
    """Keeps rooms and the state we need of them; each call is atomic, and durable on return."""

    async def load(self) -> list[StoredRoom]:
        """Return every room, also those we have left, by room ID."""
        ...

    async def load_after(self, room_id: str, at_most: int) -> list[StoredRoom]:
        """Return the rooms whose IDs come after that one, by room ID.

        Args:
            room_id: a room's ID, or the empty text before the first.
            at_most: how many rooms.
        """
        ...

    async def changed(self, changed_after: int, known: Mapping[str, int]) -> list[StoredRoom]:
        """Return the rooms that changed after that change, by room ID.

        Args:
            changed_after: a number of `Topic.ROOMS`.
            known: when we joined the rooms that the caller knows, by room ID. Of such a room that
                was not joined anew `state` holds but the events that changed.
        """
        ...

    async def room_ids(self) -> frozenset[str]:
        """Return the IDs of all rooms of which something is stored."""
        ...

    async def names(self) -> dict[str, str]:
        """Return the names of the rooms, by room ID; without rooms that have none."""
        ...

    async def save(
        self, room: StoredRoom, unverified: Mapping[str, JsonObject] = MappingProxyType({})
    ) -> None:
        """Store `room` whole; it replaces the row and its state.

        Args:
            room: the room.
            unverified: events of its state that could not be verified yet, by event ID.

        Raises:
            StoreUnavailable: nothing is known to be stored; what was kept before still is.
        """
        ...

    async def load_unverified(self, room_id: str) -> list[JsonObject]:
        """Return the events of a room that could not be verified yet, by event ID."""
        ...

    async def forget_unverified(self, room_id: str, event_ids: Sequence[str]) -> None:
        """Delete unverified events that are verified now, or never will be."""
        ...

    async def begin_join(self, room_id: str, via: Sequence[str]) -> None:
        """Store that we are about to join a room through these servers."""
        ...

    async def end_join(self, room_id: str) -> None:
        """Store that a join is over, however it ended."""
        ...

    async def joins_under_way(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return each room whose join began and did not end, and through whom, by room ID."""
        ...

    async def save_state(self, room_id: str, events: Sequence[StateEvent]) -> None:
        """Store state events; each replaces the one with its type and state key.

        Does nothing for a room that is not stored.

        Raises:
            StoreUnavailable: none of them is known to be stored.
        """
        ...

    async def forget_left(self, room_id: str) -> None:
        """Delete all that is stored of a room that we are not in any more."""
        ...

    async def set_membership(self, room_id: str, membership: Membership, note: str) -> None:
        """Store our user's membership and its reason; does nothing for an unknown room."""
        ...
