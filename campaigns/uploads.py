"""Clients that misuse uploads and connections, without a key or a room."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from campaigns.server import NAME

SIGN: Final = "POST /_matrix/policy/v1/sign"
SEND: Final = "PUT /_matrix/federation/v1/send/upload"
PROFILE: Final = "GET /_matrix/federation/v1/query/profile?user_id=%40policy%3A" + NAME
AUTHORIZATION: Final = (
    f'X-Matrix origin="stranger.invalid",destination="{NAME}",key="ed25519:0",sig="{"A" * 86}"'
)
ENDLESS_BYTES: Final = 100_000_000
PIECE: Final = b" " * 65_536
PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A request that each client begins to send and never ends.

    Attributes:
        target: method and path.
        framing: a header that says how long the body is.
        at_once: bytes of the body that are sent at once.
        then: what is sent again and again after that; nothing if it is empty.
        pause_seconds: between these.
        before: whole requests that come first, on the same connection.
        crowd: how many times as many clients as usual.
    """

    target: str = SIGN
    framing: str
    at_once: bytes = b""
    then: bytes = b""
    pause_seconds: float = 1.0
    before: bytes = b""
    crowd: int = 1

    def begin(self, forwarded_for: str | None = None) -> bytes:
        """Return what is sent at once, by a proxy for that address if there is one."""
        head = (
            f"{self.target} HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: {AUTHORIZATION}\r\n"
            f"{self.framing}\r\n\r\n"
        ).encode()
        request = self.before + head + self.at_once
        return request if forwarded_for is None else forwarded(request, forwarded_for)


def forwarded(request: bytes, address: str) -> bytes:
    """Return a request as a proxy passes it on for a client at that address."""
    line, _, rest = request.partition(b"\r\n")
    return b"%b\r\nX-Forwarded-For: %b\r\n%b" % (line, address.encode(), rest)


def _chunk(size: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, b" " * size)


_WHOLE = (f"{PROFILE} HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: {AUTHORIZATION}\r\n\r\n").encode()

UPLOADS: Final[dict[str, Upload]] = {
    "stalled 400 kB to sign": Upload(framing="Content-Length: 400000", at_once=b" " * 390_000),
    "stalled 64 KiB to sign": Upload(framing="Content-Length: 65536", at_once=b" " * 65_000),
    "stalled 2 kB to sign": Upload(framing="Content-Length: 2000", at_once=b" " * 1_900),
    "stalled 400 kB to send": Upload(
        target=SEND, framing="Content-Length: 400000", at_once=b" " * 390_000
    ),
    "stalled 8 MiB to send": Upload(
        target=SEND, framing="Content-Length: 8388608", at_once=b" " * 8_000_000
    ),
    "stalled chunks to send": Upload(
        target=SEND, framing="Transfer-Encoding: chunked", at_once=_chunk(64_000)
    ),
    "unread bodies": Upload(
        target=PROFILE, framing="Content-Length: 400000", at_once=b" " * 390_000
    ),
    "endless 100 MB to sign": Upload(
        framing=f"Content-Length: {ENDLESS_BYTES}", then=PIECE, pause_seconds=0
    ),
    "endless chunks to sign": Upload(
        framing="Transfer-Encoding: chunked", then=_chunk(65_536), pause_seconds=0
    ),
    "endless chunks to send": Upload(
        target=SEND, framing="Transfer-Encoding: chunked", then=_chunk(65_536), pause_seconds=0
    ),
    "dripped bytes": Upload(framing="Content-Length: 65536", at_once=b" " * 60_000, then=b" "),
    "dripped chunks": Upload(
        framing="Transfer-Encoding: chunked", at_once=_chunk(60_000), then=_chunk(1)
    ),
    "tiny chunks": Upload(framing="Transfer-Encoding: chunked", at_once=_chunk(1) * 12_000),
    "no byte of the body": Upload(framing="Content-Length: 65536", crowd=25),
    "no byte of the body, 100-continue": Upload(
        framing="Content-Length: 65536\r\nExpect: 100-continue"
    ),
    "pipelined bodies": Upload(
        framing="Content-Length: 65536",
        at_once=b" " * 65_000,
        before=_WHOLE + 3 * Upload(framing="Content-Length: 60000", at_once=b" " * 60_000).begin(),
    ),
    "idle after an answer": Upload(target=PROFILE, framing="X-Nothing: here", crowd=25),
}


async def upload(
    kind: str,
    port: int,
    count: int,
    seen: Counter[int],
    *,
    source: Callable[[int], str],
    is_proxied: bool,
) -> None:
    """Keep so many clients busy, until cancelled; who is sent away comes back.

    Args:
        kind: a key of `UPLOADS`.
        port: the server's.
        count: how many clients.
        seen: counts what they are told, 0 for nothing.
        source: the address that a client comes from, by its number; of loopback.
        is_proxied: each client's address is said in a header, as the operator's proxy does.
    """
    what = UPLOADS[kind]
    count *= what.crowd

    def begin(number: int) -> bytes:
        # A network of the internet for each of loopback's.
        address = source(number).replace("127.", "198.", 1) if is_proxied else None
        return what.begin(address)

    await asyncio.gather(
        *(
            _client(what, begin, port, number, 2 * number / count, seen, source(number))
            for number in range(count)
        )
    )


async def _client(
    what: Upload,
    begin: Callable[[int], bytes],
    port: int,
    number: int,
    delay_seconds: float,
    seen: Counter[int],
    source: str,
) -> None:
    await asyncio.sleep(delay_seconds)  # not all in one moment: the backlog is finite
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, local_addr=(source, 0)
            )
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024
            )
            sending = asyncio.create_task(_send(what, begin(number), writer))
            try:
                said = await reader.read(4_096)
                seen[int(said[9:12]) if said else 0] += 1
                while said:
                    said = await reader.read(4_096)
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
        except OSError:
            seen[0] += 1
        finally:
            if writer is not None:
                writer.transport.abort()
        await asyncio.sleep(PAUSE_SECONDS)


async def _send(what: Upload, begin: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(begin)
    await writer.drain()
    sent = 0
    while what.then and sent < ENDLESS_BYTES:
        writer.write(what.then)
        await writer.drain()
        sent += len(what.then)
        await asyncio.sleep(what.pause_seconds)
