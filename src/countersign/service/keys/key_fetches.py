"""Fetching of key documents, with limits on concurrency, on strangers, and on repeated failures."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Network, IPv6Network

import structlog

from countersign.basics.backoff import Backoff
from countersign.basics.ip_addresses import find_address
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.errors import CountersignError, ProtocolError
from countersign.protocol.identifiers import split_server_name
from countersign.protocol.keys.notaries import NotaryAnswer, accepted
from countersign.protocol.keys.server_keys import (
    MAX_VALIDITY_MS,
    ServerKeys,
    parse_server_keys,
    with_former_keys,
)
from countersign.service.clock_readings import MAX_CLOCK_SKEW_MS, ClockReading
from countersign.service.errors import RateLimited
from countersign.service.keys.notaries import Notaries
from countersign.service.keys.server_records import KeysUnavailable, ServerRecord
from countersign.service.limits.registrable_domains import (
    RegistrableDomain,
    domain_of_host,
    spelling_of,
)
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets

MAX_FETCHES = 32
MAX_STRANGER_FETCHES = 16
STRANGERS_LIMIT = RateLimit(per_second=5, burst=50)
"""Limit for all strangers together: anybody can make a request in any name."""
STRANGER_HOST_LIMIT = RateLimit(per_second=0.1, burst=5)
"""Limit for one host, whatever its port and spelling: server names cost nothing, hosts some."""
STRANGER_DOMAIN_LIMIT = RateLimit(per_second=1, burst=15)
"""Limit for one registrable domain, or one network for servers that are named by an address.

Its owner has all the names below it."""

OUTCOMES = ("fetched", "told", "failed", "refused")
"""Outcomes of an attempt.

