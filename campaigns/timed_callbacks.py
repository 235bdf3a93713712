"""`countersign` on an event loop that records the cost of each callback.

Every callback of the event loop is timed by the CPU time of the loop's thread, which other
processes hardly change. Those of more than `NOTED_MS` are written to the file that the environment
variable `CALLBACKS_FILE` names, one JSON object a line: `cpu_ms`; `gc_ms`, the part of it that went
into garbage collection; and `place`, the innermost line of our code that was seen most often while
it ran. The loop is asyncio's own in place of uvloop, whose callbacks cannot be looked at. The rest
is the real program: `python -m campaigns.timed_callbacks serve --config FILE`.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import time
from collections import Counter
from io import FileIO
from pathlib import Path
from typing import Any, Final

import uvloop

import countersign
from countersign.cli.main import main

CALLBACKS_FILE: Final = "CALLBACKS_FILE"
NOTED_MS: Final = 4.0
SAMPLE_SECONDS: Final = 0.001
SAMPLED_AFTER_SECONDS: Final = 0.002
OUR_CODE: Final = f"{Path(countersign.__file__).parent}/"


class TimedCallbacks:
    """Times the callbacks of the event loop that runs in the current thread."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._thread_id = threading.get_ident()
        self._began_at: float | None = None
        self._seen: Counter[str] = Counter()
        self._gc_began = 0.0
        self._gc_seconds = 0.0
        self._run = asyncio.Handle._run  # noqa: SLF001 - there is no other way

    def install(self) -> None:
        """Time all callbacks from now on."""
        timed = self

        def run(handle: asyncio.Handle) -> None:
            timed.run(handle)

        asyncio.Handle._run = run  # type: ignore[method-assign] # noqa: SLF001
        gc.callbacks.append(self._note_collection)
        threading.Thread(target=self._sample, daemon=True).start()

    def run(self, handle: asyncio.Handle) -> None:
        """Run one callback."""
        self._gc_seconds = 0.0
        self._began_at = time.perf_counter()
        began = time.thread_time()
        try:
            self._run(handle)
        finally:
            cpu_ms = 1000 * (time.thread_time() - began)
            self._began_at = None
            if cpu_ms >= NOTED_MS:
                self._write(cpu_ms, handle)
            if self._seen:
                self._seen = Counter()

    def _write(self, cpu_ms: float, handle: asyncio.Handle) -> None:
        # A copy, since the other thread may add to it.
        seen = Counter(dict(self._seen)).most_common(1)
        place = seen[0][0] if seen else repr(handle)[:300]
        noted = {
            "cpu_ms": round(cpu_ms, 2),
            "gc_ms": round(1000 * self._gc_seconds, 2),
            "place": place,
        }
        self._file.write(json.dumps(noted).encode() + b"\n")

    def _note_collection(self, phase: str, _: dict[str, int]) -> None:
        if threading.get_ident() != self._thread_id:
            return
        if phase == "start":
            self._gc_began = time.thread_time()
        else:
            self._gc_seconds += time.thread_time() - self._gc_began

    def _sample(self) -> None:
        while True:
            time.sleep(SAMPLE_SECONDS)
            began_at = self._began_at
            if began_at is None or time.perf_counter() - began_at < SAMPLED_AFTER_SECONDS:
                continue
            place = self._place()
            if self._began_at == began_at and place is not None:
                self._seen[place] += 1

    def _place(self) -> str | None:
        frame: Any = sys._current_frames().get(self._thread_id)  # noqa: SLF001
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(OUR_CODE):
                return f"{file.removeprefix(OUR_CODE)}:{frame.f_lineno} {frame.f_code.co_name}"
            frame = frame.f_back
        return None


def _time_callbacks(file: Path) -> None:
    callbacks = file.open("ab", buffering=0)

    def run(coroutine: Any) -> Any:
        sys.setswitchinterval(SAMPLE_SECONDS)
        TimedCallbacks(callbacks).install()
        return asyncio.run(coroutine)

    uvloop.run = run  # type: ignore[assignment]


if __name__ == "__main__":
    _time_callbacks(Path(os.environ[CALLBACKS_FILE]))
    main()
