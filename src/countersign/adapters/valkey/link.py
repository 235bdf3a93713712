"""One connection to a Valkey or Redis server: operations out, replies in, never waited for long.

Operations of one tick of the event loop leave together. A server that does not reply in time, or
with an error, is left alone: whoever waits is told so at once, and the connection is made anew
in the background, ever more slowly.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Any, Final

import structlog

from countersign.adapters.valkey.calls import Call, Replied, SharedMemoryLost
from countersign.adapters.valkey.connections import (
    CONNECT_WITHIN_SECONDS,
    Connection,
    greetings,
    reason_of,
)
from countersign.adapters.valkey.resp import ErrorReply, Push, Reply, command
from countersign.basics.backoff import Backoff
from countersign.ports.shared_memory import SharedMemoryAddress

ANSWER_WITHIN_SECONDS: Final = 0.04
"""Time for a reply. Beyond it each process counts on its own: `/sign` may wait 50 ms in all."""
LAST_LOOK_SECONDS: Final = 0.002
"""Time in which what has arrived is read, before a reply is called late: our event loop may be."""
MAX_FAILED_OPERATIONS: Final = 10
"""Maximum number of operations that fail in a row before the server is left alone."""
BACKOFF: Final = Backoff(first=0.1, longest=2.0)
MAX_TOGETHER: Final = 64
"""Maximum number of operations in one call of the script: others' calls come in between."""
MAX_WAITING: Final = 20_000
_OF_ONE_OPERATION: Final = ("ERR", "WRONGTYPE")
"""Codes of errors that say nothing of other operations, as `OOM` and `READONLY` do."""
_MAX_REASON_CHARS: Final = 200

log = structlog.get_logger()


