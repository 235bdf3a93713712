"""Joins of rooms, with storage, and continuation after the program was stopped."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import structlog

from countersign.basics.backoff import Backoff
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.rooms import RoomStore, StoredRoom
from countersign.protocol.errors import CountersignError
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.rooms.state_events import StateEvent
from countersign.service.background import BackgroundTasks, Work
from countersign.service.handshakes.joining import Admission, Joining, JoinRequest
from countersign.service.handshakes.resident_calls import Progress, servers_to_ask
from countersign.service.identity import Identity
from countersign.service.rooms.late_verification import LateVerification
from countersign.service.rooms.room import Room, build_state
from countersign.service.rooms.room_alerts import unverified_note
from countersign.service.rooms.room_follower import RoomFollower
from countersign.service.single_flight import SingleFlight

MAX_HELD_EVENTS: Final = 1_000
"""Maximum number of state events that are held back while we are joining a room."""

RESUME_AFTER_SECONDS: Final = (0, *Backoff(first=5, factor=5, longest=600).waits(4))
"""Delays before an interrupted join is tried again, until one attempt succeeds."""

_VIA_KEPT: Final = 5

log = structlog.get_logger()


@dataclass(slots=True)
class _JoinUnderWay:
    """A join in progress: events of the room may arrive before its state is verified."""

    rules: RoomVersionRules | None = None
    held: list[Pdu] = field(default_factory=list)

    def pin(self, rules: RoomVersionRules) -> None:
        self.rules = rules

    def hold(self, pdu: Pdu) -> None:
        if len(self.held) < MAX_HELD_EVENTS:
            self.held.append(pdu)


class RoomJoins:
    """Current joins, one for each room.

    Args:
        store: keeps rooms, and current joins.
        clock: dates joins.
        joining: the handshake.
        follower: applies events that arrived meanwhile.
        late: verifies state whose keys are missing.
        find_room: returns a known room.
        on_joined: receives a room once it is stored.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        store: RoomStore,
        clock: Clock,
        joining: Joining,
        follower: RoomFollower,
        late: LateVerification,
        find_room: Callable[[str], Room | None],
        on_joined: Callable[[Room], None],
    ) -> None:
        self._identity = identity
        self._store = store
        self._clock = clock
        self._joining = joining
        self._follower = follower
        self._late = late
        self._find_room = find_room
        self._on_joined = on_joined
        self._joins: SingleFlight[str, Room] = SingleFlight()
        self._under_way: dict[str, _JoinUnderWay] = {}
        self._resuming: set[str] = set()
        self._stored: frozenset[str] = frozenset()

    def is_under_way(self, room_id: str) -> bool:
        """Return True if a process is joining the room, or was when it stopped."""
        return room_id in self._under_way or room_id in self._resuming or room_id in self._stored

    async def apply_stored(self) -> None:
        """Read the current joins of all processes.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        self._stored = frozenset(room_id for room_id, _ in await self._store.joins_under_way())

    def find_rules(self, room_id: str) -> RoomVersionRules | None:
        """Return the version of a room that we are joining; None if it is not known."""
        under_way = self._under_way.get(room_id)
        return under_way.rules if under_way is not None else None

    def hold(self, pdu: Pdu) -> None:
        """Hold a state event back until the room that we are joining has its state."""
        under_way = self._under_way.get(pdu.room_id)
        if under_way is not None:
            under_way.hold(pdu)

    async def resume_all(self, background: BackgroundTasks) -> None:
        """Continue, in the background, joins that a stop of the program interrupted.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        for room_id, via in await self._store.joins_under_way():
            self._resuming.add(room_id)
            background.run_once(
                Work.JOINS, partial(self._resume, room_id, via), f"interrupted: {room_id}"
            )

    async def join(
        self,
        room_id: str,
        via: Sequence[str],
        progress: Progress = lambda _: None,
        *,
        force: bool = False,
    ) -> Room:
        """Join a room and store it; return the room.

        A second call during a join waits for that join. A join continues if the caller is
        cancelled.

        Args:
            room_id: the room.
            via: servers that are in it, best first.
            progress: receives lines on what is being done.
            force: join although we are in it, to get its state again.

        Raises:
            JoinFailed: no server let us in; the message has the reasons, and what to do.
            StoreUnavailable: we joined, but the room is not stored; repeat the call.
        """
        room = self._find_room(room_id)
        if room is not None and room.is_joined and not force:
            progress("we are in the room already")
            return room
        return await self._joins.run(room_id, lambda: self._join(room_id, via, progress))

    async def _join(self, room_id: str, via: Sequence[str], progress: Progress) -> Room:
        await self._store.begin_join(room_id, via)
        try:
            room = await self._join_and_keep(room_id, via, progress)
        except StoreUnavailable:
            raise  # we may be in the room without knowing it: the next start tries again
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
        self._stored -= {room_id}

    async def _resume(self, room_id: str, via: Sequence[str]) -> None:
        """Continue a join that a stop of the program interrupted."""
        log.info("going on with a join that was interrupted", room_id=room_id)
        failure: Exception | None = None
        try:
            for pause_seconds in RESUME_AFTER_SECONDS:
                await self._clock.sleep(pause_seconds)
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
        room_before = self._find_room(room_id)
        is_joined = room_before is not None and room_before.is_joined
        with self._holding_events(room_id) as under_way:
            admission = await self._joining.join(
                JoinRequest(
                    room_id=room_id,
                    servers=servers_to_ask(
                        via,
                        room_before.via if room_before is not None else (),
                        room_id=room_id,
                        ourselves=self._identity.server_name,
                    ),
                    pinned=room_before.rules if room_before is not None else None,
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
        before = self._find_room(room_id)
        room = Room(
            room_id=room_id,
            rules=admission.rules,
            state=await build_state(
                room_id,
                admission.rules,
                (_with_first_seen(event, before, joined_ts) for event in events),
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
        self._on_joined(room)
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


def _with_first_seen(event: StateEvent, before: Room | None, joined_ts: int) -> StateEvent:
    """Return a state event with the time since when its content is known to us.

    Args:
        event: the event, from the state at our join.
        before: the room as known before this join; None if we never were in it.
        joined_ts: time of this join.
    """
    known_since_ts = None if before is None else before.state.member_known_since_ts(event.state_key)
    return replace(event, known_since_ts=known_since_ts or joined_ts)
