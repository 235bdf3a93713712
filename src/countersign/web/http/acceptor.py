"""Acceptor: one connection in each round of the event loop, counted before anything else.

An event loop's own servers take in all who wait at once, so a crowd of new clients stops everybody
else; and with TLS they tell nobody of a connection before its handshake is done, so any number
could wait there. Here connections are accepted one by one, counted, and only then handed to the
loop.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any, Final

import structlog

from countersign.service.background import BackgroundTasks, Work
from countersign.web.http.connections import ConnectionLimits
from countersign.web.http.turns import WAIT_SECONDS, Turns

PAUSE_SECONDS: Final = 1.0
"""After a connection that could not be accepted: we have no more files to open, for example."""

log = structlog.get_logger()


class Acceptor:
    """Listens at one address, with TLS or without.

    Args:
        listening: the socket; it is closed with this.
        context: the certificate; None for plain HTTP.
        connection_limits: counts connections, and has the limits.
        make_protocol: makes what speaks after the handshake; a `Connection`, too. Without TLS it
            asks the connection limits itself, so that it can say why there is no room.
        background: keeps us accepting.
        turns: of the processes that accept from the same socket; None if there is no other.
    """

    def __init__(
        self,
        listening: socket.socket,
        context: ssl.SSLContext | None,
        connection_limits: ConnectionLimits,
        make_protocol: Callable[[], Any],
        *,
        background: BackgroundTasks,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns
        listening.setblocking(False)
        self._listening = listening
        self._context = context
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
        """End the handshakes under way, and return when none is left."""
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
            if self._context is not None and not self._connection_limits.admits(protocol, address):
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
        """Return the next connection, once it is this process's turn to accept one."""
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
        tls: dict[str, Any] = {}
        if self._context is not None:
            tls = {
                "ssl": self._context,
                "ssl_handshake_timeout": limits.header_seconds,
                "ssl_shutdown_timeout": limits.linger_seconds,
            }
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol, accepted, **tls
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
