"""What every endpoint needs of a request: its head read once, its body read within bounds."""

from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import Receive, Scope

from countersign.protocol.errors import CountersignError
from countersign.service.errors import TryLater


class RequestError(CountersignError):
    """The request cannot be served as it was sent; the peer must send another one."""


class MethodNotAllowed(RequestError):
    """The path is known, the method is not.

    Args:
        allowed: the methods that the path knows, as the Allow header lists them.
    """

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This endpoint only knows {allowed}.")
        self.allowed = allowed


class EncodedBody(RequestError):
    """Compressed request bodies are not accepted."""


class BodyTooLarge(RequestError):
    """The request's body is too large."""


class BodyCutShort(RequestError):
    """The connection ended before the request's body did."""


class BadParameter(RequestError):
    """A part of the path or of the query cannot be read."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the headers say, as far as anyone here asks.

    Attributes:
        target: the request-target's bytes exactly as received, with the query.
        authorization: each Authorization header's value, in order.
        content_length: in bytes; None for a chunked body or none.
    """

    target: bytes
    authorization: tuple[bytes, ...]
    content_length: int | None


def read_head(scope: Scope) -> Head:
    """Read the headers in one pass.

    Raises:
        EncodedBody: the body is compressed.
    """
    authorization: tuple[bytes, ...] = ()
    content_length = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization += (value,)
        elif name == b"content-length":
            content_length = int(value)
        elif name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise EncodedBody
    return Head(_target(scope), authorization, content_length)


def _target(scope: Scope) -> bytes:
    # Another ASGI server than web/http/protocol.py does not tell the target as it was received.
    target = scope.get("raw_target")
    if target is None:
        query: bytes = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
    return cast("bytes", target)


def path_parameter(request: Request, name: str) -> str:
    """Return a part of the path, percent-decoded only now, so that %2F is no separator.

    Raises:
        BadParameter: it is not UTF-8.
    """
    try:
        return unquote(request.path_params[name], errors="strict")
    except UnicodeDecodeError:
        raise BadParameter("A part of the path is not UTF-8.") from None


class Bodies:
    """Reads bodies so that all that are held at one moment fit into memory.

    Strangers may send bodies too, since only the whole body tells who they are. So beside each
    body's own cap, all bodies together have one.

    Args:
        max_held_bytes: how much all requests in progress may hold together.
    """

    def __init__(self, max_held_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_held_bytes = max_held_bytes
        self.free_bytes = max_held_bytes

    @property
    def held_bytes(self) -> int:
        """How much is held at the moment."""
        return self._max_held_bytes - self.free_bytes

    def read(self, receive: Receive, head: Head, max_bytes: int) -> "HeldBody":
        """Return the body, to be held for as long as an `async with` block lasts.

        Entering the block raises:
            BodyTooLarge: above `max_bytes`, by Content-Length or by count.
            BodyCutShort: the peer went away or was too slow.
            TryLater: too many bodies are held already.
        """
        return HeldBody(self, receive, head, max_bytes)


class HeldBody:
    """A body that is counted for as long as the block lasts."""

    __slots__ = ("_bodies", "_head", "_held_bytes", "_max_bytes", "_receive")

    def __init__(self, bodies: Bodies, receive: Receive, head: Head, max_bytes: int) -> None:
        self._bodies = bodies
        self._receive = receive
        self._head = head
        self._max_bytes = max_bytes
        self._held_bytes = 0

    async def __aenter__(self) -> bytes:
        try:
            return await self._read()
        except BaseException:
            self._let_go()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._let_go()

    async def _read(self) -> bytes:
        declared = self._head.content_length
        if declared is not None and declared > self._max_bytes:
            raise BodyTooLarge(_too_large(self._max_bytes))
        parts: list[bytes] = []
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise BodyCutShort
            parts.append(message["body"])
            more = message["more_body"]
            self._count(len(parts[-1]))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _count(self, size: int) -> None:
        self._held_bytes += size
        self._bodies.free_bytes -= size
        if self._held_bytes > self._max_bytes:
            raise BodyTooLarge(_too_large(self._max_bytes))
        if self._bodies.free_bytes < 0:
            raise TryLater

    def _let_go(self) -> None:
        self._bodies.free_bytes += self._held_bytes
        self._held_bytes = 0


def _too_large(max_bytes: int) -> str:
    return f"The request's body is too large: at most {max_bytes} bytes are accepted here."