`told`: the server did not answer, and a notary had the keys. `refused`: a stranger above the
limits, whose server was not asked."""

REST_SECONDS = 10.0
"""Time for which a server is not asked again after it has answered."""
BACKOFF = Backoff(first=2, longest=3600)
"""Delays after failures; the first is short, since events from the server may be lost meanwhile."""
BACKOFF_KNOWN = Backoff(first=2, longest=300)
"""Maximum delay for servers of our rooms, which must be asked soon after they are back."""


_EVERYONE = "*"

log = structlog.get_logger()


class KeyFetches:
    """Fetches key documents, with separate limits for strangers and for servers of our rooms.

    Args:
        federation: asks other servers.
        clock: for validity and back-off.
        notaries: are asked when a server itself does not answer.
        own_networks: networks of the operator. A server that is named by an address in them does
            not use the strangers' limits, since strangers cannot invent such names.
        on_outcome: is called with the outcome of each attempt, one of `OUTCOMES`.
        registrable_domain: returns the registrable domain of a host.
    """

    def __init__(
        self,
        federation: FederationClient,
        clock: Clock,
        notaries: Notaries,
        own_networks: Sequence[IPv4Network | IPv6Network] = (),
        on_outcome: Callable[[str], None] = lambda _: None,
        registrable_domain: RegistrableDomain = str,
    ) -> None:
        self._federation = federation
        self._clock = clock
        self._notaries = notaries
        self._own_networks = tuple(own_networks)
        self._on_outcome = on_outcome
        self.in_flight = 0
        self._slots = asyncio.Semaphore(MAX_FETCHES)
        self._stranger_slots = asyncio.Semaphore(MAX_STRANGER_FETCHES)
        self._strangers = TokenBuckets(STRANGERS_LIMIT, clock)
        self._stranger_hosts = TokenBuckets(STRANGER_HOST_LIMIT, clock)
        self._stranger_domains = TokenBuckets(STRANGER_DOMAIN_LIMIT, clock)
        self._registrable_domain = registrable_domain
        self._start = ClockReading.of(clock)

    async def fetch(self, record: ServerRecord) -> bytes | None:
        """Fetch and verify the server's key document; note the outcome in `record`.

        The server itself is asked first. If that fails, notaries are asked; this still counts as a
        failure of the server, which is asked again after its delay.

        Returns:
            The document as received; its keys are in `record.keys`. None if only former keys were
            added.

        Raises:
            KeysUnavailable: it failed, or failed a moment ago, or the strangers' limit is reached.
                Keys that were known before stay.
        """
        if self._clock.monotonic() < record.retry_at:
            raise KeysUnavailable(f"{record.server}: {record.reason or 'asked a moment ago'}")
        try:
            async with self._wait_for_place(record):
                document = await self._federation.server_keys(record.server)
            keys = self._parse(document, record.server)
        except (PeerUnavailable, PeerRefused, ProtocolError) as error:
            # The place among concurrent fetches is free again: notaries have queues of their own.
            record_from_notary = await self._ask_notaries(record)
            self._note_failure(record, error)
            self._on_outcome("failed" if record_from_notary is None else "told")
            if record_from_notary is None:
                raise KeysUnavailable(f"no keys of {record.server}: {error}") from error
            return self._take_up(record, record_from_notary)
        record.note(with_former_keys(keys, record.keys), self._clock, keys.fetched_ts)
        self._on_outcome("fetched")
        record.failures, record.reason, record.is_silent = 0, "", False
        # Otherwise a document that is already expired would be fetched for each request.
        record.retry_at = self._clock.monotonic() + REST_SECONDS
        return document

    async def fetch_former(self, record: ServerRecord) -> bytes | None:
        """Ask notaries for the keys in `record.wanted_keys`, which the server lists no more.

        Returns:
            As `fetch`.

        Raises:
            KeysUnavailable: no notary answers, or the strangers' limit is reached.
        """
        if not record.is_known:
            self._admit_stranger(record.server)
        try:
            notary_answer = await self._notaries.find(
                record.server, record.pop_wanted_keys(), is_known=record.is_known
            )
        except PeerUnavailable as error:
            raise KeysUnavailable(f"{record.server}: {error}") from error
        return None if notary_answer is None else self._take_up(record, notary_answer)

    async def _ask_notaries(self, record: ServerRecord) -> NotaryAnswer | None:
        """Return the answer of notaries; None also if they do not answer."""
        try:
            return await self._notaries.find(
                record.server, record.pop_wanted_keys(), is_known=record.is_known
            )
        except PeerUnavailable:
            return None

    def _take_up(self, record: ServerRecord, notary_answer: NotaryAnswer) -> bytes | None:
        before = record.keys
        if before is not None and record.read.has_jumped(self._clock):
            # Known keys age by the monotonic clock; those of a notary are dated by the wall clock.
            record.keys = with_former_keys(before, notary_answer.keys)
            return None
        keys, is_newer = accepted(notary_answer.keys, before)
        if not is_newer:
            record.keys = keys
            return None
        record.note(keys, self._clock, keys.fetched_ts)
        return notary_answer.document

    def _parse(self, document: bytes, server: str) -> ServerKeys:
        """Parse a document as of now, by the wall clock unless it was set since the start.

        In that case the document's validity shows which time is right: documents are valid for
        days.
        """
        keys = parse_server_keys(document, server, self._clock.now_ts())
        if is_plausible(keys) or not self._start.has_jumped(self._clock):
            return keys
        steady_ts = self._start.wall_ts + self._start.elapsed_ms(self._clock)
        by_steady = parse_server_keys(document, server, steady_ts)
        return by_steady if is_plausible(by_steady) else keys

    @asynccontextmanager
    async def _wait_for_place(self, record: ServerRecord) -> AsyncIterator[None]:
        if record.is_known:
            async with self._slots, self._counted():
                yield
            return
        try:
            self._admit_stranger(record.server)
        except KeysUnavailable:
            self._on_outcome("refused")
            raise
        async with self._stranger_slots, self._slots, self._counted():
            yield

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    def _admit_stranger(self, server: str) -> None:
        if self._stranger_slots.locked():
            raise KeysUnavailable(f"{server}: too many strangers are being asked already")
        host = split_server_name(server)
        if host.is_ip_literal and self._is_own(host.host):
            return
        try:
            self._stranger_hosts.take(spelling_of(host))
            self._stranger_domains.take(domain_of_host(host, self._registrable_domain))
            self._strangers.take(_EVERYONE)
        except RateLimited as error:
            raise KeysUnavailable(f"{server}: too many strangers in too little time") from error

    def _is_own(self, host: str) -> bool:
        address = find_address(host)
        return any(address in network for network in self._own_networks if address is not None)

    def _note_failure(self, record: ServerRecord, error: CountersignError) -> None:
        reason = str(error)
        record.failures += 1
        record.is_silent = isinstance(error, PeerUnavailable)
        backoff = BACKOFF_KNOWN if record.is_known else BACKOFF
        wait_seconds = backoff.seconds(record.failures)
        record.retry_at = self._clock.monotonic() + wait_seconds
        record.reason = reason
        note = log.info if record.is_known else log.debug
        note("no server keys", server=record.server, reason=reason, retry_seconds=wait_seconds)


def is_plausible(keys: ServerKeys) -> bool:
    """Return True if the document's end of validity is plausible for this time of fetching."""
    return 0 < keys.promised_until_ts - keys.fetched_ts <= MAX_VALIDITY_MS + MAX_CLOCK_SKEW_MS
