"""HTTP/1.1 for untrusted peers: the protocol of one connection.

Every stage has a deadline and a limit, and every error is a JSON object. The parser is httptools
(docs/adr/0005).
"""

import asyncio
from collections import deque
from math import inf
from typing import Any, Final
from urllib.parse import unquote

import httptools

from countersign.web.http.answers import Answer
from countersign.web.http.body_memory import BodyMemory
from countersign.web.http.connections import ConnectionLimits
from countersign.web.http.edge_answers import (
    BAD_REQUEST,
    HEADERS_TOO_LARGE,
    NO_MEMORY_LEFT,
    NO_UPGRADE,
    TOO_MANY_CONNECTIONS,
    TOO_MUCH_FRAMING,
    TOO_SLOW,
    Refused,
)
from countersign.web.http.exchange import Exchange
from countersign.web.http.heads import (
    HEADER_LINE_BYTES,
    Header,
    UsualRequest,
    read_framing,
    read_usual_request,
    split_target,
)

MAX_PIPELINED: Final = 8
MAX_FRAMING_BYTES: Final = 64 * 1024
TLS_READ_AHEAD_BYTES: Final = 16 * 1024
FREE_PIECES: Final = 512
MIN_PIECE_BYTES: Final = 256
"""Minimum average size of a body's pieces after the first `FREE_PIECES`, in bytes.

A chunk of one byte costs as much time as one of 64 KiB.
"""

_DECRYPTED: Final = memoryview(bytearray(64 * 1024))
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


