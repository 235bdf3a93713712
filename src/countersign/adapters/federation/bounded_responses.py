"""Answers whose every byte counts: also those that are no part of a body.

An HTTP client reads as many interim answers (1xx), chunk sizes and chunk extensions as a server
likes to send. None of that reaches whoever counts the bytes of the body, and all of it costs us.
"""

from functools import partial
from typing import Any, Final

from aiohttp import ClientPayloadError, TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError

MAX_FRAMING_BYTES: Final = 64 * 1024
"""Maximum part of an answer beside its body; of a long one, as much again as its body."""

_PIECE_BYTES: Final = 16 * 1024
"""Limit on how much is parsed at a time, so that little is parsed in vain."""

_TOO_MUCH: Final = "more around the body than HTTP has a use for"


class BoundedResponse(ResponseHandler):
    """Reads answers from one connection, and gives it up on one that is nearly all framing."""

    _received_bytes = 0

    def set_response_params(self, **params: Any) -> None:
        """Begin to read the next answer."""
        self._received_bytes = 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        """Take in what arrives."""
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
    """Makes connections that read answers so."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        made: partial[Any] = partial(BoundedResponse, loop=self._loop)
        self._factory = made
