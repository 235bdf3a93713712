"""JSON responses, for endpoints, error handlers and the HTTP layer."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]


class Answer:
    """A response, ready to be sent: an ASGI application.

    Args:
        status: the HTTP status.
        value: anything JSON can say; bytes are taken for JSON already written; None for no body.
        headers: what is needed beside content type and length.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, value: Any, headers: Headers = ()) -> None:
        self.status = status
        self.body = _written(value)
        self.headers = list(headers)
        if value is not None:
            self.headers += [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(self.body)),
            ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the response."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def to_http1(self) -> bytes:
        """Return the response as bytes, for a connection that is closed afterwards."""
        lines = [b"HTTP/1.1 %d %s" % (self.status, HTTPStatus(self.status).phrase.encode())]
        lines += [b"%s: %s" % header for header in self.headers]
        lines += [b"connection: close", b"", self.body]
        return b"\r\n".join(lines)


def error_answer(
    status: int,
    errcode: str,
    error: str,
    *,
    fields: Mapping[str, Any] | None = None,
    headers: Headers = (),
) -> Answer:
    """Return Matrix's standard error response.

    Args:
        status: the HTTP status.
        errcode: the Matrix error code.
        error: a sentence for a person.
        fields: further fields of the object.
        headers: what is needed beside content type and length.

    Spec:
        https://spec.matrix.org/v1.18/client-server-api/#standard-error-response
    """
    return Answer(status, {"errcode": errcode, "error": error, **(fields or {})}, headers)


def _written(value: Any) -> bytes:
    if value is None:
        return b""
    return value if isinstance(value, bytes) else orjson.dumps(value)
