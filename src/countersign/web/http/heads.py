"""Heads of requests: checked, and read once."""

from dataclasses import dataclass
from itertools import chain
from typing import Final

from countersign.web.http.edge_answers import (
    BAD_TRANSFER,
    BAD_VERSION,
    HEADERS_TOO_LARGE,
    NO_HOST,
    Refused,
)

HEADER_LINE_BYTES: Final = 4
"""Size of a header line's colon, space and end."""

Header = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Framing:
    """Facts from a request's headers on how its body comes.

    Attributes:
        content_length: in bytes; None for a chunked body or none.
        expects_100_continue: its client waits for our word before it sends the body.
    """

    content_length: int | None
    expects_100_continue: bool


def read_framing(headers: list[Header], version: str, target: bytes, *, max_bytes: int) -> Framing:
    """Check the headers of a request, and return its body's length or encoding.

    Args:
        headers: names in lower case.
        version: of HTTP, as `1.1`.
        target: the request-target.
        max_bytes: request-target and headers together.

    Raises:
        Refused: such a request is not served.
    """
    content_length = None
    expects_100_continue = False
    hosts = 0
    size = len(target) + len(headers) * HEADER_LINE_BYTES
    size += len(b"".join(chain.from_iterable(headers)))
    for name, value in headers:
        if name == b"host":
            hosts += 1
        elif name == b"content-length":
            if value.isdigit():
                content_length = int(value)
        elif name == b"transfer-encoding":
            if value.strip().lower() != b"chunked":
                raise Refused(BAD_TRANSFER)
        elif name == b"expect" and value.lower() == b"100-continue":
            expects_100_continue = True
    if size > max_bytes:
        raise Refused(HEADERS_TOO_LARGE)
    if version not in ("1.1", "1.0"):
        raise Refused(BAD_VERSION)
    if hosts != 1 and (version == "1.1" or hosts):
        raise Refused(NO_HOST)
    return Framing(content_length, expects_100_continue)


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Return path and query of a request-target, neither decoded.

    The absolute form, which every server must accept, loses its scheme and authority.
    """
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    path, _, query = target.partition(b"?")
    return path, query