class _Gone:
    """Transport of a lost connection, which ignores all writes."""

    def is_closing(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        """Write nothing."""

    def close(self) -> None:
        """Do nothing."""

    abort = pause_reading = resume_reading = close


GONE: Final[Any] = _Gone()


class EdgeProtocol(asyncio.BaseProtocol):
    """One connection of an untrusted peer.

    It has two deadlines, which the connection limits check periodically: one for receiving, one for
    answering.

    Args:
        app: an ASGI application. Its optional method `find_plain` returns an endpoint that answers
            without ASGI, by a request's path as sent, or None.
        tasks: the tasks that answer.
        connection_limits: the limits, and the count of connections.
        bodies: the memory for request bodies.
    """

    # More attributes than 30 would make Python look each up by its hash.
    __slots__ = (
        "__weakref__", "_drained", "answer_deadline", "answering", "app", "bodies", "chunk_bytes",
        "client", "connection_limits", "exchange", "find_plain", "framing_bytes", "handshake",
        "headers", "is_in_headers", "is_lingering", "is_read_paused", "is_receiving", "is_refused",
        "is_write_paused", "limits", "lingered_bytes", "loop", "missing_bytes", "parser", "pieces",
        "pipeline", "receive_deadline", "scheme", "server", "tasks", "transport", "url", "waiting",
    )  # fmt: skip

    def __init__(
        self,
        app: Any,
        tasks: set[asyncio.Task[Any]],
        connection_limits: ConnectionLimits,
        bodies: BodyMemory,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.app = app
        self.find_plain: Any = getattr(app, "find_plain", None)
        self.tasks = tasks
        self.connection_limits = connection_limits
        self.bodies = bodies
        self.limits = connection_limits.limits
        self.parser: Any = httptools.HttpRequestParser(self)
        # What comes after a request that asks to close is no error: its answer is owed first.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.transport: Any = None
        self.server: tuple[str, int] | None = None
        self.client: tuple[str, int] | None = None
        self.scheme = "http"
        self.handshake: asyncio.Task[None] | None = None

        self.receive_deadline = inf
        self.answer_deadline = inf
        self.is_receiving = False  # inside a request's bytes
        self.is_in_headers = False
        self.is_lingering = False  # answered for the last time, while the peer still sends
        self.is_refused = False  # no more input is parsed
        self.is_read_paused = False
        self.is_write_paused = False
        self._drained: asyncio.Future[None] | None = None
        self.lingered_bytes = 0

        self.url = b""
        self.headers: list[Header] = []
        self.pieces = 0  # of the request's body, however it is cut
        self.chunk_bytes = 0  # of what the transport just gave us
        self.framing_bytes = 0  # of the request, beside its body; see `_bound_framing`
        self.missing_bytes = 0  # of the body, if the parser does not see the request
        self.exchange: Exchange | None = None  # the newest
        self.answering: Exchange | None = None  # the oldest that is not answered
        self.waiting: Exchange | None = None  # for its application to be started
        self.pipeline: deque[Exchange] = deque()

    # Start and end of the connection.

    def connection_made(self, transport: Any) -> None:
        """Accept the connection if the limits admit it."""
        self.transport = transport
        self.server = _address(transport.get_extra_info("sockname"))
        self.client = _address(transport.get_extra_info("peername"))
        if transport.get_extra_info("sslcontext") is not None:
            self.scheme = "https"
            # Left alone, the TLS layer takes in 256 KiB while we do not read, and never shrinks.
            transport.set_read_buffer_limits(high=TLS_READ_AHEAD_BYTES)
        self._expect_within(self.limits.header_seconds)
        if not self.connection_limits.admits(self, self._client_host()):
            # It is not counted, so nothing would end its lingering.
            self.is_refused = True
            self.connection_limits.on_refusal(TOO_MANY_CONNECTIONS.status)
            self.transport.write(TOO_MANY_CONNECTIONS.to_http1())
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.connection_limits.leave(self)
        if exc is None:
            self.transport.close()
        for exchange in self.pipeline:
            # They are started by nobody now. One that is under way keeps its body until it ends.
            exchange.release_body()
        for each in (self.answering, self.exchange):
            if each is not None and not each.was_answered:
                each.is_over = True
                each.wake_application()
        self.resume_writing()
        # All of these hold this, so they would stay until the garbage collector comes: after many
        # connections more, and with half a megabyte of TLS buffers each.
        self.transport = GONE
        self.parser = self.exchange = self.answering = self.waiting = self.handshake = None
        self.pipeline.clear()

    def eof_received(self) -> bool:
        """Keep a half-closed connection open until its requests are answered."""
        unanswered = self._find_unanswered()
        if unanswered is None or self.is_receiving or self.scheme == "https":
            return False
        unanswered.is_kept_alive = False
        return True

    def shutdown(self) -> None:
        """Close after the current requests are answered."""
        unanswered = self._find_unanswered()
        if self.transport is None:  # the acceptor ends the handshake
            return
        if unanswered is None:
            self.transport.close()
        else:
            unanswered.is_kept_alive = False

    def cut_off(self) -> None:
        """Close at once."""
        for exchange in (self.answering, self.exchange, *self.pipeline):
            if exchange is not None and not exchange.was_answered:
                exchange.abandon()
        if self.transport is not None:
            self.transport.abort()

    def expire(self, now: float) -> bool:
        """End overdue requests; return True if any was."""
        if now < self.answer_deadline and now < self.receive_deadline:
            return False
        if now >= self.answer_deadline or self.is_lingering or self.transport.is_closing():
            self.transport.abort()
        elif self.is_receiving:
            self._refuse(TOO_SLOW)
        else:
            self._close()
        return True

    def end_for_others(self) -> None:
        """Close at once, to make room for another connection."""
        if self.handshake is not None and not self.handshake.done():
            self.handshake.cancel()
        self.cut_off()

    # Input.

    def data_received(self, data: bytes) -> None:
        """Parse received bytes, and limit what the parser does not report by a callback."""
        if self.is_refused:
            self._let_pass(len(data))
            return
        if self.missing_bytes:
            data = self._take_body(data)
            if not data or self.is_refused:
                return
        if not self.is_receiving and self._find_unanswered() is None and not self.is_lingering:
            limits = self.limits
            usual = read_usual_request(
                data, max_bytes=limits.header_bytes, max_headers=limits.header_count
            )
            if usual is not None and not self.transport.is_closing():
                self._take(usual)
                return
        self.chunk_bytes = len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(NO_UPGRADE)
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.answer if isinstance(cause, Refused) else BAD_REQUEST)
        else:
            self.framing_bytes += self.chunk_bytes
            if self.is_receiving:
                self._bound_framing()
        if self.waiting is not None:
            # Only now, so that a request which is here in full may be answered in this very call;
            # one in each call, however many come together.
            exchange, self.waiting = self.waiting, None
            if not exchange.is_over:
                self._start(exchange)

    def _take(self, usual: UsualRequest) -> None:
        """Begin a request of the usual form without the parser, which is between two requests."""
        self.connection_limits.begin(self)
        exchange = self.exchange = Exchange(
            self._scope(usual.method, "1.1", usual.target, usual.target, b"", usual.headers),
            self,
            self.bodies,
            usual.content_length,
            expects_100_continue=False,
            is_kept_alive=True,
        )
        self.missing_bytes = usual.content_length - len(usual.body)
        if self.missing_bytes:
            self.is_receiving = True
            self._expect_within(self.limits.body_seconds)
            self.pieces = 0
            if usual.body:
                self.on_body(usual.body)
        else:
            self.receive_deadline = inf
            if usual.body:
                exchange.add(usual.body)
            exchange.more_body = False
        if not exchange.is_over:
            self._start(exchange)
        elif self.is_lingering and not self.missing_bytes:
            self._close()

    def _take_body(self, data: bytes) -> bytes:
        """Take the bytes of this request's body; return the bytes after it."""
        missing = self.missing_bytes
        self.missing_bytes = max(0, missing - len(data))
        try:
            self.on_body(data[:missing])
        except Refused as refused:
            self._refuse(refused.answer)
            return b""
        if not self.missing_bytes:
            self.on_message_complete()
        elif self.is_lingering:
            self._let_pass(len(data))
        return data[missing:]

    def _bound_framing(self) -> None:
        # A header line or a chunk's trailer that never ends reaches no callback, so whole chunks
        # are counted: all but the one that the request began in, less what was body.
        if self.is_lingering:
            self._let_pass(self.chunk_bytes)
        elif self.is_in_headers:
            size = sum(len(name) + len(value) + HEADER_LINE_BYTES for name, value in self.headers)
            if max(self.framing_bytes, size + len(self.url)) > self.limits.header_bytes:
                self._refuse(HEADERS_TOO_LARGE)
        elif self.framing_bytes > MAX_FRAMING_BYTES:
            self._refuse(TOO_MUCH_FRAMING)

    def on_message_begin(self) -> None:
        """Start the deadline of a request."""
        if self.is_lingering or self.transport.is_closing():
            raise Refused(BAD_REQUEST)
        self.url = b""
        self.headers = []
        self.is_receiving = self.is_in_headers = True
        self.pieces = 0
        self.framing_bytes = -self.chunk_bytes
        self.connection_limits.begin(self)
        self._expect_within(self.limits.header_seconds)

    def on_url(self, url: bytes) -> None:
        """Receive a part of the request target."""
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header; trailers, which follow the body, are ignored."""
        if not self.is_in_headers:
            return
        headers = self.headers
        headers.append((name.lower(), value))
        if len(headers) > self.limits.header_count:
            raise Refused(HEADERS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Start an exchange, or queue it behind the current one."""
        parser, limits = self.parser, self.limits
        version = parser.get_http_version()
        framing = read_framing(
            self.headers,
            version,
            self.url,
            max_bytes=limits.header_bytes,
        )
        if parser.should_upgrade():
            # httptools gives the body of such a request to the new protocol, so it would be lost.
            raise Refused(NO_UPGRADE)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise Refused(BAD_REQUEST)
        self.is_in_headers = False
        self._expect_within(limits.body_seconds)
        unanswered = self._find_unanswered()
        path, query = split_target(self.url)
        method = parser.get_method().decode("ascii")
        self.exchange = exchange = Exchange(
            self._scope(method, version, self.url, path, query, self.headers),
            self,
            self.bodies,
            framing.content_length,
            expects_100_continue=framing.expects_100_continue,
            is_kept_alive=version == "1.1" and parser.should_keep_alive(),
        )
        if unanswered is None:
            self.waiting = exchange
        else:
            self._pause_reading()
            self.pipeline.append(exchange)

    def _scope(
        self,
        method: str,
        version: str,
        target: bytes,
        raw_path: bytes,
        query: bytes,
        headers: list[Header],
    ) -> dict[str, Any]:
        path = raw_path.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "method": method,
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": query,
            "headers": headers,
            # What X-Matrix signs; path and query cannot tell an empty query from none.
            "raw_target": target,
        }

    def on_body(self, body: bytes) -> None:
        """Receive a part of the body."""
        self.framing_bytes -= len(body)
        exchange = self.exchange
        if exchange is None or exchange.was_answered or exchange.is_over:
            return
        self.pieces += 1
        if self.pieces > FREE_PIECES + exchange.held.bytes // MIN_PIECE_BYTES:
            raise Refused(TOO_MUCH_FRAMING)
        if not exchange.add(body):
            self._pause_reading()

    def on_message_complete(self) -> None:
        """Stop the deadline of a request that was received completely."""
        self.is_receiving = False
        self.receive_deadline = inf
        exchange = self.exchange
        if exchange is not None and not exchange.was_answered:
            exchange.end_body()
        if self.is_lingering:
            self._close()
        elif exchange is not None and exchange.was_answered:
            self._expect_within(self.limits.idle_seconds)
            self.connection_limits.mark_idle(self, self._client_host())

    # Output.

    def _start(self, exchange: Exchange) -> None:
        self.answering = exchange
        self.on_part()
        find_plain = self.find_plain
        endpoint = None if find_plain is None else find_plain(exchange.scope["raw_path"])
        if endpoint is None:
            exchange.start(self.app, self.tasks)
        else:
            exchange.start_plain(endpoint, self.tasks)

    def on_part(self) -> None:
        """Extend the deadline of the answer, as a part is sent or work on it begins."""
        self.answer_deadline = self.loop.time() + self.limits.answer_seconds

    def on_answered(self, exchange: Exchange) -> None:
        """Continue with the next request."""
        if not exchange.is_kept_alive:
            self._close_gently()
        self.answering = None
        self.answer_deadline = inf
        if self.is_lingering or self.transport.is_closing():
            return
        self.resume_reading()
        if self.pipeline:
            self._start(self.pipeline.popleft())
        elif not self.is_receiving:
            self._expect_within(self.limits.idle_seconds)
            self.connection_limits.mark_idle(self, self._client_host())

    def _refuse(self, answer: Answer) -> None:
        """Send the connection's last answer, after the answers that are due before it."""
        self.is_refused = True
        unanswered = self._find_unanswered()
        if self.is_lingering or self.transport.is_closing():
            return
        if unanswered is None:
            self._answer_and_close(answer)
        elif self.is_in_headers:
            # The peer pipelined: what it asked before is answered, what is wrong is not.
            unanswered.is_kept_alive = False
            self._expect_within(self.limits.answer_seconds)
        elif self.pipeline or unanswered.was_begun_to_answer:
            self.transport.abort()
        else:
            # The application is waiting for a body that will not come.
            unanswered.abandon()
            self.answer_deadline = inf
            self._answer_and_close(answer)

    def end_exchange_for_others(self, exchange: Exchange) -> None:
        """End a request, to free its memory for others."""
        if self.transport.is_closing() or exchange.was_begun_to_answer:
            # Nobody waits for it, or its answer goes out already.
            return
        self.is_refused = True
        exchange.abandon()
        self.answer_deadline = inf
        if any(waiting is exchange for waiting in self.pipeline):
            # What was asked before it is still to be answered, so there is no place for an answer.
            self.transport.abort()
        else:
            self._answer_and_close(NO_MEMORY_LEFT)

    def _answer_and_close(self, answer: Answer) -> None:
        self.connection_limits.on_refusal(answer.status)
        self.transport.write(answer.to_http1())
        self._close_gently()

    def _close_gently(self) -> None:
        """Close once the peer has stopped sending.

        Closing while the peer sends resets the connection, and the peer may lose our answer.
        """
        if self.transport.is_closing():
            return
        if not self.is_receiving and not self.is_refused:
            self._close()
            return
        self.is_lingering = True
        self._expect_within(self.limits.linger_seconds)
        self.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _let_pass(self, count: int) -> None:
        self.lingered_bytes += count
        if self.lingered_bytes > self.limits.linger_bytes:
            # When a TLS connection is closed gently, reading goes on until the peer closes it too.
            self.transport.abort()

    def _close(self) -> None:
        # A peer that does not take what is written is cut off on a later round.
        self._expect_within(self.limits.linger_seconds)
        self.transport.close()

    def _expect_within(self, seconds: float) -> None:
        self.receive_deadline = self.loop.time() + seconds

    def _find_unanswered(self) -> Exchange | None:
        """Return the newest exchange if it is not answered yet."""
        exchange = self.exchange
        return None if exchange is None or exchange.was_answered else exchange

    def _client_host(self) -> str | None:
        return self.client[0] if self.client else None

    # Flow control.

    def _pause_reading(self) -> None:
        if not self.is_read_paused:
            self.is_read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Continue to read from the peer."""
        if self.is_read_paused:
            self.is_read_paused = False
            self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Make writers wait, because the peer does not read."""
        self.is_write_paused = True

    def resume_writing(self) -> None:
        """Wake the waiting writers."""
        self.is_write_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    async def drain(self) -> None:
        """Wait until more can be written."""
        while self.is_write_paused:
            if self._drained is None:
                self._drained = self.loop.create_future()
            await asyncio.shield(self._drained)


class TlsEdgeProtocol(EdgeProtocol, asyncio.BufferedProtocol):
    """One connection with TLS, whose decrypted bytes go into a buffer shared by all connections.

    Without `get_buffer`, uvloop allocates 256 KiB for each read, which glibc maps and unmaps each
    time. The buffer is filled and emptied in one call of the TLS layer, so it holds nothing of one
    connection when another reads.
    """

    __slots__ = ()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - a fixed size will do
        """Return the buffer for decrypted bytes."""
        return _DECRYPTED

    def buffer_updated(self, nbytes: int) -> None:
        """Process the bytes that were written to the buffer."""
        self.data_received(_DECRYPTED[:nbytes].tobytes())


def _address(name: Any) -> tuple[str, int] | None:
    """Return host and port of a socket's name, None if it has none."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
