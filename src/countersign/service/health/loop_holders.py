"""Detection of code that holds the event loop for too long."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import Final

import structlog

from countersign.ports.metrics import Counter, Metrics

PROBE_SECONDS: Final = 0.05
"""Probe interval: longer holds are always detected, shorter ones only sometimes."""
HELD_SECONDS: Final = 0.010
LOG_AGAIN_SECONDS: Final = 60.0
MAX_PLACES: Final = 1_000
STACK_LINES: Final = 8
OUR_CODE: Final = Path(__file__).parents[2]
ELSEWHERE: Final = "elsewhere"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LoopHold:
    """One occasion on which the event loop was held.

    Attributes:
        stack: the innermost frames of our code, innermost first: `file:line in function`.
        package: the package of the innermost frame, such as `service.rooms`.
        seconds: the minimum duration.
    """

    stack: tuple[str, ...]
    package: str
    seconds: float


def held_counter(metrics: Metrics) -> Counter:
    """Return the metric that `watch_loop_holders` counts in."""
    return metrics.counter(
        "countersign_event_loop_held_total",
        "Times that one piece of work was found to hold the event loop for more than 10 ms.",
        package=(*sorted(_packages()), ELSEWHERE),
    )


async def watch_loop_holders(counter: Counter) -> None:
    """Log and count code that holds the running event loop, until cancelled."""
    logged: dict[str, float] = {}

    def note(hold: LoopHold) -> None:
        counter.inc(hold.package)
        place, now = hold.stack[0], asyncio.get_running_loop().time()
        if now < logged.get(place, float("-inf")) + LOG_AGAIN_SECONDS:
            return
        if len(logged) >= MAX_PLACES:
            logged.clear()
        logged[place] = now
        log.warning(
            "the event loop was held",
            place=place,
            milliseconds=round(1000 * hold.seconds),
            stack=list(hold.stack),
        )

    await sample_loop_holders(note)


async def sample_loop_holders(note: Callable[[LoopHold], None], our_code: Path = OUR_CODE) -> None:
    """Call `note` in the loop whenever one function of `our_code` held it, until cancelled."""
    sampler = _Sampler(asyncio.get_running_loop(), note, our_code)
    threads = ThreadPoolExecutor(1, "countersign-loop-watch")
    try:
        await asyncio.get_running_loop().run_in_executor(threads, sampler.run)
    finally:
        sampler.stop()
        threads.shutdown(wait=False)


class _Sampler:
    """A thread that probes the loop, and reads its stack if it does not answer in time."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, note: Callable[[LoopHold], None], our_code: Path
    ) -> None:
        self._loop = loop
        self._note = note
        self._our_code = f"{our_code}/"
        self._thread_id = threading.get_ident()
        # Plain locks: events are Python's own code, and this runs twenty times a second.
        self._stopped = threading.Lock()
        self._stopped.acquire()

    def stop(self) -> None:
        if self._stopped.locked():
            self._stopped.release()

    def run(self) -> None:
        while not self._is_stopped(PROBE_SECONDS):
            try:
                self._probe()
            except RuntimeError:  # the loop is closed
                return

    def _is_stopped(self, seconds: float) -> bool:
        """Wait for `seconds`; return True if the thread is to stop."""
        if not self._stopped.acquire(timeout=seconds):
            return False
        self._stopped.release()
        return True

    def _probe(self) -> None:
        alive = threading.Lock()
        alive.acquire()
        began = perf_counter()
        self._loop.call_soon_threadsafe(alive.release)
        if alive.acquire(timeout=HELD_SECONDS / 2):
            return
        before = self._our_frames()
        if not before or alive.acquire(timeout=HELD_SECONDS / 2):
            return
        now = self._our_frames()
        # Different places mean that the loop is busy with many short tasks.
        is_same = bool(now) and now[-1] is before[-1]
        stack = tuple(map(self._line, now[:STACK_LINES]))
        package = _package_of(stack[0]) if stack else ELSEWHERE
        del before, now  # they hold all that the functions know
        while not alive.acquire(timeout=1.0):
            if not self._stopped.locked():
                return
        if is_same:
            hold = LoopHold(stack, package, perf_counter() - began)
            self._loop.call_soon_threadsafe(self._note, hold)

    def _our_frames(self) -> list[FrameType]:
        """Return the frames of our code in the loop's thread, innermost first."""
        frames = []
        frame = sys._current_frames().get(self._thread_id)  # noqa: SLF001 - there is no other way
        while frame is not None:
            if frame.f_code.co_name == "run_server":
                break  # what started the loop holds nothing
            if frame.f_code.co_filename.startswith(self._our_code):
                frames.append(frame)
            frame = frame.f_back
        return frames

    def _line(self, frame: FrameType) -> str:
        file = frame.f_code.co_filename.removeprefix(self._our_code)
        return f"{file}:{frame.f_lineno} in {frame.f_code.co_name}"


def _packages() -> Iterator[str]:
    for folder in OUR_CODE.glob("*/"):
        if (folder / "__init__.py").exists():
            yield folder.name
            yield from (
                f"{folder.name}.{inner.parent.name}" for inner in folder.glob("*/__init__.py")
            )


def _package_of(line: str) -> str:
    folders = line.partition(":")[0].split("/")[:-1]
    return ".".join(folders[:2]) or ELSEWHERE
