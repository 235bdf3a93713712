"""HTTP responses with a limit on all bytes, including those that are not part of the body.

An HTTP client reads any number of interim responses (1xx), chunk sizes and chunk extensions. A
limit on the body does not cover these bytes, but they cost time and memory.
"""

from functools import partial
from typing import Any, Final

from aiohttp import ClientPayloadError, TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

MAX_FRAMING_BYTES: Final = 64 * 1024
"""Maximum number of bytes besides the body; for a long response, as many as its body."""

_PIECE_BYTES: Final = 16 * 1024
"""Maximum number of bytes that are parsed at a time, so that few are parsed beyond the limit."""

_TOO_MUCH: Final = "more around the body than HTTP has a use for"


class BoundedResponse(ResponseHandler):
    """Reads responses from one connection, and closes it if a response is mostly framing."""

    _received_bytes = 0

    def set_response_params(self, **params: Any) -> None:
        """Start to read the next response."""
        self._received_bytes = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Receive bytes from the connection."""
        if len(data) <= _PIECE_BYTES:
            self._take(data)
            return
        for start in range(0, len(data), _PIECE_BYTES):
            if self._exception is not None:
                return
            self._take(data[start : start + _PIECE_BYTES])

    def _take(self, data: bytes) -> None:
        self._received_bytes += len(data)
        super().data_received(data)
        body_bytes = 0 if self._payload is None else self._payload.total_bytes
        if self._received_bytes - body_bytes > MAX_FRAMING_BYTES + body_bytes:
            self._give_up()

    def _give_up(self) -> None:
        if self._exception is not None:
            return
        if self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(ClientPayloadError(_TOO_MUCH))
        self.set_exception(HttpProcessingError(code=400, message=_TOO_MUCH))
        if self.transport is not None:
            self.transport.abort()


class BoundedConnector(TCPConnector):
    """Makes connections that read `BoundedResponse`s."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        factory: partial[Any] = partial(BoundedResponse, loop=self._loop)
        self._factory = factory
