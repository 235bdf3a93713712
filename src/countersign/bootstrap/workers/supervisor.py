"""Supervisor: forks workers that share the sockets, and replaces those that end or hang.

It runs no event loop and no threads, so that what it forks begins with nothing half done; all that
a worker needs is imported before, and its memory is shared until it is changed.
"""

import gc
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

import structlog

from countersign.adapters.system import SystemClock
from countersign.adapters.worker_beats import BEAT_SECONDS, Beats, Watch
from countersign.basics.backoff import Backoff
from countersign.bootstrap.parts.places import Place
from countersign.bootstrap.parts.started import Started
from countersign.bootstrap.serving import run_in_place
from countersign.bootstrap.signals.early import signals_blocked, unblock_reloads
from countersign.bootstrap.workers.forking import fork_with_pipe
from countersign.bootstrap.workers.signals import in_words, signals_as_bytes
from countersign.config import Config
from countersign.protocol.errors import CountersignError
from countersign.web.http.turns import GONE

BACKOFF: Final = Backoff(first=1, longest=30)
"""Pauses before a worker is replaced that ended soon after its start, in seconds."""
CALM_SECONDS: Final = 10.0
"""A worker that ran for so long is replaced at once."""
STOP_SECONDS: Final = 20.0
"""Time that workers have to finish what they answer; more than they take as a rule."""
MAX_SILENT_LOOKS: Final = 30
"""Looks, one each second, without a sign of life of a worker after which it counts as hung.

An event loop may wait for a processor for seconds on a machine that is busy.
"""

_HEEDED: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
_BROKEN: Final = 70
"""Exit status of a worker that failed unexpectedly, as `sysexits.h` has it."""

log = structlog.get_logger()


class WorkerFailed(CountersignError):
    """A worker cannot start; it said itself why."""


@dataclass(slots=True)
class _Worker:
    """A worker in its place.

    Attributes:
        watch: finds out whether it hangs.
        pid: its process; None while there is none.
        began: when it was started, in monotonic seconds.
        started: what it said when it was ready; None before.
        failures: times in a row that it ended soon after its start.
        forks_failed: times in a row that the system gave us no process for it.
        due: when to start it, in monotonic seconds, if there is no process.
    """

    place: Place
    watch: Watch
    pid: int | None = None
    began: float = 0.0
    started: Started | None = None
    failures: int = 0
    forks_failed: int = 0
    due: float = 0.0


