"""One request and its answer, on a connection that may carry more of them."""

from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from countersign.web.http.answers import Answer, error_answer

NO_ANSWER = error_answer(500, "M_UNKNOWN", "The server failed to answer.")
BODILESS = (204, 304)


class Exchange(RequestResponseCycle):
    """What an application receives and sends through.

    Uvicorn writes the head of an answer, then its body; here they leave together, as one packet
    and one TLS record. Header names are those of our own code, in lower case.

    Args:
        on_part: told when a part of the answer goes out, before the last has gone.
        close: closes the connection after the last answer, gently.
    """

    def __init__(
        self, *, on_part: Callable[[], None], close: Callable[[], None], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.on_part = on_part
        self.close = close
        self.head: list[bytes] = []
        self.is_chunked = False

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
        """Let the application know that nobody waits for its answer any more."""
        self.disconnected = True
        self.waiting_for_100_continue = False
        self.message_event.set()

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