class ValkeyLink:
    """Runs one script on a server, and says whether the server can be relied upon.

    `run` connects, and connects anew; until it has, and whenever the connection is lost, `is_up` is
    False and every call fails at once.

    Args:
        address: of the server.
        script: what it runs.
        name: by which it lists our connection.
        probed: begins the keys of the operation that shows whether it does all that we need.
        probe: this operation.
        channel: what is published there is heard.
        tls: by which it is recognised; None without TLS.
        on_lost: told why, each time the server is lost, and when it is for another reason.
        on_up: told each time the server is there again.
    """

    def __init__(
        self,
        address: SharedMemoryAddress,
        *,
        script: str,
        name: str,
        probed: str,
        probe: bytes,
        channel: str,
        tls: ssl.SSLContext | None = None,
        on_lost: Callable[[str], None] = lambda reason: None,  # noqa: ARG005
        on_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = address
        self._script = script.encode()
        self._script_hash = sha1(self._script, usedforsecurity=False).hexdigest().encode()
        self._name = name
        self._probed = probed
        self._probe = probe
        self._channel = channel.encode()
        self._tls = tls
        self._on_lost = on_lost
        self._on_up = on_up
        self._connection: Connection | None = None
        self._in_flight: deque[Call] = deque()
        self._to_send: dict[str, list[tuple[bytes, Replied]]] = {}
        self._is_flush_due = False
        self._timer: asyncio.TimerHandle | None = None
        self._is_last_look = False
        self._failed_in_a_row = 0
        self.on_heard: Callable[[bytes], None] = lambda payload: None  # noqa: ARG005
        self.is_up = False
        self.trouble: str | None = "not connected yet"

    @property
    def is_busy(self) -> bool:
        """Something waits to be sent or replied to."""
        return bool(self._in_flight or self._to_send)

    def run_script(self, beginning: str, operation: bytes, replied: Replied) -> None:
        """Have the script run an operation, together with the others of this tick.

        Args:
            beginning: of all keys that it uses.
            operation: packed.
            replied: called with the reply, or with a `SharedMemoryLost`; must raise nothing.
        """
        if not self.is_up or len(self._in_flight) > MAX_WAITING:
            replied(SharedMemoryLost(self.trouble or "too much waits for the server"))
            return
        self._to_send.setdefault(beginning, []).append((operation, replied))
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def send(self, arguments: Sequence[bytes], replied: Replied) -> None:
        """Send any other command; otherwise as `run_script`."""
        if not self.is_up or len(self._in_flight) > MAX_WAITING:
            replied(SharedMemoryLost(self.trouble or "too much waits for the server"))
            return
        self._write([Call(command(arguments), (replied,), self._due_at())])

    def take(self, reply: Reply) -> None:
        """Give a reply to whoever waits for it; called by the connection."""
        if not self._in_flight:
            self.lose("it replied without being asked")
            return
        call = self._in_flight.popleft()
        if isinstance(reply, ErrorReply):
            self._take_error(call, reply)
            return
        if not call.is_script:
            call.replied[0](reply)
            return
        if not isinstance(reply, list) or len(reply) != len(call.replied):
            self._in_flight.appendleft(call)
            self.lose("it replied something else than was asked")
            return
        for replied, each in zip(call.replied, reply, strict=True):
            if isinstance(each, ErrorReply):
                self._failed(each)
                replied(SharedMemoryLost(each))
            else:
                self._failed_in_a_row = 0
                replied(each)

    def hear(self, pushed: Push) -> None:
        """Pass on what was published; called by the connection."""
        match pushed:
            case [b"message", _, bytes(payload)]:
                self.on_heard(payload)

    def lose(self, reason: str, *, is_told: bool = True) -> None:
        """Leave the server alone until it is found again, and tell all who wait."""
        connection, self._connection = self._connection, None
        was_up, self.is_up = self.is_up, False
        before = self.trouble
        self.trouble = "".join(filter(str.isprintable, reason))[:_MAX_REASON_CHARS]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting = [replied for call in self._in_flight for replied in call.replied]
        waiting += [replied for each in self._to_send.values() for _, replied in each]
        self._in_flight.clear()
        self._to_send.clear()
        if connection is not None:
            connection.let_go()
        if is_told and (was_up or self.trouble != before):
            self._on_lost(self.trouble)
        for replied in waiting:
            replied(SharedMemoryLost(self.trouble))

    async def run(self) -> None:
        """Connect, and connect anew whenever the server was lost, until cancelled."""
        failures = 0
        try:
            while True:
                connection = await self._connect()
                if connection is not None:
                    failures = 0
                    await connection.lost
                failures += 1
                await asyncio.sleep(BACKOFF.seconds(failures))
        finally:
            self.lose("this process ends", is_told=False)

    async def _connect(self) -> Connection | None:
        """Return the connection once the script ran over it; None if it does not."""
        address = self._address
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_WITHIN_SECONDS):
                _, connection = await loop.create_connection(
                    lambda: Connection(self),
                    address.host,
                    address.port,
                    ssl=self._tls,
                    server_hostname=address.host if self._tls else None,
                )
                self._connection = connection
                *asked, subscribing = greetings(address, self._name, self._script, self._channel)
                for arguments in asked:
                    await self._ask(command(arguments))
                connection.send(command(subscribing))
                await self._ask(self._call_of(self._probed, [self._probe]), is_script=True)
        except SharedMemoryLost as error:
            self.lose(str(error))
            return None
        except (OSError, ssl.SSLError, TimeoutError) as error:
            self.lose(reason_of(error))
            return None
        self.is_up, self.trouble = True, None
        self._on_up()
        return connection

    async def _ask(self, sent: bytes, *, is_script: bool = False) -> Any:
        """Return the reply to one command of the greeting."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def replied(reply: Any) -> None:
            if not future.done():
                future.set_result(reply)

        self._write([Call(sent, (replied,), self._due_at(), is_script)])
        reply = await future
        if isinstance(reply, SharedMemoryLost):
            raise reply
        return reply

    def _flush(self) -> None:
        self._is_flush_due = False
        due_at = self._due_at()
        calls = []
        for beginning, waiting in self._to_send.items():
            for first in range(0, len(waiting), MAX_TOGETHER):
                together = waiting[first : first + MAX_TOGETHER]
                sent = self._call_of(beginning, [operation for operation, _ in together])
                waiting_for = tuple([replied for _, replied in together])
                calls.append(Call(sent, waiting_for, due_at, is_script=True))
        self._to_send.clear()
        if calls:
            self._write(calls)

    def _call_of(self, beginning: str, operations: Sequence[bytes]) -> bytes:
        return command([b"EVALSHA", self._script_hash, b"1", beginning.encode(), *operations])

    def _write(self, calls: Sequence[Call]) -> None:
        if self._connection is None:
            for call in calls:
                for replied in call.replied:
                    replied(SharedMemoryLost(self.trouble or "not connected"))
            return
        self._in_flight.extend(calls)
        self._connection.send(b"".join([call.sent for call in calls]))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(calls[0].due_at, self._look_at_time)

    def _due_at(self) -> float:
        return asyncio.get_running_loop().time() + ANSWER_WITHIN_SECONDS

    def _look_at_time(self) -> None:
        self._timer = None
        if not self._in_flight:
            return
        loop = asyncio.get_running_loop()
        due_at = self._in_flight[0].due_at
        if due_at > loop.time():
            self._is_last_look = False
            self._timer = loop.call_at(due_at, self._look_at_time)
        elif not self._is_last_look:
            self._is_last_look = True
            self._timer = loop.call_later(LAST_LOOK_SECONDS, self._look_at_time)
        else:
            self._is_last_look = False
            self.lose(f"it did not reply within {ANSWER_WITHIN_SECONDS * 1_000:.0f} ms")

    def _take_error(self, call: Call, error: ErrorReply) -> None:
        by_hash = command([b"EVALSHA", self._script_hash]).partition(b"\r\n")[2]
        if error.code == "NOSCRIPT" and by_hash in call.sent:
            # It forgot the script, as SCRIPT FLUSH and a restart have it do. Nothing of it ran.
            whole = command([b"EVAL", self._script]).partition(b"\r\n")[2]
            self._write([call._replace(sent=call.sent.replace(by_hash, whole, 1))])
            return
        self._in_flight.appendleft(call)
        self.lose(f"it replied: {error}")

    def _failed(self, error: ErrorReply) -> None:
        self._failed_in_a_row += 1
        if error.code not in _OF_ONE_OPERATION or self._failed_in_a_row > MAX_FAILED_OPERATIONS:
            self._failed_in_a_row = 0
            self.lose(f"it replied: {error}")
        elif self.is_up:
            log.warning("an operation on shared counters failed", reason=error[:_MAX_REASON_CHARS])
