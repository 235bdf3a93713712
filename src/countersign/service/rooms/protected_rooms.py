"""The rooms that we are in: joined, followed, left, and kept between two starts."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import structlog

from countersign.basics.backoff import Backoff
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.rooms import RoomStore, StoredRoom
from countersign.protocol.errors import CountersignError, UnsupportedRoomVersion
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules, get_room_version
from countersign.protocol.rooms.policy_servers import POLICY_TYPE, UNSTABLE_POLICY_TYPE
from countersign.protocol.rooms.room_state import (
    ENCRYPTION,
    JOIN_RULES,
    POWER_LEVELS,
    SERVER_ACL,
    StateEvent,
    is_kept,
)
from countersign.service.background import BackgroundTasks, Work
from countersign.service.errors import Forbidden, NotFound
from countersign.service.handshakes.joined_state import JoinedState
from countersign.service.handshakes.joining import Admission, Joining, JoinRequest
from countersign.service.handshakes.leaving import LeaveFailed, Leaving
from countersign.service.handshakes.resident_calls import (
    MAX_SERVERS_ASKED,
    Progress,
    servers_to_ask,
)
from countersign.service.identity import Identity
from countersign.service.keys.event_verification import check_signatures
from countersign.service.keys.key_ring import KeyRing
from countersign.service.rooms.late_verification import LateVerification
from countersign.service.rooms.room import Room, build_state
from countersign.service.rooms.room_alerts import Alert, unverified_note
from countersign.service.rooms.room_follower import IsList, OnJoin, RoomFollower
from countersign.service.rooms.state_check_schedule import StateCheckSchedule
from countersign.service.single_flight import SingleFlight

__all__ = ["Room", "Rooms"]

REDACTION: Final = "m.room.redaction"

MAX_HELD_EVENTS: Final = 1_000
"""How many state events of a room are held back while we are still joining it."""

RESUME_AFTER_SECONDS: Final = (0, *Backoff(first=5, factor=5, longest=600).waits(4))
"""When a join that a stop of the program interrupted is tried again, until one attempt succeeds."""

MATTERING_TYPES: Final = frozenset(
    {POLICY_TYPE, UNSTABLE_POLICY_TYPE, SERVER_ACL, POWER_LEVELS, JOIN_RULES, ENCRYPTION}
)
"""The types of state that are compared among the room's servers, beside our own membership."""

_VIA_KEPT: Final = 5

log = structlog.get_logger()


