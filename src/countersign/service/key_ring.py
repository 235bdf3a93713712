"""Other servers' keys: kept, fetched when needed, renewed before they run out."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network
from itertools import islice
from math import inf

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.server_keys import ServerKeyStore
from countersign.protocol.room_versions import RoomVersionRules
from countersign.protocol.server_keys import (
    MAX_VALIDITY_MS,
    ServerKeys,
    key_for_event,
    key_for_request,
)
from countersign.protocol.signing_keys import VerifyKey
from countersign.service.clock_readings import MAX_CLOCK_SKEW_MS, NEVER, ClockReading
from countersign.service.errors import RateLimited
from countersign.service.identity import Identity
from countersign.service.key_fetches import (
    KeyFetches,
    KeysUnavailable,
    ServerRecord,
    is_plausible,
)
from countersign.service.rate_limits import RateLimit, TokenBuckets
from countersign.service.single_flight import SingleFlight

__all__ = ["KeyRing", "KeysUnavailable"]

MAX_KNOWN_SERVERS = 20_000
MAX_STRANGERS = 5_000
LACKING_SECONDS = 600.0
"""For how long a server that was asked for a key, and lacked it, is believed to have none."""
MAX_LACKING_KEYS = 16
ASK_AGAIN_LIMIT = RateLimit(per_second=1 / 60, burst=8)
"""How often one server may be asked again only because of keys that its document lacks."""
MAX_CLOCK_WITNESSES = 50
"""How many servers' documents are looked at to see whether our clock is right."""
CLOCK_CHECK_MS = 10_000
PREFETCHES_AT_ONCE = 8

log = structlog.get_logger()

Keys = Mapping[str, VerifyKey]


