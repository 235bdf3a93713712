"""JSON responses, for endpoints, error handlers and the HTTP layer."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

Headers = Sequence[tuple[bytes, bytes]]

STATUS_LINES: Final = {
    int(status): b"HTTP/1.1 %d %s\r\n" % (status, status.phrase.encode()) for status in HTTPStatus
}

_USUAL: Final = b"%bcontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"


class Answer:
    """A response, ready to be sent: an ASGI application.

    Args:
        status: the HTTP status.
        value: a JSON value; bytes are encoded JSON; None for no body.
        headers: headers beside content type and length.
    """

    __slots__ = ("_more_headers", "body", "has_body", "status")

    def __init__(self, status: int, value: Any, headers: Headers = ()) -> None:
        self.status = status
        self.body = b"" if value is None else value if type(value) is bytes else orjson.dumps(value)
        self.has_body = value is not None
        self._more_headers = headers

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """All headers."""
        headers = list(self._more_headers)
        if self.has_body:
            headers += [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(self.body)),
            ]
        return headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the response."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def to_http1(self, *, is_kept_alive: bool = False) -> bytes:
        """Return the response as bytes of HTTP/1.1."""
        if is_kept_alive and self.has_body and not self._more_headers:
            return _USUAL % (STATUS_LINES[self.status], len(self.body), self.body)
        lines = [b"%s: %s\r\n" % header for header in self.headers]
        if not is_kept_alive:
            lines.append(b"connection: close\r\n")
        return b"".join((STATUS_LINES[self.status], *lines, b"\r\n", self.body))


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
        error: a sentence for people.
        fields: further fields of the object.
        headers: headers beside content type and length.

    Spec:
        https://spec.matrix.org/v1.18/client-server-api/#standard-error-response
    """
    return Answer(status, {"errcode": errcode, "error": error, **(fields or {})}, headers)
