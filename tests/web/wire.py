"""An HTTP client that sends exactly what a test wants, valid or not."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from countersign.web.http.listeners import Bound


@dataclass
class Response:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw_headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def errcode(self) -> str:
        """The error code of a standard error response, which must have no other form."""
        body = self.json
        assert isinstance(body, dict)
        assert isinstance(body["error"], str)
        assert self.headers["content-type"] == "application/json"
        return body["errcode"]


class Wire:
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, bound: Bound, tls: ssl.SSLContext | None = None) -> Self:
        name = "localhost" if tls else None
        return cls(
            *await asyncio.open_connection(bound.address, bound.port, ssl=tls, server_hostname=name)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def say(self, *pieces: bytes, pause: float = 0.0) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(pause)

    async def hear(self, *, to_head: bool = False) -> Response:
        """Return the next response."""
        async with asyncio.timeout(60):
            start = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = [tuple(line.split(": ", 1)) for line in start[1:] if line]
            headers = dict(pairs)
            assert len(headers) == len(pairs), "a header came twice"
            status = int(start[0].split()[1])
            if to_head or status in (204, 100):
                body = b""
            elif headers.get("transfer-encoding") == "chunked":
                body = await self._hear_chunks()
            else:
                body = await self.reader.readexactly(int(headers["content-length"]))
            return Response(status, headers, body, pairs)

    async def _hear_chunks(self) -> bytes:
        body = b""
        while True:
            size = int(await self.reader.readline(), 16)
            body += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            if not size:
                return body

    async def hear_the_end(self) -> bytes:
        """Return what is sent until the server closes the connection; fail if it does not."""
        async with asyncio.timeout(60):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


def written(
    method: str = "GET",
    target: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> bytes:
    """Return a request as bytes."""
    lines = {"Host": "localhost", **(headers or {})}
    if body is not None:
        lines.setdefault("Content-Length", str(len(body)))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + (body or b"")


async def ask(
    bound: Bound,
    method: str = "GET",
    target: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Response:
    """Send one request on a new connection; return the response."""
    async with await Wire.to(bound) as wire:
        await wire.say(written(method, target, headers, body))
        return await wire.hear(to_head=method == "HEAD")
