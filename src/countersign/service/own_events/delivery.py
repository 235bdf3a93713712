"""Delivery of our user's events to the servers of their rooms, independently for each server.

A server is sent all events after the last transaction that it accepted, in order; only that
position is stored for it. Servers that do not answer are tried again and do not delay others. A
server that receives an event too late, or not at all, fetches it when a later event refers to it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import structlog

from countersign.basics.backoff import Backoff
from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable, StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.own_user.own_events import NumberedEvent, OwnEvent, OwnEventStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError
from countersign.service.identity import Identity
from countersign.service.rooms.protected_rooms import Rooms

BACKOFF: Final = Backoff(first=2, factor=5, longest=3_600)
"""Pauses before a server is tried again after failures, in seconds."""
GIVE_UP_AFTER_MS: Final = DAY_MS
"""Age of our events up to which their delivery is tried."""
MAX_SERVERS_TOLD: Final = 1_000
"""Maximum number of servers of a room that receive our events, the largest first."""
SERVERS_AT_ONCE: Final = 16
MAX_PDUS: Final = 50
"""Maximum number of PDUs in a transaction, by the specification."""
LOAD_AGAIN_SECONDS: Final = 30.0
LOOK_UP_EVERY_SECONDS: Final = 30.0
TICK_SECONDS: Final = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Failing:
    """A server that did not accept the last transaction."""

    failures: int
    not_before: float


@dataclass(frozen=True, slots=True)
class _Destinations:
    """The servers of a room that receive our events, and when they were determined."""

    servers: Mapping[str, None]
    looked_up_at: float


class OwnEventDelivery:
    """Sends our events to the servers of their rooms.

    Args:
        rooms: know the servers of each room.
        store: keeps our events, and each server's position.
        federation: sends transactions.
        backoff: delays after failures.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        rooms: Rooms,
        store: OwnEventStore,
        federation: FederationClient,
        clock: Clock,
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._identity = identity
        self._rooms = rooms
        self._store = store
        self._federation = federation
        self._clock = clock
        self._backoff = backoff
        self._newest: dict[str, tuple[int, int]] = {}
        self._destinations: dict[str, _Destinations] = {}
        self._sent: dict[str, int] = {}
        self._failing: dict[str, _Failing] = {}
        self._in_flight: set[str] = set()
        self._something = asyncio.Event()
        self._slots = asyncio.Semaphore(SERVERS_AT_ONCE)

    def add(self, stored: NumberedEvent) -> None:
        """Queue a stored event for delivery."""
        self._note(stored.own.room_id, stored.number, stored.own.made_ts)
        self._something.set()

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - numbers say it
        """Queue events that other processes made.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        for room_id, (number, made_ts) in (await self._store.newest(self._oldest_ts())).items():
            self._note(room_id, number, made_ts)
        self._something.set()

    async def find_for(self, event_id: str, origin: str) -> OwnEvent | None:
        """Return an event of ours, if the server may see it; else None.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        own_event = await self._store.find_by_event_id(event_id)
        is_theirs = own_event is not None and self._may_be_told(origin, own_event.room_id)
        return own_event if is_theirs else None

    def transaction(self, events: Sequence[OwnEvent]) -> JsonObject:
        """Return a transaction with these events."""
        return {
            "origin": self._identity.server_name,
            "origin_server_ts": self._clock.now_ts(),
            "pdus": [each.event for each in events],
        }

    async def run(self) -> None:
        """Send events, until cancelled."""
        await self._load()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._slots.acquire()
                self._something.clear()
                try:
                    server = self._next_server()
                except BaseException:
                    self._slots.release()  # this task is restarted, and the event must not be lost
                    raise
                if server is None:
                    self._slots.release()
                    await self._wait()
                    continue
                self._in_flight.add(server)
                group.create_task(self._send_to(server))
                await asyncio.sleep(0)  # requests for signatures come in between

    async def _load(self) -> None:
        while True:
            try:
                newest = await self._store.newest(self._oldest_ts())
                sent = await self._store.sent()
                if newest:
                    first = await self._store.following(
                        0, room_ids=newest, since_ts=self._oldest_ts(), limit=1
                    )
                    await self._store.forget_sent(first[0].number - 1 if first else 0)
            except StoreUnavailable as error:
                log.warning("events of ours that wait cannot be read", reason=str(error))
                await self._clock.sleep(LOAD_AGAIN_SECONDS)
            else:
                self._sent = dict(sent)
                for room_id, (number, made_ts) in newest.items():
                    self._note(room_id, number, made_ts)
                return

    async def _wait(self) -> None:
        # A server may be due again, or may have joined a room.
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS if self._newest else None):
                await self._something.wait()

    def _note(self, room_id: str, number: int, made_ts: int) -> None:
        if number > self._newest.get(room_id, (0, 0))[0]:
            self._newest[room_id] = number, made_ts

    def _next_server(self) -> str | None:
        """Return a server to send to now; servers that answered last time come first."""
        self._forget_the_old()
        now = self._clock.monotonic()
        due_counts: dict[str, int] = {}
        for room_id, (number, _) in self._newest.items():
            for server in self._servers_told(room_id):
                if self._sent.get(server, 0) >= number or server in self._in_flight:
                    continue
                failing = self._failing.get(server)
                if failing is None:
                    return server
                if failing.not_before <= now:
                    due_counts[server] = failing.failures
        return min(due_counts, key=due_counts.__getitem__, default=None)

    def _servers_told(self, room_id: str) -> Mapping[str, None]:
        """Return a room's servers to send to, largest first; cached, since a room has many."""
        now = self._clock.monotonic()
        destinations = self._destinations.get(room_id)
        if destinations is None or now - destinations.looked_up_at > LOOK_UP_EVERY_SECONDS:
            room = self._rooms.get(room_id)
            largest = room.state.largest_servers(MAX_SERVERS_TOLD) if room is not None else []
            servers = [server for server in largest if server != self._identity.server_name]
            destinations = self._destinations[room_id] = _Destinations(dict.fromkeys(servers), now)
        return destinations.servers

    def _may_be_told(self, server: str, room_id: str) -> bool:
        room = self._rooms.get(room_id)
        return (
            room is not None
            and room.is_joined
            and room.state.is_server_joined(server)
            and (room.state.acl is None or room.state.acl.allows(server))
        )

    async def _send_to(self, server: str) -> None:
        try:
            await self._send_next(server)
        except CountersignError as error:  # of the store's too
            self._note_failure(server, error)
        except Exception as error:  # an unexpected error with one server must not affect the others
            self._note_failure(server, error)
            log.exception("an event of ours could not be sent", server=server)
        finally:
            self._in_flight.discard(server)
            self._slots.release()
            self._something.set()

    async def _send_next(self, server: str) -> None:
        concerned = [room_id for room_id in self._newest if server in self._servers_told(room_id)]
        newest = max((self._newest[room_id][0] for room_id in concerned), default=0)
        rooms = [room_id for room_id in concerned if self._may_be_told(server, room_id)]
        events = await self._store.following(
            self._sent.get(server, 0),
            room_ids=rooms,
            since_ts=self._oldest_ts(),
            limit=MAX_PDUS,
        )
        if events:
            await self._send(server, events)
        number = events[-1].number if len(events) == MAX_PDUS else newest
        await self._store.note_sent(server, number)
        self._sent[server] = max(number, self._sent.get(server, 0))
        self._failing.pop(server, None)

    async def _send(self, server: str, events: list[NumberedEvent]) -> None:
        ids = [each.own.event_id for each in events]
        transaction = self.transaction([each.own for each in events])
        # A server processes a transaction with the same ID only once.
        txn_id = sha256("".join(ids).encode()).hexdigest()[:32]
        await self._federation.send_transaction(server, txn_id, transaction)

    def _note_failure(self, server: str, error: Exception) -> None:
        before = self._failing.get(server)
        failures = 1 if before is None else before.failures + 1
        pause_seconds = self._backoff.seconds(failures)
        self._failing[server] = _Failing(failures, self._clock.monotonic() + pause_seconds)
        if not isinstance(error, PeerRefused | PeerUnavailable):
            log.warning("an event of ours could not be sent", server=server, reason=str(error))

    def _forget_the_old(self) -> None:
        oldest_ts = self._oldest_ts()
        for room_id, (_, made_ts) in list(self._newest.items()):
            if made_ts < oldest_ts:
                del self._newest[room_id]
                self._destinations.pop(room_id, None)
        if not self._newest:
            self._failing.clear()

    def _oldest_ts(self) -> int:
        return self._clock.now_ts() - GIVE_UP_AFTER_MS
