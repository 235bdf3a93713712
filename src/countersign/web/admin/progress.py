"""Answers to long work: a line of JSON for each step, and one for the end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

from countersign.protocol.errors import CountersignError
from countersign.service.handshakes.resident_calls import Progress
from countersign.web.errors import ErrorAnswers

STILL_HERE_SECONDS: Final = 15.0
COMMAND_SECONDS: Final = 50.0
"""Time after which the client is told that the work takes longer: servers may never answer."""

Work = Callable[[Progress], Awaitable[dict[str, Any]]]


class ProgressStream:
    """A response that is sent while the work goes on: an ASGI application.

    The status 200 is sent before the result is known, so the last line has the result: the return
    value of the work, or an `error`. Empty lines keep the connection alive. The work continues if
    the client disconnects, because half a join would be worse.

    Args:
        work: receives a callback for progress; returns the last line.
        errors: make responses of unexpected errors.
        when_late: the message after `COMMAND_SECONDS`; None for work that waits for no other
            server, which has no limit.
    """

    def __init__(self, work: Work, errors: ErrorAnswers, when_late: str | None = None) -> None:
        self._work = work
        self._errors = errors
        self._when_late = when_late
        self._lines: asyncio.Queue[dict[str, Any] | bytes] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the response."""
        headers = [(b"content-type", b"application/x-ndjson"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        work = asyncio.create_task(self._last_line(scope))
        work.add_done_callback(lambda _: self._lines.put_nowait(b""))
        try:
            async with asyncio.timeout(None if self._when_late is None else COMMAND_SECONDS):
                while line := await self._next_line():
                    await self._send_line(send, line)
            await self._send_line(send, await work, has_more=False)
        except TimeoutError:
            late = {"error": f"Not done within {COMMAND_SECONDS:.0f} seconds. {self._when_late}"}
            await self._send_line(send, late, has_more=False)
        finally:
            work.cancel()

    async def _last_line(self, scope: Scope) -> dict[str, Any] | bytes:
        try:
            return await self._work(self._queue_progress)
        except CountersignError as error:
            # The operator gets details that strangers do not get.
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - the one place around a request
            return self._errors.answer(error, scope).body

    async def _next_line(self) -> dict[str, Any] | bytes:
        try:
            async with asyncio.timeout(STILL_HERE_SECONDS):
                return await self._lines.get()
        except TimeoutError:
            return b"\n"

    def _queue_progress(self, words: str) -> None:
        self._lines.put_nowait({"progress": words})

    @staticmethod
    async def _send_line(
        send: Send, line: dict[str, Any] | bytes, *, has_more: bool = True
    ) -> None:
        body = line if isinstance(line, bytes) else orjson.dumps(line)
        await send({"type": "http.response.body", "body": body + b"\n", "more_body": has_more})
