"""Uvicorn's HTTP/1.1 protocol, made fit for strangers.

Uvicorn waits for ever for a request's headers and body, reads headers of any length, and answers
what it cannot parse in plain text. Here every stage has a deadline and a cap, and every answer is
one JSON object. docs/adr/0005 says why it is done in a subclass.
"""

import asyncio
from math import inf
from typing import Any, Final, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from countersign.web.http.answers import Answer, error_answer
from countersign.web.http.body_memory import BodyMemory
from countersign.web.http.connections import ConnectionLimits
from countersign.web.http.exchange import Exchange

MAX_PIPELINED = 8
MAX_FRAMING_BYTES = 64 * 1024
TLS_READ_AHEAD_BYTES = 16 * 1024
FREE_PIECES = 512
MIN_PIECE_BYTES = 256
"""A body may come in so many pieces of any size; beyond that, they need so many bytes on average.

A chunk of one byte costs us as much as one of 64 KiB.
"""

BAD_REQUEST = error_answer(400, "M_UNKNOWN", "This is not a valid HTTP/1.1 request.")
BAD_TRANSFER = error_answer(400, "M_UNKNOWN", "The only transfer coding known here is chunked.")
NO_HOST = error_answer(400, "M_UNKNOWN", "A request needs exactly one Host header.")
NO_UPGRADE = error_answer(400, "M_UNKNOWN", "Only HTTP/1.1 is spoken here: no upgrades.")
BAD_VERSION = error_answer(505, "M_UNKNOWN", "Only HTTP/1.1 is spoken here.")
TOO_SLOW = error_answer(408, "M_UNKNOWN", "The request did not arrive in time.")
HEADERS_TOO_LARGE = error_answer(431, "M_TOO_LARGE", "The request's headers are too large.")
TOO_MUCH_FRAMING = error_answer(400, "M_TOO_LARGE", "The chunks are too small or too many.")
NO_MEMORY_LEFT = error_answer(
    503,
    "M_UNKNOWN",
    "Too much is being uploaded at the moment; please try again a little later.",
    headers=((b"retry-after", b"1"),),
)
TOO_MANY_CONNECTIONS = error_answer(
    503,
    "M_UNKNOWN",
    "There are too many connections at the moment; please try again a little later.",
    headers=((b"retry-after", b"1"),),
)


