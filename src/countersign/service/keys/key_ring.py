"""Key ring: other servers' keys, fetched when needed and renewed before they expire."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network
from itertools import islice
from math import inf
from zlib import crc32

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.server_keys import ServerKeyStore
from countersign.protocol.keys.notaries import Notary
from countersign.protocol.keys.server_keys import (
    MAX_VALIDITY_MS,
    ServerKeys,
    key_for_event,
    key_for_request,
)
from countersign.protocol.keys.signing_keys import PolicySigningKey, VerifyKey
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.clock_readings import MAX_CLOCK_SKEW_MS, NEVER, ClockReading
from countersign.service.errors import RateLimited
from countersign.service.identity import Identity
from countersign.service.keys.key_fetches import KeyFetches, is_plausible
from countersign.service.keys.notaries import Notaries
from countersign.service.keys.server_records import KeysUnavailable, ServerRecord
from countersign.service.limits.registrable_domains import RegistrableDomain
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.service.single_flight import SingleFlight

__all__ = ["KeyRing", "KeysUnavailable"]

MAX_KNOWN_SERVERS = 20_000
MAX_STRANGERS = 5_000
DUE_SECONDS = 1.0
"""Time after which fresh keys are checked again for renewal."""
ASK_AGAIN_SECONDS = 60.0
"""Minimum interval between questions to a server because of keys that its document lacks.

Anybody can invent key IDs in a server's name. Somebody who does so just before the server changes
its key delays the new key by this time: meanwhile requests are answered 401 and events 503, neither
of which is final. Any later answer contains the new key. So the interval is as short as a server
can bear permanently.
"""
ASK_AGAIN_LIMIT = RateLimit(per_second=1 / ASK_AGAIN_SECONDS, burst=1)
MAX_LACKING_KEYS = 16
UNTOLD_SECONDS = 600.0
"""Time for which notaries are not asked again for a former key that they did not have."""
ASK_NOTARIES_LIMIT = RateLimit(per_second=1 / 60, burst=8)
"""Interval at which notaries may be asked for past keys of one server."""
MAX_CLOCK_WITNESSES = 50
"""Maximum number of servers' documents from which it is concluded whether our clock is right."""
CLOCK_CHECK_MS = 10_000
PREFETCHES_AT_ONCE = 8
RENEWAL_TURN_SECONDS = 300.0
"""Interval between looks for keys that are due for renewal."""
RENEWAL_SPREAD = 0.1
"""Share of a document's validity, after its half, over which servers' renewals are spread."""
PATIENCE_SECONDS = 600.0
MAX_PATIENCE_SECONDS = 6 * 3600.0
"""Time after which a silent server is asked again if its keys are not needed right now."""

log = structlog.get_logger()

Keys = Mapping[str, VerifyKey]


