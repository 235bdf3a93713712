"""The rooms that our user is or was in: joining, following, leaving, and storage."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from countersign.ports.clock import Clock
from countersign.ports.federation import FederationClient
from countersign.ports.stores.rooms import RoomStore, StoredRoom
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.room_state import is_kept
from countersign.service.background import BackgroundTasks
from countersign.service.errors import Forbidden, NotFound
from countersign.service.handshakes.joined_state import JoinedState
from countersign.service.handshakes.joining import Joining
from countersign.service.handshakes.leaving import Leaving
from countersign.service.handshakes.resident_calls import Progress
from countersign.service.identity import Identity
from countersign.service.keys.key_ring import KeyRing
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.late_verification import LateVerification
from countersign.service.rooms.room import TO_PROTECT, Room, RoomPurposes, restore_room
from countersign.service.rooms.room_alerts import Alert
from countersign.service.rooms.room_follower import OnJoin, RoomFollower
from countersign.service.rooms.room_joins import RoomJoins
from countersign.service.rooms.room_leaves import RoomLeaves
from countersign.service.rooms.state_check_schedule import StateCheckSchedule, is_compared

REDACTION: Final = "m.room.redaction"
LOADED_AT_ONCE: Final = 20  # each may have 200,000 members


class Rooms:
    """Every room that we know, by ID."""

    def __init__(
        self,
        identity: Identity,
        *,
        store: RoomStore,
        federation: FederationClient,
        key_ring: KeyRing,
        clock: Clock,
        background: BackgroundTasks,
        leadership: Leadership,
        schedule: StateCheckSchedule,
        on_join: OnJoin = lambda _room_id, _user_id, _sent_ts: None,
        purposes: RoomPurposes = TO_PROTECT,
    ) -> None:
        self._identity = identity
        self._store = store
        self._schedule = schedule
        self._key_ring = key_ring
        self._background = background
        leaving = Leaving(identity, federation=federation, clock=clock)
        self._follower = RoomFollower(
            identity,
            store=store,
            key_ring=key_ring,
            clock=clock,
            on_join=on_join,
            purposes=purposes,
        )
        self._rooms: dict[str, Room] = {}
        self._leaves = RoomLeaves(identity, leaving=leaving, follower=self._follower)
        self._late = LateVerification(
            store=store, key_ring=key_ring, follower=self._follower, leadership=leadership
        )
        self._joins = RoomJoins(
            identity,
            store=store,
            clock=clock,
            joining=Joining(
                identity,
                federation=federation,
                key_ring=key_ring,
                leaving=leaving,
                clock=clock,
            ),
            follower=self._follower,
            late=self._late,
            find_room=self.get,
            on_joined=self._add_joined,
        )
        self._is_loaded = False

    @property
    def is_loaded(self) -> bool:
        """The stored rooms have been read; before that, it is not known which rooms are ours."""
        return self._is_loaded

    @property
    def our_user_id(self) -> str:
        """The user with whom we are in rooms."""
        return self._identity.user_id

    def get(self, room_id: str) -> Room | None:
        """Return a room that we are or were in (see `Room.is_joined`); None for other rooms."""
        return self._rooms.get(room_id)

    def is_joining(self, room_id: str) -> bool:
        """Return True if a process is joining the room, or was when it stopped."""
        return self._joins.is_under_way(room_id)

    async def take_joins(self, _changed_after: int) -> None:
        """Take over current joins of other processes; see `RoomJoins.apply_stored`."""
        await self._joins.apply_stored()

    def all(self) -> tuple[Room, ...]:
        """Return every room that we are or were in, by room ID."""
        return tuple(self._rooms[room_id] for room_id in sorted(self._rooms))

    def refresh_alerts(self, *room_ids: str) -> None:
        """Determine alerts again, of all rooms if none is named: their purpose may have changed."""
        for room in filter(None, map(self.get, room_ids or self._rooms)):
            self._follower.refresh_alerts(room)

    def joined_servers(self) -> AbstractSet[str]:
        """Return the servers that have a joined user in any of our rooms."""
        joined = (room.state.joined_servers() for room in self._rooms.values() if room.is_joined)
        return {server for servers in joined for server in servers}

    def is_member_server(self, server: str) -> bool:
        """Return True if a server has a joined user in any of our rooms."""
        states = (room.state for room in self._rooms.values() if room.is_joined)
        return any(state.is_server_joined(server) for state in states)

    def find_rules(self, room_id: str) -> RoomVersionRules | None:
        """Return the version of a room that we are in or are joining; None for other rooms."""
        room = self._rooms.get(room_id)
        if room is not None and room.is_joined:
            return room.rules
        return self._joins.find_rules(room_id)

    async def load(self) -> None:
        """Read the stored rooms; call once, before anything else.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        await self._joins.apply_stored()
        latest = ""
        servers: set[str] = set()
        # Rows of all rooms at once would take several times the memory of the rooms themselves.
        while loaded := await self._store.load_after(latest, LOADED_AT_ONCE):
            latest = loaded[-1].room_id
            while loaded:
                room = await restore_room(loaded.pop())
                if room is not None:
                    self._add_loaded(room)
                    if room.is_joined:
                        servers.update(room.state.joined_servers())
        self._key_ring.prefetch(servers)  # once each: most are in many rooms
        self._is_loaded = True

    def _add_loaded(self, room: Room) -> None:
        self._rooms[room.room_id] = room
        self._follower.refresh_alerts(room)
        if room.is_joined:
            self._schedule.add(room.room_id)
            if room.note:
                self._late.start(room)

    async def resume_joins(self) -> None:
        """Continue joins that a stop of the program interrupted.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        await self._joins.resume_all(self._background)

    async def join(
        self,
        room_id: str,
        via: Sequence[str],
        progress: Progress = lambda _: None,
        *,
        force: bool = False,
    ) -> Room:
        """Join a room and keep it; see `RoomJoins.join`."""
        return await self._joins.join(room_id, via, progress, force=force)

    async def leave(self, room_id: str, *, force: bool = False) -> Room:
        """Leave a room; until another server has accepted our leave, its events are still signed.

        Args:
            room_id: the room.
            force: forget the room here even if no server accepts our leave.

        Raises:
            NotFound: we do not know the room.
            LeaveFailed: no server accepted our leave; we are still in the room.
            StoreUnavailable: we left, but that is not stored; repeat the call.
        """
        room = self._rooms.get(room_id)
        if room is None:
            raise NotFound(f"We are not in {room_id}.")
        if not room.is_joined:
            return room
        return await self._leaves.leave(room, force=force)

    async def forget_room(self, room_id: str) -> None:
        """Forget a room that we are not in any more."""
        room = self._rooms.get(room_id)
        if room is not None and not room.is_joined:
            del self._rooms[room_id]

    def forget_gone(self, room: Room) -> None:
        """Forget a room that another process left and deleted, unless it was joined again."""
        if self._rooms.get(room.room_id) is room:
            room.is_replaced = True
            self._schedule.forget(room.room_id)
            del self._rooms[room.room_id]

    async def follow(self, pdu: Pdu) -> None:
        """Apply a state event of a kept type, if its sender may send it.

        An important change causes a state check soon afterwards.

        Args:
            pdu: an event of a room that `find_rules` knows; its signatures must have been verified.

        Raises:
            Forbidden: its sender may not send it.
            StoreUnavailable: it is followed until the next start only.
        """
        self._schedule.record_push(pdu.room_id)
        room = self._rooms.get(pdu.room_id)
        if pdu.type == REDACTION and room is not None and room.is_joined:
            await self._follower.follow_redaction(room, pdu)
        if not is_kept(pdu):
            return
        self._joins.hold(pdu)
        room = self._rooms.get(pdu.room_id)
        if room is None or not room.is_joined:
            return
        try:
            is_news = await self._follower.follow(room, pdu)
        except Forbidden:
            # Our own view of the room may be out of date.
            if is_compared(pdu, self._identity.user_id):
                self._schedule.doubt(room.room_id)
            raise
        if is_news and is_compared(pdu, self._identity.user_id):
            self._schedule.schedule_soon(room.room_id)

    async def redact_rules(self, room: Room, event_ids: Iterable[str]) -> None:
        """Remove policy rules that were redacted; see `RoomFollower.redact_rules`."""
        await self._follower.redact_rules(room, event_ids)

    async def follow_shown(self, room: Room, pdu: Pdu) -> None:
        """Apply an event that one server sent on request; see `RoomFollower.follow_shown`."""
        await self._follower.follow_shown(room, pdu)

    async def settle(self, room: Room, agreed: JoinedState, pdus: Mapping[str, Pdu]) -> bool:
        """Apply the state that the room's servers agree on; see `RoomFollower.settle`."""
        return await self._follower.settle(room, agreed, pdus)

    def record_request(self, room: Room, origin: str) -> None:
        """Record that a server asked; this may show that we missed a change of the room."""
        if room.state.is_server_joined(origin):
            self._schedule.record_request(room.room_id)
        else:
            self._schedule.doubt(room.room_id)

    def record_check(self, room: Room, doubts: tuple[Alert, ...], confirmed_ts: int | None) -> None:
        """Record the result of a state check, and log new alerts."""
        room.doubts = doubts
        room.confirmed_ts = confirmed_ts
        self._follower.refresh_alerts(room)

    def apply_stored(self, stored: StoredRoom, room: Room | None) -> None:
        """Take over a room that another process stored.

        Args:
            stored: the room's row; for a room that we know, with only the changed state.
            room: the whole room, if we do not know it; None if we do.
        """
        room_before = self._rooms.get(stored.room_id)
        if room is None:
            if room_before is not None:
                self._follower.apply_stored(room_before, stored)
        elif room_before is None or room_before.joined_ts < room.joined_ts:
            self._take_over(room)
            self._follower.refresh_alerts(room)
            if room.is_joined and room.note:
                self._late.start(room)

    def _add_joined(self, room: Room) -> None:
        self._take_over(room)
        self._key_ring.prefetch(room.state.joined_servers())

    def _take_over(self, room: Room) -> None:
        before = self._rooms.get(room.room_id)
        if before is not None:
            before.is_replaced = True
        self._rooms[room.room_id] = room
        if room.is_joined:
            self._schedule.add(room.room_id)