class Refused(Exception):
    """Stops the parser: the connection's last answer is known."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class _Gone:
    """Stands for the transport of a connection that is lost."""

    def is_closing(self) -> bool:
        return True

    def write(self, data: bytes) -> None:
        """Write nothing."""

    def close(self) -> None:
        """Do nothing; so does everything else."""

    abort = pause_reading = resume_reading = close


GONE: Final[Any] = _Gone()


class EdgeProtocol(HttpToolsProtocol):
    """One connection from the internet.

    Two clocks run for it, read by the connection limits on their rounds: one for what we are
    waiting to receive, one for what the peer is waiting to be answered.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        connection_limits: ConnectionLimits,
        bodies: BodyMemory,
    ) -> None:
        super().__init__(config, server_state, app_state={})
        self.access_log = False
        self.connection_limits = connection_limits
        self.bodies = bodies
        self.limits = connection_limits.limits
        self.receive_deadline = inf
        self.answer_deadline = inf
        self.is_receiving = False  # inside a request's bytes
        self.is_in_headers = False
        self.is_lingering = False  # answered for the last time, while the peer still sends
        self.is_refused = False  # nothing more is parsed
        self.header_bytes = 0
        self.hosts = 0
        self.pieces = 0  # of the request's body, however it is cut
        self.content_length: int | None = None
        self.chunk_bytes = 0  # of what the transport just gave us
        self.framing_bytes = 0  # of the request, beside its body; see `_count_framing`
        self.lingered_bytes = 0
        self.handshake: asyncio.Task[None] | None = None
        self.waiting: Exchange | None = None  # for its application to be started
        # Of an application of ours; any other begins in a task.
        self.begins_at_once: Any = getattr(self.app, "begins_at_once", None)

    # A connection comes and goes.

    def connection_made(self, transport: Any) -> None:
        """Let the peer in if there is room."""
        super().connection_made(transport)
        if self.scheme == "https":
            # Left alone, the TLS layer takes in 256 KiB while we do not read, and never shrinks.
            transport.set_read_buffer_limits(high=TLS_READ_AHEAD_BYTES)
        self._expect_within(self.limits.header_seconds)
        if not self.connection_limits.admits(self, self._address()):
            # Nobody counts it, so nobody would end its lingering.
            self.is_refused = True
            self.connection_limits.on_refusal(TOO_MANY_CONNECTIONS.status)
            self.transport.write(TOO_MANY_CONNECTIONS.to_http1())
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.connection_limits.leave(self)
        for cycle, _ in self.pipeline:
            # They are started by nobody now. One that is under way keeps its body until it ends.
            cast("Exchange", cycle).let_go()
        super().connection_lost(exc)
        self._let_go_of_transport()

    def _let_go_of_transport(self) -> None:
        # Protocol, parser and exchange hold each other, so they stay until the garbage collector
        # comes. The buffers of TLS, half a megabyte of a connection, must not stay with them.
        self.transport = self.flow._transport = GONE  # noqa: SLF001 - nothing else lets go of it
        for exchange in (self.cycle, *(waiting for waiting, _ in self.pipeline)):
            if exchange is not None:
                exchange.transport = GONE

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a half-closed connection until what was asked is answered."""
        owed = self._find_unanswered()
        if owed is None or self.is_receiving or self.scheme == "https":
            return False
        owed.keep_alive = False
        return True

    def expire(self, now: float) -> bool:
        """End what is overdue; tell whether anything was."""
        if now < self.answer_deadline and now < self.receive_deadline:
            return False
        if now >= self.answer_deadline or self.is_lingering or self.transport.is_closing():
            self.transport.abort()
        elif self.is_receiving:
            self._refuse(TOO_SLOW)
        else:
            self._close()
        return True

    def give_way(self) -> None:
        """End at once: the place is needed for others."""
        if self.handshake is not None and not self.handshake.done():
            self.handshake.cancel()
        if self.transport is not None:
            owed = self._find_unanswered()
            if owed is not None:
                owed.abandon()
            self.transport.abort()

    # Bytes come in.

    def data_received(self, data: bytes) -> None:
        """Parse what arrives, and bound what no callback tells of."""
        if self.is_refused:
            self._let_pass(len(data))
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
            self._count_framing()
        if self.waiting is not None:
            self._start_waiting()

    def _start_waiting(self) -> None:
        # Only now, so that a request which is here in full may be answered in this very call; one
        # in each call, however many come together.
        exchange, self.waiting = self.waiting, None
        if exchange is None or exchange.disconnected:
            return
        self._owe_more()
        begins_at_once = self.begins_at_once
        if exchange.more_body or begins_at_once is None or not begins_at_once(exchange.scope):
            exchange.start(self.loop, self.app, self.tasks)
        else:
            exchange.start_at_once(self.loop, self.app, self.tasks)

    def _count_framing(self) -> None:
        # A header line or a chunk's trailer that never ends reaches no callback, so whole chunks
        # are counted: all but the one that the request began in, less what was body.
        self.framing_bytes += self.chunk_bytes
        if not self.is_receiving:
            return
        if self.is_lingering:
            self._let_pass(self.chunk_bytes)
        elif self.is_in_headers and self.framing_bytes > self.limits.header_bytes:
            self._refuse(HEADERS_TOO_LARGE)
        elif self.framing_bytes > MAX_FRAMING_BYTES:
            self._refuse(TOO_MUCH_FRAMING)

    def on_message_begin(self) -> None:
        """Start the clock of a request."""
        if self.is_lingering or self.transport.is_closing():
            raise Refused(BAD_REQUEST)
        super().on_message_begin()
        self.is_receiving = self.is_in_headers = True
        self.connection_limits.begin(self)
        self.header_bytes = self.hosts = 0
        self.content_length = None
        self.pieces = 0
        self.framing_bytes = -self.chunk_bytes
        self._expect_within(self.limits.header_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer, which comes after the body, is none."""
        if not self.is_in_headers:
            return
        name = name.lower()
        self.headers.append((name, value))
        self.header_bytes += len(name) + len(value) + 4
        if name == b"host":
            self.hosts += 1
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        elif name == b"content-length" and value.isdigit():
            self.content_length = int(value)
        elif name == b"transfer-encoding" and value.strip().lower() != b"chunked":
            raise Refused(BAD_TRANSFER)
        if (
            self.header_bytes > self.limits.header_bytes
            or len(self.headers) > self.limits.header_count
        ):
            raise Refused(HEADERS_TOO_LARGE)

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        version = self.parser.get_http_version()
        self._check_headers(version)
        self._fill_scope(version)
        self.is_in_headers = False
        self._expect_within(self.limits.body_seconds)
        owed = self._find_unanswered()
        self.cycle = Exchange(
            bodies=self.bodies,
            content_length=self.content_length,
            give_way=self._give_way,
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version == "1.1" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
            on_part=self._owe_more,
            close=self._close_gently,
        )
        if owed is None:
            self.waiting = self.cycle
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _check_headers(self, version: str) -> None:
        if version not in ("1.1", "1.0"):
            raise Refused(BAD_VERSION)
        if self.parser.should_upgrade():
            # httptools gives the body of such a request to the new protocol, so it would be lost.
            raise Refused(NO_UPGRADE)
        if self.hosts != 1 and (version == "1.1" or self.hosts):
            raise Refused(NO_HOST)
        if self.header_bytes + len(self.url) > self.limits.header_bytes:
            raise Refused(HEADERS_TOO_LARGE)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise Refused(BAD_REQUEST)

    def _fill_scope(self, version: str) -> None:
        raw_path, query = split_target(self.url)
        path = raw_path.decode("ascii")
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        # What X-Matrix signs; path and query cannot tell an empty query from none.
        scope["raw_target"] = self.url

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self.framing_bytes -= len(body)
        exchange: Exchange = self.cycle  # type: ignore[assignment]
        if exchange.response_complete or exchange.disconnected:
            return
        self.pieces += 1
        if self.pieces > FREE_PIECES + exchange.held.bytes // MIN_PIECE_BYTES:
            raise Refused(TOO_MUCH_FRAMING)
        exchange.held.add(len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock of a request that is here in full."""
        self.is_receiving = False
        self.receive_deadline = inf
        super().on_message_complete()
        if self.is_lingering:
            self._close()
        elif self.cycle.response_complete:
            self._expect_within(self.limits.idle_seconds)
            self.connection_limits.rest(self, self._address())

    # Answers go out.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._owe_more()
        exchange: Exchange = cycle  # type: ignore[assignment]
        exchange.start(self.loop, app, self.tasks)

    def on_response_complete(self) -> None:
        """Go on with the next request, here already or to come."""
        self.server_state.total_requests += 1
        self.answer_deadline = inf
        if self.is_lingering or self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self.is_receiving:
            self._expect_within(self.limits.idle_seconds)
            self.connection_limits.rest(self, self._address())

    def _owe_more(self) -> None:
        self.answer_deadline = self.loop.time() + self.limits.answer_seconds

    def _refuse(self, answer: Answer) -> None:
        """Give the connection's last answer, unless others are owed before it."""
        self.is_refused = True
        owed = self._find_unanswered()
        if self.is_lingering or self.transport.is_closing():
            return
        if owed is None:
            self._answer_and_close(answer)
        elif self.is_in_headers:
            # The peer pipelined: what it asked before is answered, what is wrong is not.
            owed.keep_alive = False
            self._expect_within(self.limits.answer_seconds)
        elif self.pipeline or owed.response_started:
            self.transport.abort()
        else:
            # The application is waiting for a body that will not come.
            owed.abandon()
            self.answer_deadline = inf
            self._answer_and_close(answer)

    def _give_way(self, exchange: Exchange) -> None:
        """End a request whose memory is needed for others."""
        if self.transport.is_closing() or exchange.response_started:
            # Nobody waits for it, or its answer goes out already.
            return
        self.is_refused = True
        exchange.abandon()
        self.answer_deadline = inf
        if any(waiting is exchange for waiting, _ in self.pipeline):
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

        To close on a peer that sends resets the connection, and our answer may be lost with it.
        """
        if self.transport.is_closing():
            return
        if not self.is_receiving and not self.is_refused:
            self._close()
            return
        self.is_lingering = True
        self._expect_within(self.limits.linger_seconds)
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _let_pass(self, count: int) -> None:
        self.lingered_bytes += count
        if self.lingered_bytes > self.limits.linger_bytes:
            # Closed gently, a TLS connection is read on until the peer agrees to its end.
            self.transport.abort()

    def _close(self) -> None:
        # A peer that does not take what is written is cut off on a later round.
        self._expect_within(self.limits.linger_seconds)
        self.transport.close()

    def _expect_within(self, seconds: float) -> None:
        self.receive_deadline = self.loop.time() + seconds

    def _find_unanswered(self) -> Exchange | None:
        """Return the newest exchange, if its answer is still owed."""
        # Uvicorn's annotation leaves out that there is none before the first request.
        cycle: Exchange | None = self.cycle  # type: ignore[assignment]
        return None if cycle is None or cycle.response_complete else cycle

    def _address(self) -> str | None:
        return self.client[0] if self.client else None


def split_target(target: bytes) -> tuple[bytes, bytes]:
    """Return path and query of a request-target, neither decoded.

    The absolute form, which every server must accept, loses its scheme and authority.
    """
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    path, _, query = target.partition(b"?")
    return path, query
