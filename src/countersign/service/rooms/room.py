"""A room that our user is in: its state as we follow it."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from countersign.ports.stores.rooms import Membership, StoredRoom
from countersign.protocol.errors import UnsupportedRoomVersion
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules, get_room_version
from countersign.protocol.rooms.room_state import RoomState
from countersign.protocol.rooms.state_events import MEMBER, StateEvent
from countersign.service.rooms.room_alerts import Alert

EVENTS_PER_TURN: Final = 500

log = structlog.get_logger()


def _no(_room_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPurposes:
    """Purposes of rooms that need not name us; each function takes a room ID.

    Attributes:
        is_list: policies follow the room as a policy list, and do no more with it.
        is_management: the settings name it as a management room.
        is_chat: it is a direct chat of somebody with our user.
    """

    is_list: Callable[[str], bool] = _no
    is_management: Callable[[str], bool] = _no
    is_chat: Callable[[str], bool] = _no


TO_PROTECT: Final = RoomPurposes()


@dataclass(slots=True, kw_only=True, eq=False)
class Room:
    """A room as this process knows it; only a `RoomFollower` changes it.

    Attributes:
        room_id: the room.
        rules: its version, from the verified create event; never changes.
        state: the state that we need, as far as we follow it.
        membership: our user's membership.
        via: servers to join or leave through, best first.
        joined_ts: the time when we last joined, in ms since the epoch.
        note: see `StoredRoom.note`.
        alerts: the alerts for the operator.
        doubts: those of the alerts that result from state checks.
        is_list_only: policies follow it as a policy list, and it does not name us.
        is_management_only: the settings name it as a management room, and it does not name us.
        is_chat: it is a direct chat of somebody with our user.
        is_replaced: this object is outdated: the room was joined again, or another process deleted
            it.
        confirmed_ts: time of the last state check with an answer, in ms since the epoch, or None.
    """

    room_id: str
    rules: RoomVersionRules
    state: RoomState
    membership: Membership
    via: tuple[str, ...]
    joined_ts: int
    note: str = ""
    alerts: tuple[Alert, ...] = ()
    doubts: tuple[Alert, ...] = ()
    is_replaced: bool = False
    is_list_only: bool = False
    is_management_only: bool = False
    is_chat: bool = False
    confirmed_ts: int | None = None

    @property
    def is_joined(self) -> bool:
        """Our user is joined to the room, so its servers may ask us."""
        return self.membership == "joined"


class NamesOfRooms(Mapping[str, str | None]):
    """Names of rooms by room ID; a room without a name has None.

    Each is looked up when it is asked for: a page names some of ten thousand rooms.

    Args:
        find: returns a room by its ID.
        find_all: returns all rooms.
    """

    def __init__(
        self, find: Callable[[str], Room | None], find_all: Callable[[], Sequence[Room]]
    ) -> None:
        self._find = find
        self._find_all = find_all

    def __getitem__(self, room_id: str) -> str | None:
        room = self._find(room_id)
        if room is None:
            raise KeyError(room_id)
        return room.state.name

    def __iter__(self) -> Iterator[str]:
        return (room.room_id for room in self._find_all())

    def __len__(self) -> int:
        return len(self._find_all())


async def build_state(
    room_id: str, rules: RoomVersionRules, events: Iterable[StateEvent]
) -> RoomState:
    """Build the room state from `events`; the event loop gets turns meanwhile."""
    state = RoomState(room_id, rules)
    for count, event in enumerate(events):
        if count % EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)
        state.apply(event)
    return state


async def restore_room(stored: StoredRoom) -> Room | None:
    """Return a stored room; None if this release does not know its version."""
    try:
        rules = get_room_version(stored.room_version)
    except UnsupportedRoomVersion:
        log.warning(
            "a stored room has a version that this release does not know: not protected",
            room_id=stored.room_id,
            room_version=stored.room_version,
        )
        return None
    return Room(
        room_id=stored.room_id,
        rules=rules,
        state=await build_state(stored.room_id, rules, stored.state),
        membership=stored.membership,
        via=stored.via,
        joined_ts=stored.joined_ts,
        note=stored.note,
    )


def membership_before(pdu: Pdu, room: Room) -> str | None:
    """Return the user's membership before a membership event; None if we know the event."""
    if pdu.type != MEMBER or pdu.state_key is None:
        return None
    standing = room.state.find(MEMBER, pdu.state_key)
    if standing is not None and standing.event_id == pdu.event_id:
        return None
    return room.state.membership_of(pdu.state_key)