class KeyRing:
    """Gives the keys to verify requests and events with.

    Two circles of servers, each bounded: those of our rooms, whose documents are stored, and
    strangers, who can neither push the former out nor use up their share of fetches. Documents
    past half their time are renewed in the background; a failed fetch never costs us a good one.
    What we know ages by the monotonic clock: when the wall clock is set, by hand or by accident, it
    goes on being believed until each server was asked again.

    Args:
        identity: our own keys are answered without any network.
        federation: asks other servers for their keys.
        store: keeps the documents of servers that we know.
        clock: for validity and back-off.
        own_networks: see `KeyFetches`.
        on_outcome: likewise.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        federation: FederationClient,
        store: ServerKeyStore,
        clock: Clock,
        own_networks: Sequence[IPv4Network | IPv6Network] = (),
        on_outcome: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._identity = identity
        self._store = store
        self._clock = clock
        self._fetches = KeyFetches(federation, clock, own_networks, on_outcome)
        self._flights: SingleFlight[str, ServerKeys] = SingleFlight()
        self._asking_again = TokenBuckets(ASK_AGAIN_LIMIT, clock)
        self._known: OrderedDict[str, ServerRecord] = OrderedDict()
        self._strangers: OrderedDict[str, ServerRecord] = OrderedDict()
        self._queue: deque[str] = deque()
        self._queued: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock_checked = NEVER
        self._is_clock_in_doubt = False

    @property
    def fetches_in_flight(self) -> int:
        """How many servers are being asked for their keys at this moment."""
        return self._fetches.in_flight

    async def load(self) -> None:
        """Take up what the store kept.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        for keys in await self._store.load():
            record = self._record(keys.server_name, is_known=True)
            record.note(keys, self._clock, self._clock.now_ts())

    async def request_keys(
        self, server: str, key_ids: Collection[str], *, is_known: bool = False
    ) -> Keys:
        """Return those of `key_ids` that may sign requests of `server` now.

        Args:
            server: the claimed origin, so perhaps anybody's invention.
            key_ids: from the request; one that the server does not publish is left out.
            is_known: the server is in a room of ours. It need not be said of those that were given
                to `prefetch`.

        Raises:
            KeysUnavailable: trouble that may pass.
        """
        if server == self._identity.server_name:
            return self._own_keys(key_ids)
        record = self._record(server, is_known=is_known)

        def find(keys: ServerKeys) -> Keys:
            now_ts = record.now_ts(self._clock)
            return _found(key_ids, lambda key_id: key_for_request(keys, key_id, now_ts))

        return await self._look_up(record, key_ids, find)

    async def event_keys(
        self,
        server: str,
        key_ids: Collection[str],
        origin_server_ts: int,
        rules: RoomVersionRules,
        *,
        is_known: bool = True,
    ) -> Keys:
        """Return those of `key_ids` that were good for an event of that time, old keys included.

        Args:
            server: who must have signed the event.
            key_ids: from the event; one that the server never published is left out.
            origin_server_ts: the event's own time.
            rules: of the room's version; versions before 5 do not ask when a key was valid.
            is_known: the server is in a room of ours.

        Raises:
            KeysUnavailable: trouble that may pass.

        Spec:
            https://spec.matrix.org/v1.18/rooms/v5/#signing-key-validity-period
        """

        def find(keys: ServerKeys) -> Keys:
            return _found(
                key_ids, lambda key_id: key_for_event(keys, key_id, origin_server_ts, rules)
            )

        if server == self._identity.server_name:
            return self._own_keys(key_ids)
        record = self._record(server, is_known=is_known)
        if record.keys is None or self._newer_document_may_help(
            record, record.keys, key_ids, origin_server_ts
        ):
            found = await self._look_up(record, key_ids, find)
        else:
            found = find(record.keys)
        if not found and self._may_be_our_clocks_fault(record, origin_server_ts):
            raise KeysUnavailable(
                f"{server}: no key for an event of {origin_server_ts}, and our clock is in doubt"
            )
        return found

    def is_clock_in_doubt(self) -> bool:
        """Tell whether what most servers of our rooms say of their keys speaks against our clock.

        What servers publish is good for some days. By a clock that is slow they seem to promise it
        for much longer, by one that is fast they seem to bring what has expired.
        """
        checked = self._clock_checked
        if checked.has_jumped(self._clock) or checked.elapsed_ms(self._clock) >= CLOCK_CHECK_MS:
            self._clock_checked = ClockReading.of(self._clock)
            newest = islice(reversed(self._known.values()), MAX_CLOCK_WITNESSES)
            witnesses = [(record, record.keys) for record in newest if record.keys is not None]
            against = sum(self._speaks_against_our_clock(*witness) for witness in witnesses)
            self._is_clock_in_doubt = 2 * against > len(witnesses)
        return self._is_clock_in_doubt

    def prefetch(self, servers: Iterable[str]) -> None:
        """Note that `servers` are in a room of ours, and get the keys that are missing, in time."""
        for server in servers:
            if server == self._identity.server_name:
                continue
            self._queue_if_due(self._record(server, is_known=True))
        self._work()

    async def settle(self) -> None:
        """Wait until nothing is being fetched in the background."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop what goes on in the background."""
        for task in self._tasks:
            task.cancel()
        await self.settle()

    def _own_keys(self, key_ids: Collection[str]) -> Keys:
        own = self._identity.server_key.verify_key
        return {own.key_id: own} if own.key_id in key_ids else {}

    def _record(self, server: str, *, is_known: bool) -> ServerRecord:
        record = self._known.get(server) or self._strangers.get(server)
        if record is None:
            record = ServerRecord(server)
        if is_known and not record.is_known:
            self._strangers.pop(server, None)
            record.is_known = True
        circle, limit = (
            (self._known, MAX_KNOWN_SERVERS)
            if record.is_known
            else (self._strangers, MAX_STRANGERS)
        )
        circle[server] = record
        circle.move_to_end(server)
        if len(circle) > limit:
            circle.popitem(last=False)
        return record

    async def _look_up(
        self, record: ServerRecord, key_ids: Collection[str], find: Callable[[ServerKeys], Keys]
    ) -> Keys:
        """Return what `find` finds in the document that we have, or else in a newer one."""
        keys = record.keys
        if keys is None:
            return find(await self._renew(record))
        found = find(keys)
        if found:
            self._renew_at_half_life(record)
            return found
        if record.now_ts(self._clock) < keys.valid_until_ts:
            return find(await self._ask_again(record, key_ids, keys))
        if not record.failures and self._clock.monotonic() < record.retry_at:
            return found  # that its keys are out of date is what the server says of itself
        return find(await self._renew(record))

    async def _renew(self, record: ServerRecord) -> ServerKeys:
        return await self._flights.run(record.server, lambda: self._fetch(record))

    async def _ask_again(
        self, record: ServerRecord, key_ids: Collection[str], keys: ServerKeys
    ) -> ServerKeys:
        """Return a newer document than `keys`, or the same one if it was asked for these lately.

        Raises:
            KeysUnavailable: the server was asked for too many other keys. Anybody can make up key
                IDs in its name, so that says nothing of these: they may be new ones.
        """
        now = self._clock.monotonic()
        if not record.failures:
            if all(now - record.lacking.get(key_id, -inf) < LACKING_SECONDS for key_id in key_ids):
                return keys
            if record.server not in self._flights:
                self._ration(record.server)
                record.retry_at = now
        newer = await self._renew(record)
        # Only now, so that whoever comes meanwhile waits for the same answer.
        for key_id in key_ids:
            record.lacking.pop(key_id, None)
            record.lacking[key_id] = now
        while len(record.lacking) > MAX_LACKING_KEYS:
            del record.lacking[next(iter(record.lacking))]
        return newer

    def _ration(self, server: str) -> None:
        try:
            self._asking_again.take(server)
        except RateLimited as error:
            raise KeysUnavailable(f"{server}: asked for too many keys that it lacks") from error

    async def _fetch(self, record: ServerRecord) -> ServerKeys:
        document = await self._fetches.fetch(record)
        keys = record.keys
        assert keys is not None
        if record.is_known:
            try:
                await self._store.save(keys, document)
            except StoreUnavailable as error:
                # Verifying goes on; only a restart would have to fetch it again.
                log.warning("server keys not stored", server=record.server, reason=str(error))
        return keys

    def _newer_document_may_help(
        self,
        record: ServerRecord,
        keys: ServerKeys,
        key_ids: Collection[str],
        origin_server_ts: int,
    ) -> bool:
        """Tell whether a key that we do not find for this event could be in a newer document."""
        if record.read.has_jumped(self._clock) or self._is_of_our_future(keys):
            return True  # our times are wrong, then or now
        if _is_too_new(record.now_ts(self._clock), origin_server_ts):
            return False  # no document is believed for so long
        if any(key_id in keys.verify_keys for key_id in key_ids):
            return True  # valid, but not for long enough
        # A key that was in use before we asked would have been in the answer.
        return origin_server_ts > keys.fetched_ts - MAX_CLOCK_SKEW_MS

    def _may_be_our_clocks_fault(self, record: ServerRecord, origin_server_ts: int) -> bool:
        """Tell whether a right clock might have found the key: a refusal would be final."""
        if record.read.has_jumped(self._clock):
            return True
        is_too_new = _is_too_new(record.now_ts(self._clock), origin_server_ts)
        return is_too_new and self.is_clock_in_doubt()

    def _speaks_against_our_clock(self, record: ServerRecord, keys: ServerKeys) -> bool:
        off_ms = self._clock.now_ts() - record.now_ts(self._clock)
        return abs(off_ms) > MAX_CLOCK_SKEW_MS or not is_plausible(keys)

    def _is_of_our_future(self, keys: ServerKeys) -> bool:
        return keys.fetched_ts > self._clock.now_ts() + MAX_CLOCK_SKEW_MS

    def _renew_at_half_life(self, record: ServerRecord) -> None:
        if self._clock.monotonic() >= record.retry_at:
            self._queue_if_due(record)
            self._work()

    def _queue_if_due(self, record: ServerRecord) -> None:
        if self._is_due(record) and record.server not in self._queued:
            self._queued.add(record.server)
            self._queue.append(record.server)

    def _is_due(self, record: ServerRecord) -> bool:
        keys = record.keys
        if keys is None or record.read.has_jumped(self._clock):
            return True
        return 2 * record.now_ts(self._clock) > keys.fetched_ts + keys.valid_until_ts

    def _work(self) -> None:
        for _ in range(min(PREFETCHES_AT_ONCE - len(self._tasks), len(self._queue))):
            task = asyncio.create_task(self._work_off_queue())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work_off_queue(self) -> None:
        while self._queue:
            server = self._queue.popleft()
            try:
                record = self._known.get(server) or self._strangers.get(server)
                if record is not None:
                    with suppress(KeysUnavailable):
                        await self._renew(record)
            finally:
                self._queued.discard(server)


def _is_too_new(now_ts: int, origin_server_ts: int) -> bool:
    return origin_server_ts > now_ts + MAX_VALIDITY_MS


def _found(key_ids: Iterable[str], find: Callable[[str], VerifyKey | None]) -> Keys:
    return {key_id: key for key_id in key_ids if (key := find(key_id)) is not None}
