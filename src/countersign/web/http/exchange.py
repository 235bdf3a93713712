"""One request and its answer, on a connection that may carry more of them."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from countersign.basics.first_steps import go_on
from countersign.web.http.answers import Answer, error_answer
from countersign.web.http.body_memory import BodyMemory

NO_ANSWER = error_answer(500, "M_UNKNOWN", "The server failed to answer.")
BODILESS = (204, 304)


async def _go_on(answering: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await go_on(answering, waits_for)


class Exchange(RequestResponseCycle):
    """Channel through which an application receives and sends.

    Uvicorn writes the head of an answer, then its body; here they leave together, as one packet
    and one TLS record. Header names are those of our own code, in lower case.

    Args:
        bodies: the memory for bodies.
        content_length: of this one, in bytes; None if it is chunked.
        give_way: ends the exchange when its memory is needed for others.
        on_part: told when a part of the answer goes out, before the last has gone.
        close: closes the connection after the last answer, gently.
    """

    def __init__(
        self,
        *,
        bodies: BodyMemory,
        content_length: int | None,
        give_way: Callable[["Exchange"], None],
        on_part: Callable[[], None],
        close: Callable[[], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.on_part = on_part
        self.close = close
        self.head: list[bytes] = []
        self.is_chunked = False
        self.is_taken = False  # all of the body
        self.held = bodies.hold(cast("Any", self.scope), content_length, partial(give_way, self))
        self._task: asyncio.Task[None] | None = None

    def start(
        self, loop: asyncio.AbstractEventLoop, app: Any, tasks: set[asyncio.Task[None]]
    ) -> None:
        """Have the application answer; the task is in `tasks` until it ends."""
        self._task = task = loop.create_task(self.run_asgi(app))
        task.add_done_callback(tasks.discard)
        tasks.add(task)

    def start_at_once(
        self, loop: asyncio.AbstractEventLoop, app: Any, tasks: set[asyncio.Task[None]]
    ) -> None:
        """Have the application answer in this call; where it has to wait, a task takes over."""
        answering = self.run_asgi(app)
        try:
            waits_for = answering.send(None)
        except StopIteration:
            return
        self._task = task = loop.create_task(_go_on(answering, waits_for))
        task.add_done_callback(tasks.discard)
        tasks.add(task)

    async def run_asgi(self, app: Any) -> None:
        """Run the application, and count the body until it ends."""
        try:
            await super().run_asgi(partial(self._run, app))
        finally:
            self.let_go()

    async def receive(self) -> Any:
        """Return the next part of the body; see ASGI."""
        if self.more_body or self.is_taken or self.disconnected or self.response_complete:
            return await super().receive()
        # Nearly always all of it is here at once, and nothing waits.
        self.is_taken = True
        self.message_event.clear()
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}

    def let_go(self) -> None:
        """Forget the body, and count it no longer."""
        # The connection, its parser and this hold each other, so the garbage collector may leave
        # all three in memory for a while.
        self.body = bytearray()
        self.held.release()

    async def _run(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # Abandoned, it is cancelled by us, and nobody waits for an answer.
            if not self.disconnected:
                raise

    async def send(self, message: Any) -> None:
        """Send a part of the answer; one that comes before the end of the body is the last."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected or self.transport.is_closing():
            # Uvicorn tells only the newest of several pipelined exchanges that the peer has gone.
            self.disconnected = True
            return
        if message["type"] == "http.response.start":
            self._prepare_head(message["status"], message["headers"])
        elif self.response_started and not self.response_complete:
            self._write(message["body"], is_last=not message.get("more_body", False))
        else:
            raise RuntimeError("an answer needs a start, and has one end")

    def abandon(self) -> None:
        """End the application's work: nobody waits for its answer any more."""
        self.disconnected = True
        self.waiting_for_100_continue = False
        # A task that is cancelled before its first step never comes to do it.
        self.let_go()
        if self._task is not None:
            self._task.cancel()

    async def send_500_response(self) -> None:
        """Answer for an application that did not."""
        await self.send_answer(NO_ANSWER)

    async def send_answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        await answer(cast("Any", self.scope), cast("Any", self.receive), self.send)

    def _prepare_head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        if self.response_started:
            raise RuntimeError("an answer has one start")
        self.response_started = True
        self.waiting_for_100_continue = False
        if self.more_body:
            self.keep_alive = False
        self.is_chunked = status not in BODILESS
        head = self.head
        head.append(STATUS_LINE[status])
        for name, value in headers:
            if name == b"content-length":
                self.is_chunked = False
            head += (name, b": ", value, b"\r\n")
        if not self.keep_alive:
            head.append(b"connection: close\r\n")
        if self.is_chunked:
            head.append(b"transfer-encoding: chunked\r\n")
        head.append(b"\r\n")

    def _write(self, body: bytes, *, is_last: bool) -> None:
        parts, self.head = self.head, []
        if self.scope["method"] != "HEAD":
            if not self.is_chunked:
                parts.append(body)
            else:
                if body:
                    parts += (b"%x\r\n" % len(body), body, b"\r\n")
                if is_last:
                    parts.append(b"0\r\n\r\n")
        self.on_part()
        self.transport.write(b"".join(parts))
        if is_last:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.close()
            self.on_response()