@dataclass(slots=True)
class _JoinUnderWay:
    """A join that has reached a server: the room's events may come before its state is verified."""

    rules: RoomVersionRules | None = None
    held: list[Pdu] = field(default_factory=list)

    def pin(self, rules: RoomVersionRules) -> None:
        self.rules = rules

    def hold(self, pdu: Pdu) -> None:
        if len(self.held) < MAX_HELD_EVENTS:
            self.held.append(pdu)


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
        schedule: StateCheckSchedule,
        on_join: OnJoin = lambda _room_id, _user_id, _sent_ts: None,
        is_list: IsList = lambda _room_id: False,
    ) -> None:
        self._identity = identity
        self._store = store
        self._schedule = schedule
        self._key_ring = key_ring
        self._clock = clock
        self._background = background
        self._leaving = Leaving(identity, federation=federation, clock=clock)
        self._joining = Joining(
            identity, federation=federation, key_ring=key_ring, leaving=self._leaving, clock=clock
        )
        self._follower = RoomFollower(
            identity,
            store=store,
            key_ring=key_ring,
            clock=clock,
            on_join=on_join,
            is_list=is_list,
        )
        self._rooms: dict[str, Room] = {}
        self._joins: SingleFlight[str, Room] = SingleFlight()
        self._leaves: SingleFlight[str, Room] = SingleFlight()
        self._under_way: dict[str, _JoinUnderWay] = {}
        self._resuming: set[str] = set()
        self._late = LateVerification(
            store=store, key_ring=key_ring, follower=self._follower, background=background
        )
        self._is_loaded = False

    @property
    def is_loaded(self) -> bool:
        """The stored rooms have been read; before, nobody can say which rooms are ours."""
        return self._is_loaded

    @property
    def our_user_id(self) -> str:
        """The user with whom we are in rooms."""
        return self._identity.user_id

    def get(self, room_id: str) -> Room | None:
        """Return a room that we are or were in; ask it whether `is_joined`."""
        return self._rooms.get(room_id)

    def is_joining(self, room_id: str) -> bool:
        """Tell whether a join of the room is under way, or was when the program stopped."""
        return room_id in self._under_way or room_id in self._resuming

    def all(self) -> tuple[Room, ...]:
        """Return every room that we are or were in, by room ID."""
        return tuple(self._rooms[room_id] for room_id in sorted(self._rooms))

    def refresh_alerts(self) -> None:
        """Look at all rooms afresh: which of them are policy lists may have changed."""
        for room in self._rooms.values():
            self._follower.refresh_alerts(room)

    def joined_servers(self) -> AbstractSet[str]:
        """Return the servers that have a joined user in any of our rooms."""
        joined = (room.state.joined_servers() for room in self._rooms.values() if room.is_joined)
        return {server for servers in joined for server in servers}

    def is_member_server(self, server: str) -> bool:
        """Tell whether a server has a joined user in any of our rooms."""
        return any(
            room.is_joined and room.state.is_server_joined(server) for room in self._rooms.values()
        )

    def find_rules(self, room_id: str) -> RoomVersionRules | None:
        """Return the version of a room whose events we follow: joined, or about to be."""
        room = self._rooms.get(room_id)
        if room is not None and room.is_joined:
            return room.rules
        under_way = self._under_way.get(room_id)
        return under_way.rules if under_way is not None else None

    async def load(self) -> None:
        """Read the stored rooms; call once, before anything else.

        What a stop of the program interrupted is gone on with.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        for stored in await self._store.load():
            try:
                rules = get_room_version(stored.room_version)
            except UnsupportedRoomVersion:
                log.warning(
                    "a stored room has a version that this release does not know: not protected",
                    room_id=stored.room_id,
                    room_version=stored.room_version,
                )
                continue
            room = Room(
                room_id=stored.room_id,
                rules=rules,
                state=await build_state(stored.room_id, rules, stored.state),
                membership=stored.membership,
                via=stored.via,
                joined_ts=stored.joined_ts,
                note=stored.note,
            )
            self._rooms[room.room_id] = room
            self._follower.refresh_alerts(room)
            if room.is_joined:
                self._key_ring.prefetch(room.state.joined_servers())
                self._schedule.add(room.room_id)
                if room.note:
                    self._late.start(room)
        for room_id, via in await self._store.joins_under_way():
            self._resuming.add(room_id)
            self._background.run_once(
                Work.JOINS, partial(self._resume, room_id, via), f"interrupted: {room_id}"
            )
        self._is_loaded = True

    async def join(
        self,
        room_id: str,
        via: Sequence[str],
        progress: Progress = lambda _: None,
        *,
        force: bool = False,
    ) -> Room:
        """Join a room and keep it; return it when it is joined and stored.

        A second call for a room whose join is under way waits for that one. The join goes on if the
        caller is cancelled.

        Args:
            room_id: the room.
            via: servers that are in it, best first.
            progress: told what is being done, a line at a time.
            force: join once more although we are in it, to take its state anew.

        Raises:
            JoinFailed: no server let us in; says why, and what to do.
            StoreUnavailable: we joined and can't keep it; join again.
        """
        room = self._rooms.get(room_id)
        if room is not None and room.is_joined and not force:
            progress("we are in the room already")
            return room
        return await self._joins.run(room_id, lambda: self._join(room_id, via, progress))

    async def rejoin(
        self, room_id: str, via: Sequence[str] = (), progress: Progress = lambda _: None
    ) -> Room:
        """Join a room once more that we are or were in, and take its state anew.

        Args:
            room_id: the room.
            via: servers to ask before those that we know to be in the room.
            progress: told what is being done, a line at a time.

        Raises:
            NotFound: we never were in the room.
            JoinFailed, StoreUnavailable: as for `join`.
        """
        room = self._rooms.get(room_id)
        if room is None:
            raise NotFound(f"We have never been in {room_id}; join it through a server: --via.")
        known = (*via, *room.via, *room.state.largest_servers(MAX_SERVERS_ASKED))
        return await self.join(room_id, known, progress, force=True)

    async def leave(self, room_id: str, *, force: bool = False) -> Room:
        """Leave a room; until another server has taken our leave, we go on answering for it.

        Args:
            room_id: the room.
            force: forget the room here even if no server takes our leave.

        Raises:
            NotFound: we do not know the room.
            LeaveFailed: no server took our leave; we are still in.
            StoreUnavailable: we left and can't keep that; leave again.
        """
        room = self._rooms.get(room_id)
        if room is None:
            raise NotFound(f"We are not in {room_id}.")
        if not room.is_joined:
            return room
        return await self._leaves.run(room_id, lambda: self._leave(room, force=force))

    async def follow(self, pdu: Pdu) -> None:
        """Take over a state event, if it is one that we keep and its sender may send it.

        News that matters is soon compared with what the room's servers say.

        Args:
            pdu: an event of a room that `find_rules` knows; its signatures must have been verified.

        Raises:
            Forbidden: its sender may not send it.
            StoreUnavailable: it is followed until the next start only.
        """
        self._schedule.note_heard(pdu.room_id)
        if pdu.type == REDACTION:
            await self._follow_redaction(pdu)
        if not is_kept(pdu):
            return
        under_way = self._under_way.get(pdu.room_id)
        if under_way is not None:
            under_way.hold(pdu)
        room = self._rooms.get(pdu.room_id)
        if room is None or not room.is_joined:
            return
        try:
            is_news = await self._follower.follow(room, pdu)
        except Forbidden:
            # Perhaps it is our own knowledge that is out of date.
            if self._matters(pdu):
                self._schedule.doubt(room.room_id)
            raise
        if is_news and self._matters(pdu):
            self._schedule.hasten(room.room_id)

    async def redact_rules(self, room: Room, event_ids: Iterable[str]) -> None:
        """Take back policy rules that were redacted; see `RoomFollower.redact_rules`."""
        await self._follower.redact_rules(room, event_ids)

    async def follow_shown(self, room: Room, pdu: Pdu) -> None:
        """Take over an event that one server showed us, if it stands all the tests of one sent."""
        try:
            is_known = room.state.is_server_joined(pdu.sender_server)
            await check_signatures(pdu, self._key_ring, is_known=is_known)
            await self._follower.follow(room, pdu)
        except StoreUnavailable:
            raise
        except CountersignError as error:
            log.info("an event was not followed", room_id=room.room_id, error=str(error))

    async def settle(self, room: Room, agreed: JoinedState, pdus: Mapping[str, Pdu]) -> bool:
        """Take over what the room's servers agree on; see `RoomFollower.settle`."""
        return await self._follower.settle(room, agreed, pdus)

    def note_asked(self, room: Room, origin: str) -> None:
        """Note that a server was given an answer; it may show that we have missed something."""
        if room.state.is_server_joined(origin):
            self._schedule.note_asked(room.room_id)
        else:
            self._schedule.doubt(room.room_id)

    def note_doubts(self, room: Room, doubts: tuple[Alert, ...], confirmed_ts: int | None) -> None:
        """Note what came of asking the room's servers, and tell the operator what is new."""
        room.doubts = doubts
        room.confirmed_ts = confirmed_ts
        self._follower.refresh_alerts(room)

    async def _follow_redaction(self, pdu: Pdu) -> None:
        room = self._rooms.get(pdu.room_id)
        if room is not None and room.is_joined:
            await self._follower.follow_redaction(room, pdu)

    def _matters(self, pdu: Pdu) -> bool:
        """Tell whether the event decides about us, about power, or about whom we answer."""
        return pdu.type in MATTERING_TYPES or pdu.state_key == self._identity.user_id

    async def _join(self, room_id: str, via: Sequence[str], progress: Progress) -> Room:
        await self._store.begin_join(room_id, via)
        try:
            room = await self._join_and_keep(room_id, via, progress)
        except StoreUnavailable:
            raise  # we may be in the room and not know it: the next start tries again
        except CountersignError:
            await self._end_join(room_id)
            raise
        await self._end_join(room_id)
        progress(f"joined {room_id}")
        return room

    async def _end_join(self, room_id: str) -> None:
        try:
            await self._store.end_join(room_id)
        except StoreUnavailable as error:
            log.warning("the end of a join is not stored", room_id=room_id, reason=str(error))

    async def _resume(self, room_id: str, via: Sequence[str]) -> None:
        """Go on with a join that was under way when the program stopped."""
        log.info("going on with a join that was interrupted", room_id=room_id)
        failure: Exception | None = None
        try:
            for pause_seconds in RESUME_AFTER_SECONDS:
                await asyncio.sleep(pause_seconds)
                try:
                    await self.join(room_id, via)
                except Exception as error:
                    if not isinstance(error, CountersignError):
                        log.exception("a join failed unexpectedly", room_id=room_id)
                    failure = error
                    await self._store.begin_join(room_id, via)
                else:
                    await self._end_join(room_id)
                    return
            await self._end_join(room_id)
            log.error(
                "could not go on with a join that was interrupted",
                room_id=room_id,
                reason=str(failure),
                remedy=f"countersign rooms join {room_id} --via SERVER",
            )
        finally:
            self._resuming.discard(room_id)

    async def _join_and_keep(self, room_id: str, via: Sequence[str], progress: Progress) -> Room:
        known = self._rooms.get(room_id)
        is_joined = known is not None and known.is_joined
        with self._holding_events(room_id) as under_way:
            admission = await self._joining.join(
                JoinRequest(
                    room_id=room_id,
                    servers=servers_to_ask(
                        via,
                        known.via if known is not None else (),
                        room_id=room_id,
                        ourselves=self._identity.server_name,
                    ),
                    pinned=known.rules if known is not None else None,
                    is_joined=is_joined,
                    on_version=under_way.pin,
                    progress=progress,
                )
            )
            room = await self._keep(room_id, admission, via)
        for pdu in under_way.held:
            await self._follow_late(room, pdu)
        self._follower.refresh_alerts(room)
        if admission.state.unverified:
            self._late.start(room)
        return room

    async def _keep(self, room_id: str, admission: Admission, via: Sequence[str]) -> Room:
        joined_ts = self._clock.now_ts()
        events = (*admission.state.events, admission.own_event)
        before = self._rooms.get(room_id)
        room = Room(
            room_id=room_id,
            rules=admission.rules,
            state=await build_state(
                room_id, admission.rules, (_known(event, before, joined_ts) for event in events)
            ),
            membership="joined",
            via=servers_to_ask([admission.server], via, ourselves=self._identity.server_name)[
                :_VIA_KEPT
            ],
            joined_ts=joined_ts,
            note=unverified_note(
                admission.state.unverified_servers, len(admission.state.unverified)
            ),
        )
        await self._store.save(
            StoredRoom(
                room_id=room_id,
                room_version=room.rules.identifier,
                membership=room.membership,
                via=room.via,
                joined_ts=room.joined_ts,
                state=tuple(room.state.events()),
                note=room.note,
            ),
            {pdu.event_id: pdu.json for pdu in admission.state.unverified},
        )
        if before is not None:
            before.is_replaced = True
        self._rooms[room_id] = room
        self._schedule.add(room_id)
        self._key_ring.prefetch(room.state.joined_servers())
        log.info(
            "joined a room",
            room_id=room_id,
            room_version=room.rules.identifier,
            via=admission.server,
            left_out=admission.state.rejected,
        )
        return room

    @contextmanager
    def _holding_events(self, room_id: str) -> Iterator[_JoinUnderWay]:
        under_way = self._under_way[room_id] = _JoinUnderWay()
        try:
            yield under_way
        finally:
            del self._under_way[room_id]

    async def _follow_late(self, room: Room, pdu: Pdu) -> None:
        try:
            await self._follower.follow(room, pdu)
        except CountersignError as error:
            log.info("a late state event was not followed", room_id=room.room_id, error=str(error))

    async def _leave(self, room: Room, *, force: bool) -> Room:
        servers = servers_to_ask(
            room.via, room.state.joined_servers(), ourselves=self._identity.server_name
        )
        note = ""
        try:
            await self._leaving.leave(room.room_id, room.rules, servers, room.state.room_policy)
        except LeaveFailed as error:
            if not force:
                raise
            note = "forgotten here; no server of the room took our leave"
            log.warning(note, room_id=room.room_id, reason=str(error))
        await self._follower.change_membership(room, "left", note)
        return room


def _known(event: StateEvent, before: Room | None, joined_ts: int) -> StateEvent:
    """Return an event of the state at our join with the time since when we know what it says.

    Args:
        event: the event.
        before: the room as we knew it before this join, if we were in it once.
        joined_ts: when we join now.
    """
    known_since_ts = None if before is None else before.state.member_known_since_ts(event.state_key)
    return replace(event, known_since_ts=known_since_ts or joined_ts)
