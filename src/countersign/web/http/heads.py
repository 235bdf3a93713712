"""Heads of requests: checked, and read once.

Requests of the usual form whose head is received in one piece are read without the parser. Nearly
all are: a head that has no more than one meaning, and a body of the length that it gives. Synapse
sends the body after the head, other homeservers send both at once. Whatever is not of exactly this
form is left to the parser; it reads what is alike.
"""

import re
from itertools import chain
from typing import Final

from countersign.basics.records import record
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

_MAX_LENGTH_DIGITS: Final = 7

_HEAD: Final = re.compile(
    rb"(POST|PUT) (/[A-Za-z0-9/._-]*+) HTTP/1\.1\r\n"
    rb"((?>(?:[A-Za-z0-9-]++: (?=[!-~])[ -~]++(?<=[!-~])\r\n)+))\r\n"
)
"""Names are narrower than tokens, and values have no space around them and no byte beyond ASCII."""
_HEADERS: Final = re.compile(rb"([A-Za-z0-9-]++): ([ -~]++)\r\n")

_OF_THE_PARSER: Final = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Headers that say something about the connection, or about the form of the body."""


@record(frozen=True, slots=True)
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


@record(frozen=True, slots=True)
class UsualRequest:
    """A `POST` or `PUT` by HTTP/1.1 whose connection is used again, received from its head on.

    Attributes:
        method: the method.
        target: the request-target: a path without query and without escapes.
        headers: names in lower case, each once; the values have no space around them.
        content_length: of the body, in bytes.
        body: the body, as far as it is here.
    """

    method: str
    target: bytes
    headers: list[Header]
    content_length: int
    body: bytes


def read_usual_request(data: bytes, *, max_bytes: int, max_headers: int) -> UsualRequest | None:
    """Read what came in one piece; None if it is anything but one request of the usual form.

    Args:
        data: as received, from the first byte of a request on. All of its head must be here, and
            nothing of another request.
        max_bytes: request-target and headers together, as for `read_framing`.
        max_headers: how many headers.
    """
    end = data.find(b"\r\n\r\n", 0, max_bytes) + 4
    head = _HEAD.fullmatch(data, 0, end)
    if head is None:
        return None
    method, target, lines = head.groups()
    headers = [(name.lower(), value) for name, value in _HEADERS.findall(lines)]
    by_name = dict(headers)
    length = by_name.get(b"content-length", b"")
    if (
        len(by_name) == len(headers) <= max_headers
        and b"host" in by_name
        and len(length) <= _MAX_LENGTH_DIGITS
        and length.isdigit()
        and (content_length := int(length)) >= len(data) - end
        # A line is as long here as `read_framing` counts it.
        and len(target) + len(lines) <= max_bytes
        and _OF_THE_PARSER.isdisjoint(by_name)
    ):
        return UsualRequest(method.decode("ascii"), target, headers, content_length, data[end:])
    return None
