"""Forwarding of requests to the first worker.

Every worker serves the admin API and the dashboard. Some of their data exist only in the first
worker's memory: backtests, and the state of parts and rooms that only the leading process has.
Another worker forwards such requests over a Unix socket, in a folder that only their user can open.
The first worker checks the sender's access and answers.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from countersign.web.http.answers import error_answer
from countersign.web.http.requests import BodyCutShort, RequestError, read_body, read_head

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""More than any of these endpoints takes; what is longer is refused where it arrived."""
MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
MAX_AT_ONCE: Final = 16
ANSWER_SECONDS: Final = 60.0

_LENGTH_BYTES: Final = 4
_SENT: Final = ("http_version", "method", "scheme", "client", "server")
_SENT_BYTES: Final = ("raw_path", "query_string")

log = structlog.get_logger()

IsMeant = Callable[[Scope], bool]
"""Returns True for a request that the first worker answers."""


class WorkerRequests:
    """Forwards requests to the first worker, and answers forwarded ones there.

    Args:
        path: the path of the socket.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at_once = asyncio.Semaphore(MAX_AT_ONCE)

    def by_first(self, name: str, app: ASGIApp, is_meant: IsMeant) -> ASGIApp:
        """Return an application for another worker that passes chosen requests to the first worker.

        Args:
            name: the name of the application, as in `answer_others`.
            app: answers the other requests, and those that cannot be passed on.
            is_meant: chooses the requests to pass on.
        """

        async def passing(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or not is_meant(scope):
                await app(scope, receive, send)
                return
            try:
                head = read_head(scope)
                may_have_body = scope["method"] not in ("GET", "HEAD")
                if may_have_body and not 0 <= (head.content_length or -1) <= MAX_BODY_BYTES:
                    await app(scope, receive, send)
                    return
                body = await read_body(receive, head, MAX_BODY_BYTES)
            except BodyCutShort:
                return
            except RequestError:
                await app(scope, receive, send)
                return
            await self._pass_on(name, scope, body, receive, send)

        return passing

    async def answer_others(self, apps: Mapping[str, ASGIApp]) -> None:
        """Answer forwarded requests until cancelled.

        Args:
            apps: ours, by name.
        """

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with suppress(OSError, asyncio.IncompleteReadError):
                request = json.loads(await _read_part(reader, MAX_BODY_BYTES))
                body = await _read_part(reader, MAX_BODY_BYTES)
                status, headers, answered = await _answer(apps[request["app"]], request, body)
                head = {"status": status, "headers": _to_text(headers)}
                _write_parts(writer, json.dumps(head).encode(), answered)
                await writer.drain()
            writer.close()

        self._path.unlink(missing_ok=True)  # left by an earlier worker
        server = await asyncio.start_unix_server(answer, self._path)
        async with server:
            await server.serve_forever()

    async def _pass_on(
        self, name: str, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        request: dict[str, Any] = {each: scope.get(each) for each in _SENT}
        request |= {each: scope[each].decode("latin-1") for each in _SENT_BYTES}
        request |= {"app": name, "headers": _to_text(scope["headers"])}
        try:
            async with self._at_once, asyncio.timeout(ANSWER_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._path)
                try:
                    _write_parts(writer, json.dumps(request).encode(), body)
                    await writer.drain()
                    answer = json.loads(await _read_part(reader, MAX_ANSWER_BYTES))
                    answered = await _read_part(reader, MAX_ANSWER_BYTES)
                finally:
                    writer.close()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            log.warning("the first worker does not answer", reason=str(error))
            unavailable = error_answer(
                503,
                "M_UNKNOWN",
                "The process that has this is being replaced. Try again in a moment.",
                headers=[(b"retry-after", b"2")],
            )
            await unavailable(scope, receive, send)
            return
        headers = [
            (key.encode("latin-1"), value.encode("latin-1")) for key, value in answer["headers"]
        ]
        start = {"type": "http.response.start", "status": answer["status"], "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": answered})


async def _answer(
    app: ASGIApp, request: Mapping[str, Any], body: bytes
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body of an application's answer."""
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        **{each: request[each] for each in _SENT},
        **{each: request[each].encode("latin-1") for each in _SENT_BYTES},
        "client": None if request["client"] is None else tuple(request["client"]),
        "server": None if request["server"] is None else tuple(request["server"]),
        "root_path": "",
        "path": request["raw_path"],
        "headers": [
            (key.encode("latin-1"), value.encode("latin-1")) for key, value in request["headers"]
        ],
    }
    is_read = False
    status, headers, answered = 500, [], bytearray()

    async def receive() -> Message:
        nonlocal is_read
        if is_read:
            await asyncio.Event().wait()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message["headers"])
        else:
            answered.extend(message.get("body", b""))

    await app(scope, receive, send)
    return status, headers, bytes(answered)


def _to_text(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(key.decode("latin-1"), value.decode("latin-1")) for key, value in headers]


def _write_parts(writer: asyncio.StreamWriter, *parts: bytes) -> None:
    """Write parts, each after its length.

    Raises:
        OSError: the other side has gone.
    """
    if writer.is_closing():  # uvloop raises an error that is no OSError
        raise ConnectionResetError("the other worker has hung up")
    for part in parts:
        writer.write(len(part).to_bytes(_LENGTH_BYTES, "big"))
        writer.write(part)


async def _read_part(reader: asyncio.StreamReader, max_bytes: int) -> bytes:
    length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES), "big")
    if length > max_bytes:
        raise OSError(f"a part of {length:,} bytes is too long")
    return await reader.readexactly(length)