class KeyRing:
    """Provides the keys to verify requests and events with.

    There are two bounded groups of servers: those of our rooms, whose documents are stored, and
    strangers, which can neither displace the former nor use up their share of fetches. Documents
    are renewed in the background after half their validity; a failed fetch never removes a valid
    one. Keys age by the monotonic clock: if the wall clock is set, they stay valid until each
    server was asked again. Notaries are asked if a server does not answer, or no longer lists a
    former key.

    Args:
        identity: our own keys, which need no request.
        federation: asks other servers for their keys.
        store: keeps the documents of servers in our rooms.
        clock: for validity and back-off.
        notaries: are asked second.
        own_networks: see `KeyFetches`.
        on_outcome: likewise.
        registrable_domain: likewise.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        federation: FederationClient,
        store: ServerKeyStore,
        clock: Clock,
        notaries: Sequence[Notary] = (),
        own_networks: Sequence[IPv4Network | IPv6Network] = (),
        on_outcome: Callable[[str], None] = lambda _: None,
        registrable_domain: RegistrableDomain = str,
    ) -> None:
        self._identity = identity
        self._store = store
        self._clock = clock
        self._notaries = Notaries(notaries, federation, clock)
        self._fetches = KeyFetches(
            federation, clock, self._notaries, own_networks, on_outcome, registrable_domain
        )
        self._flights: SingleFlight[str, ServerKeys] = SingleFlight()
        self._notary_flights: SingleFlight[str, ServerKeys] = SingleFlight()
        self._asking_again = TokenBuckets(ASK_AGAIN_LIMIT, clock)
        self._asking_notaries = TokenBuckets(ASK_NOTARIES_LIMIT, clock)
        self._known: BoundedMapping[str, ServerRecord] = BoundedMapping(MAX_KNOWN_SERVERS)
        self._strangers: BoundedMapping[str, ServerRecord] = BoundedMapping(MAX_STRANGERS)
        self._queue: deque[str] = deque()
        self._queued: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock_checked = NEVER
        self._is_clock_in_doubt = False

    @property
    def fetches_in_flight(self) -> int:
        """The number of servers that are being asked for their keys now."""
        return self._fetches.in_flight

    async def load(self) -> None:
        """Read the stored documents.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        for keys in await self._store.load():
            record = self._record(keys.server_name, is_known=True)
            record.note(keys, self._clock, self._clock.now_ts())
            record.is_stored = True

    async def apply_changes(self, changed_after: int) -> None:
        """Take over documents that other processes fetched.

        Args:
            changed_after: a number of `Topic.SERVER_KEYS`.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        for keys in await self._store.load(changed_after=changed_after):
            record = self._record(keys.server_name, is_known=True)
            if record.keys is None or record.keys.fetched_ts < keys.fetched_ts:
                record.note(keys, self._clock, self._clock.now_ts())
                record.is_stored, record.failures, record.is_silent = True, 0, False

    def peek_request_key(self, server: str, key_id: str) -> VerifyKey | None:
        """Return one key as `request_keys` does, from memory; None if that cannot answer alone.

        Args:
            server: the claimed origin.
            key_id: from the request.
        """
        record = self._known.use(server)
        if record is None or record.is_silent or record.keys is None:
            return None
        key = record.keys.verify_keys.get(key_id)
        if key is None or key_id == PolicySigningKey.KEY_ID:
            return None
        if record.now_ts(self._clock) >= record.keys.valid_until_ts:
            return None
        self._renew_at_half_life(record)
        return key

    def peek_event_key(
        self, server: str, key_id: str, origin_server_ts: int, rules: RoomVersionRules
    ) -> VerifyKey | None:
        """Return one key as `event_keys` does, from memory; None if that cannot answer alone.

        Args:
            server: who must have signed the event.
            key_id: from the event.
            origin_server_ts: the event's own time.
            rules: the rules of the room's version.
        """
        record = self._known.use(server)
        if record is None or record.keys is None:
            return None
        key = key_for_event(record.keys, key_id, origin_server_ts, rules)
        if key is not None:
            self._renew_at_half_life(record)
        return key

    async def request_keys(
        self, server: str, key_ids: Collection[str], *, is_known: bool = False
    ) -> Keys:
        """Return those of `key_ids` that may sign requests of `server` now.

        If a server of our rooms does not answer, its keys are accepted for seven days after it last
        sent them, even if their validity is shorter. If it answers, their validity counts.

        Args:
            server: the claimed origin, which may be invented.
            key_ids: from the request; one that the server does not publish is left out.
            is_known: the server is in a room of ours; may be False for servers that were given to
                `prefetch`.

        Raises:
            KeysUnavailable: a temporary failure.
        """
        if PolicySigningKey.KEY_ID in key_ids:  # which no server publishes
            key_ids = [key_id for key_id in key_ids if key_id != PolicySigningKey.KEY_ID]
        if server == self._identity.server_name:
            return self._own_keys(key_ids)
        record = self._record(server, is_known=is_known)

        def find(keys: ServerKeys) -> Keys:
            now_ts = record.now_ts(self._clock)
            return {
                key_id: key for key_id in key_ids if (key := key_for_request(keys, key_id, now_ts))
            }

        if record.is_silent and (granted := self._granted(record, key_ids)):
            self._renew_at_half_life(record)
            return granted
        if record.keys is not None and (valid_keys := find(record.keys)):
            self._renew_at_half_life(record)
            return valid_keys
        try:
            return await self._look_up(record, key_ids, find, needed_ts=self._clock.now_ts())
        except KeysUnavailable:
            granted = self._granted(record, key_ids)  # it has just stopped answering
            if not granted:
                raise
            return granted

    async def event_keys(
        self,
        server: str,
        key_ids: Collection[str],
        origin_server_ts: int,
        rules: RoomVersionRules,
        *,
        is_known: bool = True,
    ) -> Keys:
        """Return those of `key_ids` that were valid for an event of that time; also former keys.

        Args:
            server: who must have signed the event.
            key_ids: from the event; one that the server never published is left out.
            origin_server_ts: the event's own time.
            rules: the rules of the room's version; versions before 5 do not ask when a key was
                valid.
            is_known: the server is in a room of ours.

        Raises:
            KeysUnavailable: a temporary failure.

        Spec:
            https://spec.matrix.org/v1.18/rooms/v5/#signing-key-validity-period
        """

        def find(keys: ServerKeys) -> Keys:
            return {
                key_id: key
                for key_id in key_ids
                if (key := key_for_event(keys, key_id, origin_server_ts, rules))
            }

        if server == self._identity.server_name:
            return self._own_keys(key_ids)
        record = self._record(server, is_known=is_known)
        if record.keys is not None and (valid_keys := find(record.keys)):
            self._renew_at_half_life(record)
            return valid_keys
        needed_ts = 0
        if rules.strict_key_validity:
            needed_ts = min(origin_server_ts, self._clock.now_ts() + MAX_VALIDITY_MS)
        if record.keys is None or self._newer_document_may_help(
            record, record.keys, key_ids, origin_server_ts
        ):
            valid_keys = await self._look_up(
                record, key_ids, find, needed_ts=needed_ts, is_final=True
            )
        valid_keys = valid_keys or await self._look_up_former(
            record, key_ids, find, needed_ts=needed_ts
        )
        is_known_by_hearsay = record.keys is None or record.keys.told_ts is None
        if not valid_keys and is_known_by_hearsay:
            raise KeysUnavailable(f"{server}: it never told its keys itself")
        if not valid_keys and self._may_be_our_clocks_fault(record, origin_server_ts):
            raise KeysUnavailable(
                f"{server}: no key for an event of {origin_server_ts}, and our clock is in doubt"
            )
        return valid_keys

    def is_clock_in_doubt(self) -> bool:
        """Return True if the key documents of most servers of our rooms contradict our clock.

        Documents are valid for some days. If our clock is slow, their validity seems much longer;
        if it is fast, fresh documents seem to have expired.
        """
        since_ms = self._clock_checked.find_elapsed_ms(self._clock)
        if since_ms is None or since_ms >= CLOCK_CHECK_MS:
            self._clock_checked = ClockReading.of(self._clock)
            newest = islice(reversed(self._known.values()), MAX_CLOCK_WITNESSES)
            witnesses = [
                (record, record.keys)
                for record in newest
                # A notary may have documents that are years old.
                if record.keys is not None and record.keys.told_ts == record.keys.fetched_ts
            ]
            against = sum(self._speaks_against_our_clock(*witness) for witness in witnesses)
            self._is_clock_in_doubt = 2 * against > len(witnesses)
        return self._is_clock_in_doubt

    def prefetch(self, servers: Iterable[str]) -> None:
        """Record that `servers` are in a room of ours, and fetch missing keys in the background."""
        for server in servers:
            if server == self._identity.server_name:
                continue
            self._queue_if_due(self._record(server, is_known=True))
        self._work()

    async def keep_fresh(self, servers: Callable[[], Iterable[str]]) -> None:
        """Renew the keys of `servers` after half their validity, until cancelled."""
        while True:
            self.renew_due(servers())
            await self._clock.sleep(RENEWAL_TURN_SECONDS)

    def renew_due(self, servers: Iterable[str]) -> None:
        """Start to renew the keys of servers of our rooms that are due.

        Servers that do not answer are asked again with growing delays.
        """
        now = self._clock.monotonic()
        for server in servers:
            if server == self._identity.server_name:
                continue
            record = self._record(server, is_known=True)
            patience_seconds = min(record.failures * PATIENCE_SECONDS, MAX_PATIENCE_SECONDS)
            if now < record.retry_at + patience_seconds:
                continue
            if not record.is_stored:  # it was a stranger before, or the store was in trouble
                self._queue_up(record)
            else:
                self._queue_if_due(record, spread=_share(server) * RENEWAL_SPREAD)
        self._work()

    async def settle(self) -> None:
        """Wait until nothing is being fetched in the background."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Stop background work."""
        for task in self._tasks:
            task.cancel()
        await self.settle()

    def _own_keys(self, key_ids: Collection[str]) -> Keys:
        own = self._identity.server_key.verify_key
        return {own.key_id: own} if own.key_id in key_ids else {}

    def _record(self, server: str, *, is_known: bool) -> ServerRecord:
        record = self._known.use(server)
        if record is not None:
            return record
        record = self._strangers.get(server) or ServerRecord(server)
        if is_known:
            self._strangers.pop(server, None)
            record.is_known = True
            self._known[server] = record
        else:
            self._strangers[server] = record
        return record

    async def _look_up(
        self,
        record: ServerRecord,
        key_ids: Collection[str],
        find: Callable[[ServerKeys], Keys],
        *,
        needed_ts: int,
        is_final: bool = False,
    ) -> Keys:
        """Fetch a newer key document if the known one lacks keys; return what `find` picks.

        Args:
            record: the server's record.
            key_ids: the wanted keys.
            find: looks keys up in a document.
            needed_ts: the time until which they must be valid, for the question to a notary.
            is_final: without them the signed object would be refused for ever.
        """
        keys = record.keys
        record.add_wanted_keys(key_ids, needed_ts)
        if keys is not None and record.now_ts(self._clock) < keys.valid_until_ts:
            return find(await self._ask_again(record, key_ids, keys, is_final=is_final))
        is_at_rest = not record.failures and self._clock.monotonic() < record.retry_at
        if keys is not None and is_at_rest:
            return {}  # the server itself says that its keys have expired
        valid_keys = find(await self._renew(record))
        if not valid_keys and record.failures:
            raise KeysUnavailable(f"{record.server}: notaries do not tell the key, nor does it")
        return valid_keys

    async def _look_up_former(
        self,
        record: ServerRecord,
        key_ids: Collection[str],
        find: Callable[[ServerKeys], Keys],
        *,
        needed_ts: int,
    ) -> Keys:
        """Ask notaries for keys that the server dropped; return the keys that `find` picks.

        Raises:
            KeysUnavailable: no notary answers, or they were asked for too many keys of the server.
        """
        keys, now = record.keys, self._clock.monotonic()
        if not self._notaries or keys is None:
            return {}
        unknown = [
            key_id
            for key_id in key_ids
            if key_id not in keys.verify_keys
            and key_id not in keys.old_verify_keys
            and now - record.untold.get(key_id, -inf) >= UNTOLD_SECONDS
        ]
        if not unknown:
            return {}
        if record.server not in self._notary_flights:
            _ration(self._asking_notaries, record.server)
        record.add_wanted_keys(unknown, needed_ts)
        keys = await self._notary_flights.run(record.server, lambda: self._fetch_former(record))
        _note(record.untold, unknown, now)
        return find(keys)

    async def _fetch_former(self, record: ServerRecord) -> ServerKeys:
        document = await self._fetches.fetch_former(record)
        return await self._save(record, document)

    async def _renew(self, record: ServerRecord) -> ServerKeys:
        return await self._flights.run(record.server, lambda: self._fetch(record))

    async def _ask_again(
        self, record: ServerRecord, key_ids: Collection[str], keys: ServerKeys, *, is_final: bool
    ) -> ServerKeys:
        """Return a newer document than `keys`, or `keys` if the server was asked just now.

        Raises:
            KeysUnavailable: the server was asked just now because of other keys, and a refusal
                would be final. Anybody can invent key IDs in its name, so these may be new keys.
        """
        now = self._clock.monotonic()
        if not record.failures:
            if all(
                now - record.lacking.get(key_id, -inf) < ASK_AGAIN_SECONDS for key_id in key_ids
            ):
                return keys
            if record.server not in self._flights:
                try:
                    _ration(self._asking_again, record.server)
                except KeysUnavailable:
                    if is_final:
                        raise
                    return keys  # a request is made again
                record.retry_at = now
        newer = await self._renew(record)
        # Noted only now, so that callers in the meantime wait for the same answer.
        _note(record.lacking, key_ids, now)
        return newer

    async def _fetch(self, record: ServerRecord) -> ServerKeys:
        document = await self._fetches.fetch(record)
        return await self._save(record, document)

    async def _save(self, record: ServerRecord, document: bytes | None) -> ServerKeys:
        keys = record.keys
        assert keys is not None
        if record.is_known:
            try:
                await self._store.save(keys, document)
                record.is_stored = record.is_stored or document is not None
            except StoreUnavailable as error:
                # The keys can be used; only after a restart they have to be fetched again.
                log.warning("server keys not stored", server=record.server, reason=str(error))
        return keys

    def _newer_document_may_help(
        self,
        record: ServerRecord,
        keys: ServerKeys,
        key_ids: Collection[str],
        origin_server_ts: int,
    ) -> bool:
        """Return True if a newer document could have a key that is missing for this event."""
        if record.read.has_jumped(self._clock) or self._is_of_our_future(keys):
            return True  # our clock was or is wrong
        if _is_too_new(record.now_ts(self._clock), origin_server_ts):
            return False  # beyond the maximum validity of a document
        if any(key_id in keys.verify_keys for key_id in key_ids):
            return True  # valid, but not for long enough
        # A key that was in use before our last question would have been in its answer.
        return origin_server_ts > keys.fetched_ts - MAX_CLOCK_SKEW_MS

    def _may_be_our_clocks_fault(self, record: ServerRecord, origin_server_ts: int) -> bool:
        """Return True if the key may be missing because our clock is wrong; a refusal is final."""
        if record.read.has_jumped(self._clock):
            return True
        is_too_new = _is_too_new(record.now_ts(self._clock), origin_server_ts)
        return is_too_new and self.is_clock_in_doubt()

    def _speaks_against_our_clock(self, record: ServerRecord, keys: ServerKeys) -> bool:
        off_ms = self._clock.now_ts() - record.now_ts(self._clock)
        return abs(off_ms) > MAX_CLOCK_SKEW_MS or not is_plausible(keys)

    def _is_of_our_future(self, keys: ServerKeys) -> bool:
        return keys.fetched_ts > self._clock.now_ts() + MAX_CLOCK_SKEW_MS

    def _granted(self, record: ServerRecord, key_ids: Iterable[str]) -> Keys:
        """Return expired keys of a server of our rooms that does not answer.

        Only keys that the server sent itself, within their validity, are accepted for longer, and
        only as long as it does not answer at all.
        """
        keys = record.keys
        if keys is None or not record.is_silent or not record.is_known:
            return {}
        was_good_when_told = keys.told_ts == keys.fetched_ts < keys.valid_until_ts
        silent_ms = record.now_ts(self._clock) - keys.fetched_ts
        if not was_good_when_told or silent_ms >= MAX_VALIDITY_MS:
            return {}
        return {
            key_id: keys.verify_keys[key_id] for key_id in key_ids if key_id in keys.verify_keys
        }

    def _renew_at_half_life(self, record: ServerRecord) -> None:
        now = self._clock.monotonic()
        if now < record.retry_at or now < record.not_due_before:
            return
        if self._is_due(record, 0.0):
            self._queue_up(record)
            self._work()
        else:
            record.not_due_before = now + DUE_SECONDS

    def _queue_if_due(self, record: ServerRecord, *, spread: float = 0.0) -> None:
        if self._is_due(record, spread):
            self._queue_up(record)

    def _queue_up(self, record: ServerRecord) -> None:
        if record.server not in self._queued:
            self._queued.add(record.server)
            self._queue.append(record.server)

    def _is_due(self, record: ServerRecord, spread: float) -> bool:
        """Return True if a server has no keys, or keys past half their time and `spread` of it."""
        keys = record.keys
        elapsed_ms = record.read.find_elapsed_ms(self._clock)
        if keys is None or elapsed_ms is None:
            return True
        life_ms = keys.valid_until_ts - keys.fetched_ts
        return record.read_ts + elapsed_ms > keys.fetched_ts + life_ms * (0.5 + spread)

    def _work(self) -> None:
        # A task that has ended is in the set until its callback runs, and takes nothing any more.
        under_way = sum(not task.done() for task in self._tasks)
        for _ in range(min(PREFETCHES_AT_ONCE - under_way, len(self._queue))):
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
            except Exception:  # an unexpected error with one server must not affect the others
                log.exception("the keys of a server could not be renewed", server=server)
            finally:
                self._queued.discard(server)


def _ration(share: TokenBuckets, server: str) -> None:
    try:
        share.take(server)
    except RateLimited as error:
        raise KeysUnavailable(f"{server}: asked just now for keys that it lacks") from error


def _is_too_new(now_ts: int, origin_server_ts: int) -> bool:
    return origin_server_ts > now_ts + MAX_VALIDITY_MS


def _note(times: dict[str, float], key_ids: Iterable[str], now: float) -> None:
    """Record when missing keys were asked for, the latest last, with a maximum number."""
    for key_id in key_ids:
        times.pop(key_id, None)
        times[key_id] = now
    while len(times) > MAX_LACKING_KEYS:
        del times[next(iter(times))]


def _share(server: str) -> float:
    """Return a number in [0, 1) that is a function of the server name."""
    return crc32(server.encode()) / 2**32
