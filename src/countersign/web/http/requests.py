"""Head and body of requests."""

from collections.abc import Callable
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import Receive, Scope

from countersign.basics.records import record
from countersign.protocol.errors import CountersignError


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


class MissingParameter(RequestError):
    """The query lacks what the endpoint needs."""


@record(frozen=True, slots=True)
class Head:
    """The headers of a request that are used.

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
    target: bytes | None = scope.get("raw_target")
    if target is None:
        query: bytes = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
    return target


def path_parameter(request: Request, name: str) -> str:
    """Return a segment of the path, percent-decoded.

    Raises:
        BadParameter: it is not UTF-8.
    """
    try:
        return unquote(request.path_params[name], errors="strict")
    except UnicodeDecodeError:
        raise BadParameter("A part of the path is not UTF-8.") from None


ChargeBody = Callable[[int, int], None]
"""Takes the tokens of a body that grows from so many bytes to so many; raises `RateLimited`."""


async def read_body(
    receive: Receive, head: Head, max_bytes: int, charge_body: ChargeBody | None = None
) -> bytes:
    """Read and return the body.

    `web/http/body_memory.py` limits the memory of all bodies together.

    Args:
        receive: the ASGI channel of the request.
        head: the head of the request.
        max_bytes: how long the body may be.
        charge_body: called before a byte is read if the length is known, else for each part.

    Raises:
        BodyTooLarge: above `max_bytes`, by Content-Length or by count.
        BodyCutShort: the peer went away or was too slow.
        RateLimited: from `charge_body`.
    """
    declared = head.content_length
    if declared is not None:
        if declared > max_bytes:
            raise BodyTooLarge(_too_large(max_bytes))
        if charge_body is not None:
            charge_body(0, declared)
            charge_body = None
    body = bytearray()
    has_more = True
    while has_more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyCutShort
        part: bytes = message["body"]
        has_more = message["more_body"]
        size = len(body) + len(part)
        if size > max_bytes:
            raise BodyTooLarge(_too_large(max_bytes))
        if charge_body is not None:
            charge_body(len(body), size)
        if not body and not has_more:
            return part
        body += part
    return bytes(body)


def _too_large(max_bytes: int) -> str:
    return f"The request's body is too large: at most {max_bytes} bytes are accepted here."
