"""Name look-ups without the event loop's thread pool, bounded in time and number."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import aiodns
import pycares
from aiohttp.abc import AbstractResolver, ResolveResult

from countersign.ports.errors import Trouble
from countersign.protocol.server_discovery import SrvRecord

LOOKUP_TIMEOUT_SECONDS = 2.0
"""Time limit for one look-up, including the wait for a free place."""
MAX_LOOKUPS = 64
"""Maximum number of concurrent look-ups; others wait."""
MAX_ADDRESSES = 8
"""Maximum number of addresses used from one answer."""
MAX_SRV_RECORDS = 16
"""Maximum number of SRV records used from one answer, those of the best priority first."""

_NOT_THERE = frozenset({pycares.errno.ARES_ENOTFOUND, pycares.errno.ARES_ENODATA})

T = TypeVar("T")


class LookupFailed(OSError):
    """A name could not be resolved. An `OSError`, since that is what an HTTP client expects."""

    def __init__(self, name: str, reason: str, *, is_absent: bool) -> None:
        super().__init__(f"{name}: {reason}")
        self.is_absent = is_absent

    @property
    def trouble(self) -> Trouble:
        """The cause of a failure: the name does not exist, or no answer came."""
        return Trouble.NAME if self.is_absent else Trouble.NAME_SERVERS


class DnsResolver(AbstractResolver):
    """Resolves names by c-ares: asynchronous, with the system's servers and `/etc/hosts`.

    Names are absolute: the machine's search domains are not used, since another server's name must
    not resolve to one of our hosts.

    Args:
        nameservers: `address` or `address:port` of the servers to ask, in place of the system's.
    """

    def __init__(self, nameservers: Sequence[str] | None = None) -> None:
        self._lookups = asyncio.Semaphore(MAX_LOOKUPS)
        self._resolver = aiodns.DNSResolver(
            nameservers=nameservers,
            # Half of our limit, so that c-ares can ask twice before we give up.
            timeout=LOOKUP_TIMEOUT_SECONDS / 2,
            tries=2,
            flags=pycares.ARES_FLAG_NOSEARCH | pycares.ARES_FLAG_EDNS,
        )

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of `host`, as the HTTP client's connector wants them.

        Raises:
            LookupFailed: no such name, or no answer in time.
        """
        answer = await self._bounded(
            host, lambda: self._resolver.getaddrinfo(host, family, port, type=socket.SOCK_STREAM)
        )
        return [
            ResolveResult(
                hostname=host,
                host=node.addr[0].decode("ascii"),
                port=port,
                family=node.family,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for node in answer.nodes[:MAX_ADDRESSES]
        ]

    async def srv_records(self, name: str) -> tuple[SrvRecord, ...]:
        """Return the SRV records of `name`; none if there are none.

        Raises:
            LookupFailed: no answer in time, or the name servers fail.
        """
        try:
            answer = await self._bounded(name, lambda: self._resolver.query_dns(name, "SRV"))
        except LookupFailed as error:
            if error.is_absent:
                return ()
            raise
        records = [
            SrvRecord(
                record.data.priority, record.data.weight, record.data.port, record.data.target
            )
            for record in answer.answer
            if isinstance(record.data, pycares.SRVRecordData)
        ]
        records.sort(key=lambda record: record.priority)
        return tuple(records[:MAX_SRV_RECORDS])

    async def close(self) -> None:
        """Stop all look-ups and free their resources."""
        await self._resolver.close()

    async def _bounded(self, name: str, lookup: Callable[[], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_SECONDS), self._lookups:
                return await lookup()
        except TimeoutError:
            raise LookupFailed(name, "DNS look-up timed out", is_absent=False) from None
        except aiodns.error.DNSError as error:
            code = error.args[0] if error.args else None
            reason = str(error.args[1]) if len(error.args) > 1 else "DNS look-up failed"
            raise LookupFailed(name, reason, is_absent=code in _NOT_THERE) from error