class Supervisor:
    """Keeps a worker in each place.

    Args:
        places: the places of the workers.
        first: the sockets of the first one alone.
        held: the descriptor by whose end workers know of ours.
        beats: signs of life of the workers.
        max_silent_looks: see `MAX_SILENT_LOOKS`.
    """

    def __init__(
        self,
        config: Config,
        places: list[Place],
        *,
        first: Mapping[str, socket.socket],
        held: int,
        beats: Beats,
        max_silent_looks: int,
    ) -> None:
        self._config = config
        self._first = first
        self._held = held
        self._workers = [
            _Worker(place, Watch(beats, place.number, most=max_silent_looks)) for place in places
        ]
        self._selector = selectors.DefaultSelector()
        self._clock = SystemClock()
        self._look_at = 0.0
        self._is_announced = False
        self._stop_by: float | None = None
        self._has_failed = False

    def run(self, announce: Callable[[Config, Started], None]) -> None:
        """Keep workers running until SIGTERM or SIGINT.

        Raises:
            WorkerFailed: one could not start at all.
        """
        gc.collect()
        gc.freeze()  # what is forked stays shared
        with signals_as_bytes(_HEEDED) as wakeup:
            unblock_reloads()
            self._selector.register(wakeup, selectors.EVENT_READ)
            while self._stop_by is None or any(each.pid for each in self._workers):
                if self._stop_by is None:
                    self._start_due()
                    self._look_for_hung()
                for key, _ in self._selector.select(self._pause_seconds()):
                    if key.fileobj is wakeup:
                        self._handle(wakeup.recv(4_096))
                    else:
                        self._hear(key.fd, key.data)
                if not self._is_announced and all(each.started for each in self._workers):
                    self._is_announced = True
                    first = self._workers[0].started
                    assert first is not None
                    announce(self._config, first)
                if self._stop_by is not None and self._clock.monotonic() >= self._stop_by:
                    log.error("workers did not stop in time and are ended")
                    self._signal(signal.SIGKILL)
                    self._stop_by = self._clock.monotonic() + STOP_SECONDS
        if self._has_failed:
            raise WorkerFailed("A worker could not start; what is wrong stands above.")

    def _pause_seconds(self) -> float:
        """Return the time until something is due."""
        times = [self._look_at, *(each.due for each in self._workers if each.pid is None)]
        if self._stop_by is not None:
            times = [self._stop_by]
        return max(0.0, min(times) - self._clock.monotonic())

    def _start_due(self) -> None:
        for worker in self._workers:
            if worker.pid is None and worker.due <= self._clock.monotonic():
                self._start(worker)

    def _start(self, worker: _Worker) -> None:
        """Start a worker; if that fails, retry later while the other workers run on."""
        worker.began = self._clock.monotonic()
        try:
            # Until the worker has handlers of its own, ours would swallow its signals.
            with signals_blocked(_HEEDED):
                pid, reader, writer = fork_with_pipe()
                if not pid:
                    self._be_worker(worker.place, reader, writer)
        except OSError as error:
            self._put_off(worker, error)
            return
        os.close(writer)
        worker.pid, worker.forks_failed = pid, 0
        worker.watch.begin()
        self._selector.register(reader, selectors.EVENT_READ, worker)

    def _look_for_hung(self) -> None:
        """End workers whose event loop has shown no sign of life for long; they are replaced."""
        if self._clock.monotonic() < self._look_at:
            return
        self._look_at = self._clock.monotonic() + BEAT_SECONDS
        for worker in self._workers:
            if worker.pid is not None and worker.watch.is_hung():
                log.error("a worker hangs and is ended", worker=worker.place.number, pid=worker.pid)
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)

    def _put_off(self, worker: _Worker, error: OSError) -> None:
        """Note that the system gives us no process now."""
        worker.forks_failed += 1
        pause_seconds = BACKOFF.seconds(worker.forks_failed)
        worker.due = worker.began + pause_seconds
        log.error(
            "no process can be started for a worker; look at the limits on processes and memory",
            worker=worker.place.number,
            reason=error.strerror,
            pause_seconds=pause_seconds,
        )

    def _be_worker(self, place: Place, reader: int, ready: int) -> NoReturn:
        """Answer requests in the process that was just forked, and end it."""
        status = _BROKEN
        try:
            os.close(reader)
            signal.set_wakeup_fd(-1)
            for number in _HEEDED:
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's, which is passed on
            # A reload waits until the worker can do it.
            signal.pthread_sigmask(signal.SIG_SETMASK, (signal.SIGHUP,))
            self._selector.close()
            os.close(self._held)
            if not place.is_first:
                for each in self._first.values():
                    each.close()
            structlog.contextvars.bind_contextvars(worker=place.number)
            assert place.turns is not None
            place.turns.note(0)

            def say_ready(_: Config, started: Started) -> None:
                os.write(ready, started.to_json())
                os.close(ready)

            run_in_place(self._config, say_ready, place)
            status = 0
        except CountersignError as error:
            sys.stderr.write(f"{error}\n")
            status = 1
        except BaseException:  # noqa: BLE001 - the process ends here, whatever it is
            traceback.print_exc()
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(status)

    def _handle(self, signals: bytes) -> None:
        for number in signals:
            if number == signal.SIGCHLD:
                self._reap()
            elif number == signal.SIGHUP:
                self._signal(signal.SIGHUP)
            elif self._stop_by is None:
                self._stop()

    def _stop(self) -> None:
        self._stop_by = self._clock.monotonic() + STOP_SECONDS
        self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> None:
        for worker in self._workers:
            if worker.pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, number)

    def _reap(self) -> None:
        """Record the workers that ended."""
        for worker in self._workers:
            if worker.pid is None:
                continue
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                worker.pid = None
                assert worker.place.turns is not None
                worker.place.turns.note(GONE)
                if self._stop_by is None:
                    self._replace(worker, pid, in_words(os.waitstatus_to_exitcode(status)))

    def _replace(self, worker: _Worker, pid: int, ending: str) -> None:
        """Schedule the restart of a worker, later if it ended soon after its start."""
        if not self._is_announced and worker.started is None:
            self._has_failed = True
            self._stop()
            return
        now = self._clock.monotonic()
        worker.failures = 0 if now - worker.began >= CALM_SECONDS else worker.failures + 1
        pause_seconds = BACKOFF.seconds(worker.failures) if worker.failures > 1 else 0
        worker.due = now + pause_seconds
        log.error(
            "a worker ended and is replaced",
            worker=worker.place.number,
            pid=pid,
            how=ending,
            pause_seconds=pause_seconds,
        )

    def _hear(self, reader: int, worker: _Worker) -> None:
        """Read a worker's message that it is ready; nothing if it ended before."""
        received = os.read(reader, 65_536)
        self._selector.unregister(reader)
        os.close(reader)
        if received:
            worker.started = Started.from_json(received)
            if self._is_announced:
                log.info("a worker is ready", worker=worker.place.number, pid=worker.pid)
