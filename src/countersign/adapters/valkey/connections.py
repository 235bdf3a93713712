"""Connections to a Valkey or Redis server: how they begin, what arrives, why there is none."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import Final, Protocol, cast

from countersign.adapters.valkey.resp import NotResp, Push, Replies, Reply
from countersign.ports.shared_memory import SharedMemoryAddress

CONNECT_WITHIN_SECONDS: Final = 2.0


class Link(Protocol):
    """Takes what a connection brings."""

    def take(self, reply: Reply) -> None:
        """Take one reply."""
        ...

    def hear(self, pushed: Push) -> None:
        """Take what was sent without being asked."""
        ...

    def lose(self, reason: str) -> None:
        """Take note that the connection is of no use any more."""
        ...


class Connection(asyncio.Protocol):
    """Passes what arrives to a link, for as long as it is the link's connection."""

    def __init__(self, link: Link) -> None:
        self._link: Link | None = link
        self._replies = Replies()
        self.transport: asyncio.Transport | None = None
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; called by the event loop."""
        # Not checked: uvloop's transports are none by their class.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Pass replies on; called by the event loop."""
        if self._link is None:
            return
        try:
            for reply in self._replies.feed(data):
                if self._link is None:
                    return
                if isinstance(reply, Push):
                    self._link.hear(reply)
                else:
                    self._link.take(reply)
        except NotResp as error:
            self._link.lose(f"what answers there is no Valkey or Redis server: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so; called by the event loop."""
        if self._link is not None:
            self._link.lose(f"the connection ended{f': {exc}' if exc else ''}")

    def send(self, data: bytes) -> None:
        """Send bytes; once the connection is lost, nothing happens."""
        if self.transport is not None:
            self.transport.write(data)

    def let_go(self) -> None:
        """Pass on nothing more, and close."""
        self._link = None
        if self.transport is not None:
            self.transport.abort()
        if not self.lost.done():
            self.lost.set_result(None)


def greetings(
    address: SharedMemoryAddress, name: str, script: bytes, channel: bytes
) -> Iterator[list[bytes]]:
    """Yield the commands with which a connection begins; the last has no reply of its own.

    Args:
        address: says who we are there, and in which database.
        name: by which the server lists the connection.
        script: what it is to know.
        channel: what is published there is sent to us.
    """
    login = [b"AUTH", (address.user or "default").encode(), address.password.encode()]
    yield [b"HELLO", b"3", *(login if address.password else [])]
    if address.database:
        yield [b"SELECT", b"%d" % address.database]
    yield [b"CLIENT", b"SETNAME", name.encode()]
    yield [b"SCRIPT", b"LOAD", script]
    yield [b"SUBSCRIBE", channel]


def reason_of(error: Exception) -> str:
    """Return why there is no connection, for the operator."""
    if isinstance(error, TimeoutError):
        return f"it did not answer within {CONNECT_WITHIN_SECONDS:.0f} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {error.reason or error}"
    return f"no connection: {getattr(error, 'strerror', None) or error}"
