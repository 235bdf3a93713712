"""Heads of requests: validation, and a fast path for the usual form.

Nearly all requests have a head in one piece with an unambiguous form, and a body of the given
length; Synapse sends the body after the head, other homeservers send both at once. These are read
without the parser. All others go to the parser, which gives the same results.
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
"""Pattern of a usual head: fewer characters than tokens allow, and values in plain ASCII."""
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
"""Headers about the connection or the framing of the body, which the parser handles."""


@record(frozen=True, slots=True)
class Framing:
    """Framing of a request's body.

    Attributes:
        content_length: length in bytes; None for a chunked body or none.
        expects_100_continue: the client waits for `100 Continue` before it sends the body.
    """

    content_length: int | None
    expects_100_continue: bool


def read_framing(headers: list[Header], version: str, target: bytes, *, max_bytes: int) -> Framing:
    """Validate the headers of a request, and return its framing.

    Args:
        headers: names in lower case.
        version: HTTP version, such as `1.1`.
        target: the request-target.
        max_bytes: maximum size of request-target and headers together.

    Raises:
        Refused: the request is malformed or too large.
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

    Scheme and authority of the absolute form, which every server must accept, are removed.
    """
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    path, _, query = target.partition(b"?")
    return path, query


@record(frozen=True, slots=True)
class UsualRequest:
    """A `POST` or `PUT` by HTTP/1.1 on a connection that stays open, with the received body.

    Attributes:
        method: the method.
        target: the request-target: a path without query and without escapes.
        headers: names in lower case, each once; the values have no space around them.
        content_length: length of the body in bytes.
        body: the received part of the body.
    """

    method: str
    target: bytes
    headers: list[Header]
    content_length: int
    body: bytes


def read_usual_request(data: bytes, *, max_bytes: int, max_headers: int) -> UsualRequest | None:
    """Parse received bytes; None unless they are one request of the usual form.

    Args:
        data: the bytes from the first one of a request on, with its whole head and nothing of
            another request.
        max_bytes: maximum size of request-target and headers together.
        max_headers: maximum number of headers.
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
