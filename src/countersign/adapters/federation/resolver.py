"""Server discovery: carries out the plan of `protocol.server_discovery` for a server name."""

import asyncio

from countersign.adapters.federation.dns import DnsResolver, LookupFailed
from countersign.adapters.federation.expiring_cache import ExpiringCache
from countersign.adapters.federation.well_known import WellKnownFetcher
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerUnavailable, Trouble
from countersign.ports.randomness import Randomness
from countersign.protocol.canonical_json import encode_canonical
from countersign.protocol.errors import ProtocolError
from countersign.protocol.server_discovery import (
    Answer,
    Lookup,
    Resolution,
    SrvRecord,
    Target,
    WellKnownLookup,
    resolution,
)

SRV_CACHE_SECONDS = 300.0
MAX_STALE_SRV_SECONDS = 24 * 3600.0
"""Time for which an expired answer is used while name servers fail."""
MAX_SRV_NAMES = 10_000


class ServerResolver:
    """Finds the targets of a server name; caches answers, with one look-up at a time for each name.

    Args:
        dns: looks up SRV records.
        well_known: fetches and caches well-known files.
        clock: for the expiry of SRV records.
        randomness: distributes load among SRV records.
    """

    def __init__(
        self, dns: DnsResolver, well_known: WellKnownFetcher, clock: Clock, randomness: Randomness
    ) -> None:
        self._dns = dns
        self._well_known = well_known
        self._clock = clock
        self._randomness = randomness
        self._srv: ExpiringCache[str, tuple[SrvRecord, ...]] = ExpiringCache(MAX_SRV_NAMES)
        self._under_way: dict[str, asyncio.Task[tuple[Target, ...]]] = {}

    async def targets(self, server_name: str) -> tuple[Target, ...]:
        """Return the targets for `server_name`, best first, at least one.

        Takes at most the time of one well-known fetch and two look-ups. It continues in the
        background if the caller is cancelled, so that the next call finds the answer.

        Raises:
            PeerUnavailable: it is no server name, DNS fails, or an SRV record says that the service
                is not available.
        """
        task = self._under_way.get(server_name)
        if task is None:
            task = asyncio.create_task(self._resolve(server_name))
            self._under_way[server_name] = task
            task.add_done_callback(lambda done: self._finish(server_name, done))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Stop background work."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finish(self, server_name: str, task: "asyncio.Task[tuple[Target, ...]]") -> None:
        del self._under_way[server_name]
        if not task.cancelled():
            task.exception()  # retrieve the exception, in case no caller waits any more

    async def _resolve(self, server_name: str) -> tuple[Target, ...]:
        try:
            targets = await self._carry_out(resolution(server_name, self._randomness.fraction))
        except LookupFailed as error:
            raise PeerUnavailable(f"{server_name}: DNS: {error}", error.trouble) from error
        except ProtocolError as error:
            raise PeerUnavailable(f"{server_name!r}: {error}", Trouble.NAME) from error
        if not targets:
            raise PeerUnavailable(
                f"{server_name}: its SRV record says that there is no such service", Trouble.NAME
            )
        return targets

    async def _carry_out(self, plan: Resolution) -> tuple[Target, ...]:
        try:
            lookup = next(plan)
            while True:
                lookup = plan.send(await self._answer(lookup))
        except StopIteration as end:
            targets: tuple[Target, ...] = end.value
            return targets

    async def _answer(self, lookup: Lookup) -> Answer:
        if isinstance(lookup, WellKnownLookup):
            delegated = await self._well_known.find(lookup.host)
            return None if delegated is None else encode_canonical({"m.server": delegated})
        return await self._srv_records(lookup.name)

    async def _srv_records(self, name: str) -> tuple[SrvRecord, ...]:
        name = name.lower()  # a host has many spellings, and one entry
        entry, now = self._srv.find(name), self._clock.monotonic()
        if entry is not None and now < entry.fresh_until:
            return entry.value
        try:
            records = await self._dns.srv_records(name)
        except LookupFailed:
            if entry is None or now >= entry.fresh_until + MAX_STALE_SRV_SECONDS:
                raise
            return entry.value
        self._srv.store(name, records, until=self._clock.monotonic() + SRV_CACHE_SECONDS)
        return records
