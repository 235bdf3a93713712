"""A persistent HTTP connection that sends prepared bytes and reads exact answers."""

import asyncio
import re
from dataclasses import dataclass
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer; status 0 without one.

    Attributes:
        extra: bytes after the answer's end, of which there must be none.
        seconds: from the question's last byte.
    """

    status: int
    head: bytes = b""
    body: bytes = b""
    extra: bytes = b""
    seconds: float = 0.0


class Connection(asyncio.Protocol):
    """A connection for one request at a time, which reconnects when the other side closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._waiter: asyncio.Future[Answer] | None = None
        self._asked_at = 0.0

    async def ask(self, request: bytes, timeout_seconds: float = 60.0) -> Answer:
        """Send a request; return the answer, or one of status 0 when there is none."""
        try:
            await self.open()
        except OSError:
            return Answer(0)
        loop = asyncio.get_running_loop()
        assert self._transport is not None
        self._waiter = loop.create_future()
        self._asked_at = loop.time()
        self._transport.write(request)
        try:
            return await asyncio.wait_for(self._waiter, timeout_seconds)
        except TimeoutError:
            self.close()
            return Answer(0, seconds=timeout_seconds)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def open(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            return
        self._buffer = b""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self.port)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _LENGTH.search(head + b"\r\n")
        if length is None:
            self._finish(Answer(int(head[9:12]), head, rest, b"no content-length"))
            return
        end = int(length[1])
        if len(rest) >= end:
            self._buffer = b""
            if _CLOSE.search(head + b"\r\n"):
                self.close()
            self._finish(Answer(int(head[9:12]), head, rest[:end], rest[end:]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._finish(Answer(0))

    def _finish(self, answer: Answer) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            seconds = asyncio.get_running_loop().time() - self._asked_at
            waiter.set_result(
                Answer(answer.status, answer.head, answer.body, answer.extra, seconds)
            )
