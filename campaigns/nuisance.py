"""Source of bad traffic in its own process, so that it does not slow the measured clients."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from types import TracebackType
from typing import Any, Final, Self

import uvloop

from campaigns.flood_sources import (
    Names,
    Traffic,
    hostile_requests,
    large_requests,
    slow_clients,
    stranger_requests,
)
from campaigns.homeservers import make_homeservers
from campaigns.uploads import UPLOADS, upload
from campaigns.wire import Connection

CONNECTIONS: Final = 64
START_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Behaviour of a nuisance.

    Args:
        kind: a key of `KINDS`.
        count: how many requests, or clients.
        seconds: over how long a time the requests are spread.
        homeservers: how many the room has.
        port: the server's.
        key_port: the dead key server's.
        is_proxied: requests come through a proxy that says for whom.
    """

    kind: str
    count: int
    seconds: float
    homeservers: int
    port: int
    key_port: int
    is_proxied: bool = False


Prepared = Callable[[Counter[int]], Coroutine[Any, Any, None]]


class Nuisance:
    """A process that is a nuisance for as long as the block lasts; entered, it is prepared.

    Attributes:
        statuses: what it was answered, once the block is left.
    """

    def __init__(self, task: Task) -> None:
        context = get_context("spawn")
        self.statuses: Counter[int] = Counter()
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_run, args=(task, theirs), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        if not self._pipe.poll(START_SECONDS):
            raise TimeoutError("the nuisance does not start")
        self._pipe.recv()
        return self

    def begin(self) -> None:
        self._pipe.send("go")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pipe.send("stop")
        if self._pipe.poll(START_SECONDS):
            self.statuses = self._pipe.recv()
        self._process.join(5)
        self._process.kill()
        self._pipe.close()


def _run(task: Task, pipe: Pipe) -> None:
    work = KINDS[task.kind](task)
    pipe.send("ready")
    pipe.recv()
    statuses: Counter[int] = Counter()
    uvloop.run(_until_told(work, statuses, pipe))
    pipe.send(statuses)


async def _until_told(work: Prepared, statuses: Counter[int], pipe: Pipe) -> None:
    working = asyncio.ensure_future(work(statuses))
    while not pipe.poll():  # noqa: ASYNC110 - a pipe sets no event
        await asyncio.sleep(0.05)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def _sender(task: Task, requests: Iterator[bytes]) -> Prepared:
    """Return what sends requests, spread over the time, on connections of their own."""
    prepared = list(requests)
    pause = task.seconds / max(1, task.count)

    async def send(statuses: Counter[int]) -> None:
        start = time.perf_counter()
        waiting = iter(enumerate(prepared))

        async def work() -> None:
            connection = Connection(task.port)
            for number, request in waiting:
                await asyncio.sleep(max(0.0, start + number * pause - time.perf_counter()))
                answer = await connection.ask(request)
                statuses[answer.status] += 1
            connection.close()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    return send


def _traffic(task: Task) -> Traffic:
    return Traffic(make_homeservers(task.homeservers))


def _strangers(task: Task) -> Prepared:
    names = Names(task.key_port).hosts()
    return _sender(task, stranger_requests(_traffic(task), names, task.count))


def _strangers_of_our_network(task: Task) -> Prepared:
    names = Names(task.key_port).addresses()
    return _sender(task, stranger_requests(_traffic(task), names, task.count))


def _hostile(task: Task) -> Prepared:
    return _sender(task, hostile_requests(_traffic(task), task.count))


def _large(task: Task) -> Prepared:
    return _sender(task, large_requests(_traffic(task), task.count))


def _upload(task: Task) -> Prepared:
    def source(number: int) -> str:
        """Return an address in one of 200 networks of loopback."""
        return f"127.{20 + number % 200}.0.{1 + number // 200 % 250}"

    return lambda statuses: upload(
        task.kind, task.port, task.count, statuses, source=source, is_proxied=task.is_proxied
    )


def _slow(task: Task) -> Prepared:
    return lambda statuses: slow_clients(task.port, task.count, statuses)


KINDS: Final[dict[str, Callable[[Task], Prepared]]] = {
    "strangers": _strangers,
    "strangers of our network": _strangers_of_our_network,
    "hostile member": _hostile,
    "64 kB events": _large,
    "slow clients": _slow,
    **dict.fromkeys(UPLOADS, _upload),
}
