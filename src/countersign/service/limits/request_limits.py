"""Limits on requests of each server, its domain, its network, and in total.

Server names cost nothing: one host has 65,535 by its ports, and one domain any number of hosts. So
a request takes a token at each level, from the exact name up. Only a request whose signature was
verified takes tokens of its origin, so nobody can use up another server's tokens.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.metrics import Counter, Metrics
from countersign.service.errors import RateLimited
from countersign.service.limits.registrable_domains import Naming, RegistrableDomain
from countersign.service.limits.token_buckets import MAX_BUCKETS, Bucket, RateLimit, TokenBuckets

LEVELS: Final = (
    "origin",
    "host",
    "domain",
    "network",
    "in_all",
    "strangers",
    "stranger_bodies",
    "transactions",
    "decisions_origin",
    "decisions_domain",
    "decisions_in_all",
)
MAX_NAMES_REMEMBERED: Final = 20_000
FREE_BODY_BYTES: Final = 65_536
BODY_BYTES_PER_TOKEN: Final = 1_024
"""Size of a body beyond which it costs tokens of its network, like requests."""
SECONDS_PER_DAY: Final = 86_400

_EVERYONE: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FairLimits:
    """The configured limits.

    Attributes:
        per_origin: requests of one server name.
        per_host: requests of one host, whatever the port and the spelling of its name.
        per_domain: requests of all hosts below one registrable domain.
        per_network: requests of one IPv4 /24 or IPv6 /48, verified or not.
        in_all: all requests.
        strangers: requests of all servers that are not in the room that they ask about.
        stranger_bodies: KiB beyond 64 of all bodies from addresses that are not known to belong to
            a member server. Reading 8 MiB can take 0.15 s, in which no other request is answered.
        transactions: the transactions of one server name; a token for each transaction and each
            event in it.
        decisions_per_day_per_origin: new decisions on events of one server name.
        decisions_per_day_per_domain: new decisions on events of one registrable domain.
        decisions_per_day_in_all: all new decisions.
    """

    per_origin: RateLimit
    per_host: RateLimit
    per_domain: RateLimit
    per_network: RateLimit
    in_all: RateLimit
    strangers: RateLimit
    stranger_bodies: RateLimit
    transactions: RateLimit
    decisions_per_day_per_origin: int
    decisions_per_day_per_domain: int
    decisions_per_day_in_all: int


class _Level(NamedTuple):
    name: str
    buckets: TokenBuckets


class RequestLimits:
    """Takes tokens at every level, or at none.

    Args:
        clock: fills the buckets.
        registrable_domain: returns the registrable domain of a host.
        metrics: counts which levels refuse requests.
        broadcasts: informs other processes; None if there are none. Limits that protect this
            machine are not shared: those on networks, on strangers, and on all requests.
    """

    def __init__(
        self,
        limits: FairLimits,
        *,
        clock: Clock,
        registrable_domain: RegistrableDomain,
        metrics: Metrics,
        broadcasts: Broadcasts | None = None,
    ) -> None:
        self._clock = clock
        self._broadcasts = broadcasts
        if broadcasts is not None:
            broadcasts.subscribe(Topic.REQUESTS, self._on_requests)
            broadcasts.subscribe(Topic.TRANSACTIONS, self._on_transactions)
            broadcasts.subscribe(Topic.DECISIONS, self._on_decisions)
        self._networks = TokenBuckets(limits.per_network, clock)
        self._strangers = TokenBuckets(limits.strangers, clock)
        self._stranger_bodies = TokenBuckets(limits.stranger_bodies, clock)
        self._transactions = TokenBuckets(limits.transactions, clock)
        self._requests = (
            _Level("origin", TokenBuckets(limits.per_origin, clock)),
            _Level("host", TokenBuckets(limits.per_host, clock)),
            _Level("domain", TokenBuckets(limits.per_domain, clock)),
            _Level("in_all", TokenBuckets(limits.in_all, clock)),
        )
        self._decisions = (
            _Level("decisions_origin", _per_day(limits.decisions_per_day_per_origin, clock)),
            _Level("decisions_domain", _per_day(limits.decisions_per_day_per_domain, clock)),
            _Level("decisions_in_all", _per_day(limits.decisions_per_day_in_all, clock)),
        )
        self._limited_until: BoundedMapping[str, float] = BoundedMapping(MAX_BUCKETS)
        self._names = lru_cache(MAX_NAMES_REMEMBERED)(Naming(registrable_domain))
        self._hits: Counter = metrics.counter(
            "countersign_limited_total",
            "Requests that were answered 429, by the limit that they hit.",
            level=LEVELS,
        )

    def charge_request(self, network: str | None) -> None:
        """Charge a request before it is parsed.

        Args:
            network: the client's network; None if it is not known, for example behind a proxy.

        Raises:
            RateLimited: there are too many requests from this network.
        """
        if network is not None:
            self._take(_Level("network", self._networks), network, 1)

    def charge_body(
        self, network: str | None, body_bytes: int, *, before_bytes: int = 0, is_known: bool = False
    ) -> None:
        """Charge a body that is longer than an event, before it is read.

        The sender is verified only once the whole body was read, and reading a long one is
        expensive.

        Args:
            network: as for `enter`.
            body_bytes: the length of the body, or of what has arrived.
            before_bytes: the part of it whose tokens were taken already.
            is_known: it comes from a member server's address.

        Raises:
            RateLimited: there is too much from this network, or from all strangers.
        """
        cost = _body_tokens(body_bytes) - _body_tokens(before_bytes)
        if cost <= 0:
            return
        if network is not None:
            self._take(_Level("network", self._networks), network, cost)
        if not is_known:
            self._take(_Level("stranger_bodies", self._stranger_bodies), _EVERYONE, cost)

    def domain_of(self, origin: str) -> str:
        """Return the registrable domain of a server name; for an IP literal its network."""
        return self._names(origin).domain

    def charge_stranger(self) -> None:
        """Charge a stranger, before any of its keys is fetched.

        Raises:
            RateLimited: there are too many requests of strangers.
        """
        self._take(_Level("strangers", self._strangers), _EVERYONE, 1)

    def check(self, origin: str) -> None:
        """Refuse a request early if its claimed origin has no tokens; takes none.

        Args:
            origin: as claimed. Its tokens were used by requests that it signed.

        Raises:
            RateLimited: the origin asked too fast a moment ago.
        """
        until = self._limited_until.get(origin)
        if until is None:
            return
        wait_seconds = until - self._clock.monotonic()
        if wait_seconds > 0:
            self._hits.inc("origin")
            raise RateLimited(round(wait_seconds * 1000))
        del self._limited_until[origin]

    def charge_origin(self, origin: str) -> None:
        """Charge the origin of a request whose signature was verified.

        Raises:
            RateLimited: the origin, its host or its domain asks too fast.
        """
        names = self._names(origin)
        now = self._clock.monotonic()
        origins, hosts, domains, everyone = self._requests
        filled = (
            origins.buckets.filled(names.origin, now),
            hosts.buckets.filled(names.host, now),
            domains.buckets.filled(names.domain, now),
            everyone.buckets.filled(_EVERYONE, now),
        )
        for level, bucket in zip(self._requests, filled, strict=True):
            if bucket.tokens < 1:
                raise self._limited(level, bucket, origin, now)
        for bucket in filled:
            bucket.tokens -= 1
        if self._broadcasts is not None:
            self._broadcasts.count(Topic.REQUESTS, origin)

    def charge_transaction(self, origin: str, events: int) -> None:
        """Charge the origin of a transaction whose signature was verified.

        Raises:
            RateLimited: the origin sends too much; it will send the transaction again later.
        """
        self._take(_Level("transactions", self._transactions), origin, 1 + events)
        if self._broadcasts is not None:
            self._broadcasts.count(Topic.TRANSACTIONS, origin, 1 + events)

    def charge_decision(self, server: str) -> None:
        """Charge one more decision to be stored.

        Args:
            server: the server that signed the event; the requesting server is not charged.

        Raises:
            RateLimited: too many events of that server or its domain were decided lately.
        """
        names = self._names(server)
        now = self._clock.monotonic()
        keys = (names.origin, names.domain, _EVERYONE)
        filled = [
            level.buckets.filled(key, now) for level, key in zip(self._decisions, keys, strict=True)
        ]
        for level, bucket in zip(self._decisions, filled, strict=True):
            if bucket.tokens < 1:
                self._hits.inc(level.name)
                raise RateLimited(level.buckets.wait_ms(bucket))
        for bucket in filled:
            bucket.tokens -= 1
        if self._broadcasts is not None:
            self._broadcasts.count(Topic.DECISIONS, server)

    def _on_requests(self, origin: str, amount: int) -> None:
        names = self._names(origin)
        for level, key in zip(self._requests, names, strict=False):  # without everyone's
            level.buckets.take_for_others(key, amount)

    def _on_transactions(self, origin: str, amount: int) -> None:
        self._transactions.take_for_others(origin, amount)

    def _on_decisions(self, server: str, amount: int) -> None:
        names = self._names(server)
        keys = (names.origin, names.domain, _EVERYONE)
        for level, key in zip(self._decisions, keys, strict=True):
            level.buckets.take_for_others(key, amount)

    def _take(self, level: _Level, key: str, cost: int) -> None:
        try:
            level.buckets.take(key, cost)
        except RateLimited:
            self._hits.inc(level.name)
            raise

    def _limited(self, level: _Level, bucket: Bucket, origin: str, now: float) -> RateLimited:
        self._hits.inc(level.name)
        wait_ms = level.buckets.wait_ms(bucket)
        self._limited_until[origin] = now + wait_ms / 1000
        return RateLimited(wait_ms)


def _body_tokens(body_bytes: int) -> int:
    return max(0, body_bytes - FREE_BODY_BYTES) // BODY_BYTES_PER_TOKEN


def _per_day(count: int, clock: Clock) -> TokenBuckets:
    return TokenBuckets(RateLimit(per_second=count / SECONDS_PER_DAY, burst=count), clock)
