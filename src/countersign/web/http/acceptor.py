"""Acceptor of connections: one in each round of the event loop, counted at once.

`asyncio` servers accept all waiting connections at once, so that many new clients delay all others.
With TLS they report a connection only after its handshake, so that any number may be in one. Here
connections are accepted one by one, counted, and then handed to the loop.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Final

import structlog

from countersign.service.background import BackgroundTasks, Work
from countersign.web.http.certificates import ServerTls
from countersign.web.http.connections import ConnectionLimits
from countersign.web.http.turns import WAIT_SECONDS, Turns

PAUSE_SECONDS: Final = 1.0
"""Pause after a failure to accept, for example because no file descriptor is free."""

log = structlog.get_logger()


class Acceptor:
    """Listener at one address, with or without TLS.

    Args:
        listening: the socket, which is closed with the acceptor.
        tls: the certificate in use; None for plain HTTP.
        connection_limits: the limits, and the count of connections.
        make_protocol: factory of the protocol after the handshake, which is a `Connection` too.
            Without TLS the protocol itself asks the connection limits, so that it can answer with
            an error.
        background: runs the task that accepts.
        turns: turns of the processes that accept from the same socket; None for one process.
    """

    def __init__(
        self,
        listening: socket.socket,
        tls: ServerTls | None,
        connection_limits: ConnectionLimits,
        make_protocol: Callable[[], Any],
        *,
        background: BackgroundTasks,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns
        listening.setblocking(False)
        self._listening = listening
        self._tls = tls
        self._connection_limits = connection_limits
        self._make_protocol = make_protocol
        self._handshakes: set[asyncio.Task[None]] = set()
        host, port = listening.getsockname()[:2]
        self._accepting = background.keep_running(
            Work.CONNECTIONS, self._accept, f"accepting at {host} port {port}"
        )
        self._accepting.add_done_callback(lambda _: listening.close())

    def close(self) -> None:
        """Stop accepting connections."""
        self._accepting.cancel()

    async def wait_closed(self) -> None:
        """Cancel the handshakes in progress and wait for their end."""
        for task in self._handshakes:
            task.cancel()
        await asyncio.gather(self._accepting, *self._handshakes, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await self._next(loop)
            except OSError as error:
                log.warning("a connection could not be accepted", reason=str(error))
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            try:
                protocol, address = self._make_protocol(), str(peer[0])
            except BaseException:
                accepted.close()
                raise
            if self._tls is not None and not self._connection_limits.admits(protocol, address):
                # Before the handshake the peer could not read an answer.
                self._connection_limits.on_refusal(503)
                accepted.close()
                continue
            task = asyncio.create_task(self._shake_hands(accepted, protocol))
            protocol.handshake = task
            self._handshakes.add(task)
            task.add_done_callback(self._handshakes.discard)
            # Asyncio's own loop, unlike uvloop, accepts on without turning to anybody else.
            await asyncio.sleep(0)

    async def _next(self, loop: asyncio.AbstractEventLoop) -> tuple[socket.socket, Any]:
        """Return the next connection, once it is the turn of this process."""
        turns = self._turns
        if turns is None:
            return await loop.sock_accept(self._listening)
        while True:
            await _readable(loop, self._listening)
            if turns.has_most(len(self._connection_limits)):
                await asyncio.sleep(WAIT_SECONDS)
            try:
                accepted, peer = self._listening.accept()
            except BlockingIOError:
                continue  # another process took it
            accepted.setblocking(False)
            return accepted, peer

    async def _shake_hands(self, accepted: socket.socket, protocol: Any) -> None:
        limits = self._connection_limits.limits
        options: dict[str, Any] = {}
        if self._tls is not None:
            options = {
                "ssl": self._tls.context,
                "ssl_handshake_timeout": limits.header_seconds,
                "ssl_shutdown_timeout": limits.linger_seconds,
            }
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol, accepted, **options
            )
        except OSError:
            # it did not speak TLS, was too slow, or is gone
            self._connection_limits.leave(protocol)
        except asyncio.CancelledError:
            self._connection_limits.leave(protocol)
            accepted.close()
            raise


async def _readable(loop: asyncio.AbstractEventLoop, listening: socket.socket) -> None:
    """Wait until a connection can be accepted, unless another process accepts it."""
    waiter: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    loop.add_reader(listening, wake)
    try:
        await waiter
    finally:
        loop.remove_reader(listening)
