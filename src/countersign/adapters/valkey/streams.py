"""Open connections to a Valkey or Redis server, read and written without asyncio's streams."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, cast

import libvalkey
from valkey.asyncio.connection import Connection
from valkey.connection import LibvalkeyRespSerializer
from valkey.exceptions import (
    ConnectionError,  # noqa: A004 - the library's, which is no `OSError`
    InvalidResponse,
    ResponseError,
)

Command: TypeAlias = tuple[Any, ...]
"""The words of a command: bytes, numbers and texts."""

_pack: Final = LibvalkeyRespSerializer().pack
"""Packs a command in C; connections for asyncio pack them in Python."""
_INCOMPLETE: Final = object()


class ReplyStream(asyncio.Protocol):
    """Sends commands over a connection, and reads the replies in their order.

    The library connects. From then on this replaces its own layers and asyncio's, which take an
    eighth to a fifth of the processor time of a call.

    Args:
        connection: a connection that is not open yet; see `make_connection`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transport: asyncio.WriteTransport | None = None
        self._reader: Any = None
        self._replies: deque[Any] = deque()
        self._failure: Exception | None = None
        self._replied: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()

    async def connect(self) -> None:
        """Connect, and introduce this program to the server.

        Raises:
            ValkeyError: it cannot be reached, or refuses us.
        """
        await self._connection.connect()  # type: ignore[no-untyped-call]
        self._reader = libvalkey.Reader(
            protocolError=InvalidResponse,
            replyError=self._connection._parser.parse_error,  # noqa: SLF001 - its classes of errors
            notEnoughData=_INCOMPLETE,
            convertSetsToLists=True,
        )
        writer = cast("asyncio.StreamWriter", self._connection._writer)  # noqa: SLF001
        self._transport = writer.transport
        self._writable.set()
        # All replies to the library's commands were read, so nothing is left in its buffers.
        self._transport.set_protocol(self)

    async def send(self, commands: Sequence[Command]) -> None:
        """Send commands in one piece; wait only while the server takes nothing.

        Raises:
            ConnectionError: the connection has ended.
        """
        if self._failure is not None or self._transport is None:
            raise self._failure or ConnectionError("Not connected.")
        self._transport.write(b"".join([part for each in commands for part in _pack(*each)]))
        if not self._writable.is_set():
            await self._writable.wait()

    async def read_response(self) -> Any:
        """Return the next reply.

        Raises:
            ResponseError: the server replied with an error.
            ConnectionError: the connection has ended, or the server is not ready.
            InvalidResponse: another program answers.
        """
        while not self._replies:
            if self._failure is not None:
                raise self._failure
            self._replied = asyncio.get_running_loop().create_future()
            await self._replied
        reply = self._replies.popleft()
        if isinstance(reply, ResponseError | ConnectionError):
            raise reply
        return reply

    async def disconnect(self) -> None:
        """Close the connection without waiting."""
        await self._connection.disconnect(nowait=True)

    def data_received(self, data: bytes) -> None:
        """Take replies, or parts of them."""
        self._reader.feed(data)
        try:
            while (reply := self._reader.gets()) is not _INCOMPLETE:
                self._replies.append(reply)
        except InvalidResponse as error:
            self._failure = error
        self._wake()

    def pause_writing(self) -> None:
        """Have `send` wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Have `send` go on."""
        self._writable.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the connection has ended, for those who wait."""
        if self._failure is None:
            self._failure = ConnectionError("Connection closed by server.")
            self._failure.__cause__ = error
        self._writable.set()
        self._wake()

    def _wake(self) -> None:
        if self._replied is not None and not self._replied.done():
            self._replied.set_result(None)
