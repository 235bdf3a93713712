"""Listeners: addresses that are opened together, and closed once all requests are answered."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.service.background import BackgroundTasks, Work
from countersign.web.http.acceptor import Acceptor
from countersign.web.http.body_memory import BodyMemory, private_bodies
from countersign.web.http.certificates import CannotListen, Certificate, ServerTls
from countersign.web.http.connections import ConnectionLimits, EdgeLimits
from countersign.web.http.protocol import EdgeProtocol, TlsEdgeProtocol
from countersign.web.http.turns import Turns

BACKLOG = 2048
ROUND_SECONDS = 1.0
WATCH_SECONDS: Final = 20.0
"""Time between two looks at the files of the certificates."""
RECEIVE_BUFFER_BYTES: Final = 256 * 1024
"""Size of the kernel's receive buffer of a connection, in bytes; the default grows to 6 MiB.

At a round trip of 0.2 s, 8 MiB still arrive within the deadline of a body.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAt:
    """An IP address and port to listen at; plain HTTP without a certificate.

    Attributes:
        listening: the socket, if it is already open.
    """

    address: str
    port: int
    certificate: Certificate | None = None
    listening: socket.socket | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An open listener's address, with its actual port."""

    address: str
    port: int
    is_tls: bool

    @property
    def url(self) -> str:
        """The URL of its root."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{'https' if self.is_tls else 'http'}://{host}:{self.port}"


class Listeners:
    """Server of one application at several addresses, on the running event loop.

    Args:
        app: the application, which answers every request.
        limits: limits on the connections of all addresses together.
        metrics: where connections are counted; None for no count.
        is_proxy: see `ConnectionLimits`.
        is_member: see `ConnectionLimits`.
        bodies: the memory for request bodies.
        background: runs the tasks that accept connections and end overdue ones.
        turns: turns of the processes that listen with the same sockets; None for one process.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: EdgeLimits | None = None,
        *,
        metrics: Metrics | None = None,
        is_proxy: Callable[[str], bool] = lambda _: False,
        is_member: Callable[[str], bool] = lambda _: False,
        bodies: BodyMemory | None = None,
        background: BackgroundTasks | None = None,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns
        self._background = BackgroundTasks() if background is None else background
        self._connection_limits = ConnectionLimits(
            limits or EdgeLimits(), _on_refusal(metrics), is_proxy, is_member
        )
        if metrics is not None:
            metrics.gauge(
                "countersign_connections",
                "Open connections of other servers.",
                lambda: len(self._connection_limits),
            )
        self._bodies = bodies or private_bodies()
        self._app = app
        self._tasks: set[asyncio.Task[Any]] = set()
        self._servers: list[Acceptor] = []
        self._tls: list[ServerTls] = []
        self._upkeep: list[asyncio.Task[None]] = []

    async def start(self, addresses: Iterable[ListenAt]) -> tuple[Bound, ...]:
        """Listen at every address, or at none.

        Raises:
            CannotListen: names the address and the reason.
        """
        try:
            bound = [self._open(address) for address in addresses]
        except BaseException:
            await self.stop(within_seconds=0)
            raise
        keep_running, first = self._background.keep_running, bound[0].url
        self._upkeep = [
            keep_running(Work.CONNECTIONS, self._go_round, f"closing overdue ones of {first}")
        ]
        if self._tls:
            watch, work = self._watch_certificates, f"watching certificates of {first}"
            self._upkeep.append(keep_running(Work.CONNECTIONS, watch, work))
        return tuple(bound)

    async def stop(self, within_seconds: float = 4.0) -> None:
        """Stop accepting, finish current requests, then close all other connections."""
        for server in self._servers:
            server.close()
        for connection in self._connection_limits:
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_seconds):
                await self._connection_limits.wait_until_empty()
        await self._cut_off()

    def reload_certificates(self) -> None:
        """Read the certificates again, for new connections.

        Raises:
            CannotListen: one cannot be used; all old ones stay in use.
        """
        for replace in [tls.prepare() for tls in self._tls]:
            replace()

    def warn_of_certificates(self, clock: Clock) -> str | None:
        """Return a sentence on a certificate that ends within a week or cannot be replaced.

        Returns:
            None if there is no such certificate.
        """
        warnings = (tls.warning(clock.now_ts()) for tls in self._tls)
        return next((warning for warning in warnings if warning is not None), None)

    def _open(self, address: ListenAt) -> Bound:
        tls = None if address.certificate is None else ServerTls(address.certificate)
        listening = address.listening or listening_socket(address)
        # Accepted connections have it from here.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        host, port = listening.getsockname()[:2]
        protocol = EdgeProtocol if tls is None else TlsEdgeProtocol
        if tls is not None:
            self._tls.append(tls)
        self._servers.append(
            Acceptor(
                listening,
                tls,
                self._connection_limits,
                partial(protocol, self._app, self._tasks, self._connection_limits, self._bodies),
                background=self._background,
                turns=self._turns,
            )
        )
        return Bound(address=host, port=port, is_tls=tls is not None)

    async def _go_round(self) -> None:
        loop = asyncio.get_running_loop()
        limits = self._connection_limits.limits
        pause = min(ROUND_SECONDS, limits.header_seconds / 4, limits.body_seconds / 4)
        while True:
            await asyncio.sleep(pause)
            await self._connection_limits.go_round(loop.time())

    async def _watch_certificates(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            for tls in self._tls:
                tls.follow_files()

    async def _cut_off(self) -> None:
        for upkeep in self._upkeep:
            upkeep.cancel()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        for connection in self._connection_limits:
            connection.cut_off()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self._servers:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await server.wait_closed()


def port_troubles(addresses: Iterable[ListenAt]) -> Iterator[str]:
    """Yield sentences on addresses at which the server cannot listen; accepts no connection."""
    with ExitStack() as stack:
        for address in addresses:
            try:
                stack.enter_context(listening_socket(address))
            except CannotListen as error:
                yield str(error)


def listening_socket(address: ListenAt) -> socket.socket:
    """Return a socket that listens at an address.

    Raises:
        CannotListen: names the reason.
    """
    family = socket.AF_INET6 if ":" in address.address else socket.AF_INET
    try:
        return socket.create_server((address.address, address.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(
            f"Cannot listen at {address.address} port {address.port}: {_reason(error)}"
        ) from error


def _on_refusal(metrics: Metrics | None) -> Callable[[int], None]:
    if metrics is None:
        return lambda _: None
    refusals = metrics.counter(
        "countersign_edge_refusals_total",
        "Connections and requests refused before any endpoint saw them, by what they were told.",
        status=("400", "408", "431", "503", "505"),
    )
    return lambda status: refusals.inc(str(status))


_ADVICE: Final = {
    errno.EADDRINUSE: "Does another server run there? Choose another port, or stop that one.",
    errno.EADDRNOTAVAIL: "This machine has no such address; 0.0.0.0 and :: stand for all it has.",
    errno.EACCES: "Ports below 1024 need the capability CAP_NET_BIND_SERVICE, or a reverse proxy.",
}


def _reason(error: OSError) -> str:
    """Return the reason of an error without the address, which the event loop's text repeats."""
    if error.errno is None:
        return f"{error}."
    return f"{os.strerror(error.errno)}. {_ADVICE.get(error.errno, '')}".rstrip()
