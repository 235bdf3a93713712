"""One request and its answer, on a connection that may carry more of them."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, Protocol

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope

from countersign.ports.event_loop.short_waits import ShortWait, TasklessRun
from countersign.web.http.answers import STATUS_LINES, Answer
from countersign.web.http.body_memory import BodyMemory
from countersign.web.http.edge_answers import NO_ANSWER
from countersign.web.http.heads import Header

BODILESS: Final = (204, 304)
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
MAX_UNREAD_BYTES: Final = 64 * 1024
"""Size of an unread body at which reading from its connection pauses."""

log = structlog.get_logger()

PlainEndpoint = Callable[[Scope, Receive], Coroutine[Any, Any, Answer]]
"""Endpoint that returns its whole answer and never raises; it rarely waits long."""


class Carrier(Protocol):
    """Operations on the connection that an exchange needs."""

    transport: Any
    is_write_paused: bool

    def resume_reading(self) -> None:
        """Resume reading from the connection."""
        ...

    async def drain(self) -> None:
        """Wait until more can be written."""
        ...

    def on_part(self) -> None:
        """Take note that a part of the answer is sent."""
        ...

    def on_answered(self, exchange: "Exchange") -> None:
        """Take note that the answer was sent in full."""
        ...

    def end_exchange_for_others(self, exchange: "Exchange") -> None:
        """End the exchange, to free its memory for others."""
        ...


class Exchange:
    """ASGI channel of one request: an application receives the body and sends the answer.

    The head of an answer is sent with the first part of its body, in one packet and one TLS record.
    Header names are in lower case.

    Args:
        scope: the scope of the request.
        connection: its connection.
        bodies: the memory for bodies.
        content_length: length of the body in bytes; None if it is chunked.
        expects_100_continue: the client waits for `100 Continue` before it sends the body.
        is_kept_alive: the connection stays open afterwards.
    """

    __slots__ = (
        "_body_waiter", "_connection", "_head", "_is_body_read", "_is_chunked", "_task", "_work",
        "body", "expects_100_continue", "held", "is_kept_alive", "is_over", "more_body", "scope",
        "was_answered", "was_begun_to_answer",
    )  # fmt: skip

    def __init__(
        self,
        scope: Scope,
        connection: Carrier,
        bodies: BodyMemory,
        content_length: int | None,
        *,
        expects_100_continue: bool,
        is_kept_alive: bool,
    ) -> None:
        self.scope = scope
        self._connection = connection
        self.expects_100_continue = expects_100_continue
        self.is_kept_alive = is_kept_alive
        self.body: bytes | bytearray = b""
        self.more_body = True
        self.was_begun_to_answer = self.was_answered = False
        self.is_over = False  # nobody waits for the answer any more
        self._is_body_read = False  # `receive` returned the last part of the body
        self._is_chunked = False  # the answer has no content-length
        self._body_waiter: ShortWait[None] | None = None  # awaited in `receive`
        self._task: asyncio.Task[None] | None = None
        self._work: TasklessRun | None = None
        self._head: list[bytes] = []
        self.held = bodies.hold(
            scope, content_length, partial(connection.end_exchange_for_others, self)
        )

    # The application is begun, and ended.

    def start(self, app: ASGIApp, tasks: set[asyncio.Task[Any]]) -> None:
        """Call the application in a task, which is in `tasks` until it ends."""
        self._note_task(tasks, asyncio.get_running_loop().create_task(self._run(app)))

    def start_plain(self, endpoint: PlainEndpoint, tasks: set[asyncio.Task[Any]]) -> None:
        """Call an endpoint: within this call if it does not wait, else in a task."""
        answering = endpoint(self.scope, self.receive)
        on_task = partial(self._note_task, tasks)
        self._work = TasklessRun(answering, end=self._end, fail=self._fail, on_task=on_task)
        self._work.step()

    def abandon(self) -> None:
        """Cancel the application, because the connection is lost."""
        self.is_over = True
        self.expects_100_continue = False
        # A task that is cancelled before its first step never comes to do it.
        self.release_body()
        for work in (self._work, self._task):
            if work is not None:
                work.cancel()
        self._work = self._task = None  # a cancelled task keeps a traceback, which holds this

    def release_body(self) -> None:
        """Free the memory of the body."""
        # The connection holds this until its next request, which may come much later.
        self.body = b""
        self.held.release()

    def _note_task(self, tasks: set[asyncio.Task[Any]], task: "asyncio.Task[Any]") -> None:
        self._task = task
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:
            # Abandoned, it is cancelled by us, and nobody waits for an answer.
            if not self.is_over:
                raise
        except Exception as error:  # noqa: BLE001 - an application should answer its own errors
            await self._answer_for_application(error)
        else:
            if not (self.was_answered or self.is_over):
                await self._answer_for_application(RuntimeError("the answer has no end"))
        finally:
            self.release_body()

    async def _answer_for_application(self, error: BaseException) -> None:
        log.error("an application failed to answer", exc_info=error)
        if self.was_begun_to_answer:
            self._connection.transport.close()
        else:
            await NO_ANSWER(self.scope, self.receive, self.send)

    def _end(self, answer: Answer) -> None:
        self._work = None
        if self._connection.is_write_paused and not self.is_over:
            self._task = asyncio.get_running_loop().create_task(self._send_later(answer))
        else:
            self._send_whole(answer)
            self.release_body()

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, Exception):  # it was cancelled: abandoned, or at the very end
            self._work = None
            self.release_body()
            return
        log.error("an endpoint failed to answer", exc_info=error)
        self._end(NO_ANSWER)

    async def _send_later(self, answer: Answer) -> None:
        try:
            await answer(self.scope, self.receive, self.send)
        finally:
            self.release_body()

    # The body comes in.

    def add(self, piece: bytes) -> bool:
        """Add a received part of the body; return False if reading should pause."""
        self.held.add(len(piece))
        if self.is_over:  # its memory was needed for others
            return True
        if not self.body:
            self.body = piece
        else:
            if isinstance(self.body, bytes):
                self.body = bytearray(self.body)
            self.body += piece
        self.wake_application()
        return len(self.body) <= MAX_UNREAD_BYTES

    def end_body(self) -> None:
        """Take note that the body was received in full."""
        self.more_body = False
        self.wake_application()

    def wake_application(self) -> None:
        """Wake an application that waits for the body."""
        if self._body_waiter is not None and not self._body_waiter.done():
            self._body_waiter.set_result(None)

    async def receive(self) -> Message:
        """Return the next part of the body; see ASGI."""
        connection = self._connection
        if self.expects_100_continue and not connection.transport.is_closing():
            self.expects_100_continue = False
            connection.transport.write(CONTINUE)
        while not (self.was_answered or self._is_gone()):
            if not self._is_body_read and (self.body or not self.more_body):
                self._is_body_read = not self.more_body
                body, self.body = bytes(self.body), b""
                return {"type": "http.request", "body": body, "more_body": self.more_body}
            connection.resume_reading()
            self._body_waiter = ShortWait(loop=asyncio.get_running_loop())
            await self._body_waiter
        return {"type": "http.disconnect"}

    # The answer goes out.

    async def send(self, message: Message) -> None:
        """Send a part of the answer; an answer before the end of the body closes the connection."""
        if self._connection.is_write_paused and not self.is_over:
            await self._connection.drain()
        if self._is_gone():
            return
        if message["type"] == "http.response.start":
            self._prepare_head(message["status"], message["headers"])
        elif self.was_begun_to_answer and not self.was_answered:
            self._write(message["body"], is_last=not message.get("more_body", False))
        else:
            raise RuntimeError("an answer needs a start, and has one end")

    def _is_gone(self) -> bool:
        if self._connection.transport.is_closing():
            self.is_over = True
        return self.is_over

    def _send_whole(self, answer: Answer) -> None:
        if self.more_body or not answer.has_body or self.scope["method"] != "POST":
            if not self._is_gone():
                self._prepare_head(answer.status, answer.headers)
                self._write(answer.body, is_last=True)
        elif not self._is_gone():
            self.was_begun_to_answer = True
            self.expects_100_continue = False
            self._connection.transport.write(answer.to_http1(is_kept_alive=self.is_kept_alive))
            self._finish()

    def _prepare_head(self, status: int, headers: list[Header]) -> None:
        if self.was_begun_to_answer:
            raise RuntimeError("an answer has one start")
        self.was_begun_to_answer = True
        self.expects_100_continue = False
        if self.more_body:
            self.is_kept_alive = False
        self._is_chunked = status not in BODILESS
        head = self._head
        head.append(STATUS_LINES[status])
        for name, value in headers:
            if name == b"content-length":
                self._is_chunked = False
            head += (name, b": ", value, b"\r\n")
        if not self.is_kept_alive:
            head.append(b"connection: close\r\n")
        if self._is_chunked:
            head.append(b"transfer-encoding: chunked\r\n")
        head.append(b"\r\n")

    def _write(self, body: bytes, *, is_last: bool) -> None:
        parts, self._head = self._head, []
        if self.scope["method"] != "HEAD":
            if not self._is_chunked:
                parts.append(body)
            else:
                if body:
                    parts += (b"%x\r\n" % len(body), body, b"\r\n")
                if is_last:
                    parts.append(b"0\r\n\r\n")
        if not is_last:
            self._connection.on_part()
        self._connection.transport.write(b"".join(parts))
        if is_last:
            self._finish()

    def _finish(self) -> None:
        self.was_answered = True
        self.wake_application()
        self._connection.on_answered(self)
