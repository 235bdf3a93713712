"""Client of a Valkey or Redis server: sends operations in batches, with short time limits.

Operations of one round of the event loop are sent in one call; those that come meanwhile are sent
in the next. A server that does not reply in time, or replies with an error, is *lost*: every
operation fails at once, and the client reconnects in the background with growing pauses.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from valkey.exceptions import ResponseError, ValkeyError

from countersign.adapters.valkey.calls import (
    OnReply,
    SharedMemoryLost,
    Waiting,
    call_function,
    call_without_reply,
    check_server,
    run_commands,
    too_slow,
)
from countersign.adapters.valkey.connections import (
    CONNECT_WITHIN_SECONDS,
    OF_ONE_OPERATION,
    code_of,
    make_connection,
    reason_of,
)
from countersign.adapters.valkey.scripts import Library
from countersign.adapters.valkey.streams import Command, ReplyStream
from countersign.basics.backoff import Backoff
from countersign.ports.shared_memory import SharedMemoryAddress

ANSWER_WITHIN_SECONDS: Final = 0.04
"""Time limit for a reply; after it each process counts on its own. `/sign` may wait for 50 ms."""
LAST_LOOK_SECONDS: Final = 0.002
"""Time for reading what has arrived before a reply counts as late: the event loop may be late."""
MAX_FAILED_OPERATIONS: Final = 10
"""Number of operations that may fail in a row; after one more the server counts as lost."""
BACKOFF: Final = Backoff(first=0.1, longest=1.0)
STEADY_SECONDS: Final = 10.0
"""Time without a loss after which the next loss is the first in a row."""
MAX_BATCH: Final = 64
"""Maximum number of operations in one call, so that other processes do not wait for long."""
MAX_WAITING: Final = 20_000
_MAX_REASON_CHARS: Final = 200

log = structlog.get_logger()


class ValkeyClient:
    """Calls one function on a server, and publishes and receives messages.

    `run` keeps the connection. Before it has connected, and while the server is lost, `is_up` is
    False and every operation fails at once.

    Args:
        address: the server's address.
        library: the library with the function that runs operations.
        name: the name of our connections in the server's list of clients.
        probe_prefix: the prefix of the keys of `probe`.
        probe: an operation that fails unless the server supports all that we need.
        channel: the channel for messages.
        tls: verifies the server's certificate; None without TLS.
        on_lost: called with the reason when the server is lost, or stays so for another reason.
        on_up: called after each successful connection.
    """

    def __init__(
        self,
        address: SharedMemoryAddress,
        *,
        library: Library,
        name: str,
        probe_prefix: str,
        probe: bytes,
        channel: str,
        tls: ssl.SSLContext | None = None,
        on_lost: Callable[[str], None] = lambda reason: None,  # noqa: ARG005
        on_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = address
        self._library = library
        self._name = name
        self._probe = (probe_prefix.encode(), probe)
        self._channel = channel.encode()
        self._tls = tls
        self._on_lost = on_lost
        self._on_up = on_up
        self._waiting: deque[Waiting] = deque()
        self._in_flight: list[Waiting] = []
        self._to_publish: list[bytes] = []
        self._publishing_due_at: float | None = None
        self._has_work = asyncio.Event()
        self._is_lost = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._is_last_look = False
        self._skips_replies = False
        self._failed_in_a_row = 0
        self.on_message: Callable[[bytes], None] = lambda payload: None  # noqa: ARG005
        self.is_up = False
        self.trouble: str | None = "not connected yet"

    @property
    def is_busy(self) -> bool:
        """True while operations or messages wait to be sent, or for a reply."""
        is_publishing = self._publishing_due_at is not None
        return bool(self._in_flight or self._waiting or self._to_publish or is_publishing)

    def run_operation(
        self, key_prefix: str, operation: bytes, on_reply: OnReply | None = None
    ) -> None:
        """Run an operation on the server, in one call with others of this round of the loop.

        Args:
            key_prefix: the prefix of all keys that it uses.
            operation: the packed operation.
            on_reply: called with the reply, or with a `SharedMemoryLost`; must not raise. None if
                no reply is needed; the server sends none if no operation of the call needs one.
        """
        due_at = asyncio.get_running_loop().time() + ANSWER_WITHIN_SECONDS
        waiting = Waiting(key_prefix.encode(), operation, on_reply, due_at)
        if not self.is_up or len(self._waiting) > MAX_WAITING:
            waiting.report_lost(self.trouble or "too much waits for the server")
            return
        self._waiting.append(waiting)
        self._begin()

    def publish(self, payload: bytes) -> None:
        """Publish a message on the channel; while the server is lost, nobody receives it."""
        if self.is_up:
            self._to_publish.append(payload)
            self._begin()

    async def run(self) -> None:
        """Connect, and reconnect whenever the server is lost, until cancelled."""
        loop, failures = asyncio.get_running_loop(), 0
        try:
            while True:
                began = loop.time()
                await self._stay_connected()
                failures = 1 if loop.time() - began > STEADY_SECONDS else failures + 1
                await asyncio.sleep(BACKOFF.seconds(failures))
        finally:
            self._lose("this process ends", is_told=False)

    async def _stay_connected(self) -> None:
        """Connect, and return once the server is lost; return at once if it cannot be reached."""
        calling, listening = [
            ReplyStream(make_connection(self._address, name=self._name, tls=self._tls))
            for _ in range(2)
        ]
        self._is_lost.clear()
        tasks: list[asyncio.Task[Any]] = []
        try:
            async with asyncio.timeout(CONNECT_WITHIN_SECONDS):
                await self._connect(calling, listening)
            self.is_up, self.trouble = True, None
            self._on_up()
            works = (self._call(calling), self._listen(listening), self._is_lost.wait())
            tasks += [asyncio.ensure_future(work) for work in works]
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not self._is_lost.is_set():
                ended.pop().result()
        except TimeoutError:
            self._lose(f"it did not answer within {CONNECT_WITHIN_SECONDS:.0f} seconds")
        except SharedMemoryLost as error:
            self._lose(str(error))
        except (ValkeyError, OSError, ValueError) as error:
            self._lose(reason_of(error))
        finally:
            for task in tasks:
                task.cancel()
            for connection in (calling, listening):
                await connection.disconnect()  # does not wait
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _connect(self, calling: ReplyStream, listening: ReplyStream) -> None:
        await calling.connect()
        self._skips_replies = await check_server(
            calling, self._library, *self._probe, within_seconds=ANSWER_WITHIN_SECONDS
        )
        await listening.connect()
        await run_commands(listening, [(b"SUBSCRIBE", self._channel)])

    async def _listen(self, connection: ReplyStream) -> None:
        """Pass on messages of other processes until the connection ends."""
        while True:
            match await connection.read_response():
                case [b"message", _, bytes(payload)]:
                    self.on_message(payload)

    async def _call(self, connection: ReplyStream) -> None:
        """Send what waits, batch by batch, until the connection ends."""
        while True:
            await self._has_work.wait()
            to_publish = self._take_what_to_publish()
            if self._waiting:
                await self._run_batch(connection, to_publish)
            elif to_publish:
                await run_commands(connection, to_publish)
            self._publishing_due_at = None
            if not (self._waiting or self._to_publish):
                self._has_work.clear()

    def _take_what_to_publish(self) -> list[Command]:
        payloads, self._to_publish = self._to_publish, []
        if payloads:
            self._publishing_due_at = asyncio.get_running_loop().time() + ANSWER_WITHIN_SECONDS
            self._watch()
        return [(b"PUBLISH", self._channel, payload) for payload in payloads]

    async def _run_batch(self, connection: ReplyStream, to_publish: Sequence[Command]) -> None:
        number = min(len(self._waiting), MAX_BATCH)
        self._in_flight = batch = [self._waiting.popleft() for _ in range(number)]
        arguments = *[each.key_prefix for each in batch], *[each.operation for each in batch]
        is_asked = to_publish or any(each.on_reply for each in batch)
        if self._skips_replies and not is_asked:
            await call_without_reply(connection, self._library, *arguments)
            self._in_flight = []
            return
        replies = await call_function(connection, self._library, *arguments, behind=to_publish)
        if not isinstance(replies, list) or len(replies) != len(batch):
            self._lose("it replied something else than was asked")
            return
        self._in_flight = []
        for waiting, reply in zip(batch, replies, strict=True):
            if isinstance(reply, ResponseError):
                self._note_failure(reply)
                waiting.report_lost(str(reply))
            else:
                self._failed_in_a_row = 0
                if waiting.on_reply is not None:
                    waiting.on_reply(reply)

    def _begin(self) -> None:
        self._has_work.set()
        self._watch()

    def _watch(self) -> None:
        """Start the timer for the next reply that is due, unless it runs."""
        if self._timer is None and (due_at := self._find_due()) is not None:
            self._timer = asyncio.get_running_loop().call_at(due_at, self._look_at_time)

    def _find_due(self) -> float | None:
        first = self._in_flight or self._waiting
        due = [first[0].due_at] if first else []
        if self._publishing_due_at is not None:
            due.append(self._publishing_due_at)
        return min(due, default=None)

    def _look_at_time(self) -> None:
        self._timer = None
        was_last_look, self._is_last_look = self._is_last_look, False
        due_at = self._find_due()
        if due_at is None:
            return
        loop = asyncio.get_running_loop()
        if due_at > loop.time():
            self._timer = loop.call_at(due_at, self._look_at_time)
        elif not was_last_look:
            self._is_last_look = True
            self._timer = loop.call_later(LAST_LOOK_SECONDS, self._look_at_time)
        else:
            self._lose(too_slow(ANSWER_WITHIN_SECONDS))

    def _note_failure(self, error: ResponseError) -> None:
        self._failed_in_a_row += 1
        if code_of(error) not in OF_ONE_OPERATION or self._failed_in_a_row > MAX_FAILED_OPERATIONS:
            self._failed_in_a_row = 0
            self._lose(reason_of(error))
        elif self.is_up:
            reason = str(error)[:_MAX_REASON_CHARS]
            log.warning("an operation on shared counters failed", reason=reason)

    def _lose(self, reason: str, *, is_told: bool = True) -> None:
        """Mark the server as lost, and fail all waiting operations."""
        was_up, self.is_up = self.is_up, False
        before = self.trouble
        self.trouble = "".join(filter(str.isprintable, reason))[:_MAX_REASON_CHARS]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting: Sequence[Waiting] = [*self._in_flight, *self._waiting]
        self._in_flight = []
        self._waiting.clear()
        self._to_publish.clear()
        self._publishing_due_at = None
        self._has_work.clear()
        self._is_lost.set()
        if is_told and (was_up or self.trouble != before):
            self._on_lost(self.trouble)
        for each in waiting:
            each.report_lost(self.trouble)
