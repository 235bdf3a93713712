"""Supervisor: opens the sockets once, starts workers that share them, replaces those that end."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from mmap import mmap
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import structlog

from countersign.adapters.files.admin_files import AdminAddress, ensure_token
from countersign.adapters.system import SystemRandomness
from countersign.basics.backoff import Backoff
from countersign.bootstrap.own_process import configure_logs_of
from countersign.bootstrap.parts.places import ADMIN
from countersign.bootstrap.serving import Started
from countersign.bootstrap.start_checks import read_startable
from countersign.bootstrap.workers.listening import open_sockets
from countersign.bootstrap.workers.orders import InheritedSocket, Orders
from countersign.config import Config, ConfigError, read_config
from countersign.protocol.errors import CountersignError
from countersign.web.http.turns import GONE, NUMBER, Turns

BACKOFF: Final = Backoff(first=1, longest=30)
"""Pauses before a worker is replaced that ended soon after its start, in seconds."""
CALM_SECONDS: Final = 10.0
"""A worker that ran for so long is replaced at once."""
STOP_SECONDS: Final = 20.0
"""Time that workers have to finish what they answer; more than they take as a rule."""

WORKER: Final = "countersign.bootstrap.workers.worker"
_Sockets = Mapping[str, socket.socket]

log = structlog.get_logger()


class WorkerFailed(CountersignError):
    """A worker cannot start; it said itself why."""


def workers_of(config_file: Path, wanted: int | None) -> int:
    """Return how many processes are to answer.

    Args:
        config_file: the settings.
        wanted: by the command line; None for as many as the settings say.

    Raises:
        ConfigError: the settings have a database that is one process's alone.
    """
    try:
        config = read_config(config_file)
    except ConfigError:
        return wanted or 1  # the start says it, and all else that is wrong
    if wanted is not None and wanted > 1 and not config.is_database_shared:
        raise ConfigError(
            f"{config.file}: {wanted} workers can't share a SQLite database, which one process"
            " writes to. Name a PostgreSQL database, or leave --workers out."
        )
    return wanted or config.workers


def run_supervised(
    config_file: Path, workers: int, *, announce: Callable[[Config, Started], None]
) -> None:
    """Run a server of several processes until SIGTERM or SIGINT.

    Args:
        config_file: the settings.
        workers: the number of processes that answer.
        announce: told once that all of them are ready.

    Raises:
        CountersignError: it cannot start; says why and what to do.
    """
    config = read_startable(config_file)
    configure_logs_of(config)
    with ExitStack() as stack:
        admin_address = AdminAddress.claim(config.admin_address_file)
        stack.callback(admin_address.release)
        ensure_token(config.path(config.admin.token_file), SystemRandomness())
        shared, first = open_sockets(config, stack)
        host, port = first[ADMIN].getsockname()[:2]
        admin_address.write(host, port)
        pages = stack.enter_context(TemporaryDirectory(prefix="countersign-"))
        supervisor = _Supervisor(
            config,
            config_file,
            workers,
            process=admin_address.process_name,
            shared=shared,
            first=first,
            pages=pages,
            stack=stack,
        )
        asyncio.run(supervisor.run(announce))


class _Supervisor:
    """Workers, each in its place."""

    def __init__(
        self,
        config: Config,
        config_file: Path,
        workers: int,
        *,
        process: str,
        shared: _Sockets,
        first: _Sockets,
        pages: str,
        stack: ExitStack,
    ) -> None:
        self._config = config
        self._config_file = config_file
        self._workers = workers
        self._process = process
        self._shared = shared
        self._first = first
        self._pages = pages
        self._counts = os.memfd_create("countersign-connections")
        stack.callback(os.close, self._counts)
        os.ftruncate(self._counts, workers * NUMBER.size)
        counts = mmap(self._counts, workers * NUMBER.size)
        self._turns = [Turns(counts, number) for number in range(workers)]
        # Nothing is ever written to it: it ends when this process does.
        self._alive, held = os.pipe()
        stack.callback(os.close, self._alive)
        stack.callback(os.close, held)
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._is_stopping = asyncio.Event()
        self._is_announced = False

    async def run(self, announce: Callable[[Config, Started], None]) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._is_stopping.set)
        loop.add_signal_handler(signal.SIGHUP, self._pass_on, signal.SIGHUP)
        ready: list[asyncio.Future[Started]] = [loop.create_future() for _ in self._turns]
        keeping = [
            asyncio.create_task(self._keep(number, ready[number]))
            for number in range(self._workers)
        ]
        stopping = asyncio.create_task(self._is_stopping.wait())
        all_ready = asyncio.gather(*ready)
        awaited: list[asyncio.Future[Any]] = [all_ready, stopping, *keeping]
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            if all_ready.done() and not all_ready.cancelled():
                announce(self._config, all_ready.result()[0])
                self._is_announced = True
                await asyncio.wait(awaited[1:], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._is_stopping.set()
            all_ready.cancel()
            await self._stop(keeping)
            stopping.cancel()
        for task in keeping:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _keep(self, number: int, ready: "asyncio.Future[Started]") -> None:
        """Have a worker run in its place until the server stops."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._is_stopping.is_set():
            began = loop.time()
            process, reader = await self._start(number)
            self._running[number] = process
            reading = asyncio.create_task(self._hear(reader, number, ready))
            status = await process.wait()
            del self._running[number]
            self._turns[number].note(GONE)
            reading.cancel()
            if self._is_stopping.is_set():
                return
            if not self._is_announced and not ready.done():
                raise WorkerFailed(f"Worker {number} did not start; it said above why.")
            failures = 0 if loop.time() - began >= CALM_SECONDS else failures + 1
            pause_seconds = BACKOFF.seconds(failures) if failures > 1 else 0
            log.error(
                "a worker ended and is replaced",
                worker=number,
                pid=process.pid,
                how=_in_words(status),
                pause_seconds=pause_seconds,
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_seconds):
                    await self._is_stopping.wait()

    async def _start(self, number: int) -> tuple[asyncio.subprocess.Process, int]:
        """Start a worker; return its process, and the descriptor that says that it is ready."""
        reader, writer = os.pipe()
        sockets = {**self._shared, **(self._first if number == 0 else {})}
        orders = Orders(
            number=number,
            process=self._process if number == 0 else f"{self._process}/{number}",
            sockets=tuple(
                InheritedSocket(served, each.fileno()) for served, each in sockets.items()
            ),
            counts=self._counts,
            workers=self._workers,
            alive=self._alive,
            ready=writer,
            pages=self._pages,
        )
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                WORKER,
                str(self._config_file),
                msgspec.json.encode(orders).decode(),
                pass_fds=(
                    self._counts,
                    self._alive,
                    writer,
                    *(each.fileno() for each in sockets.values()),
                ),
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        return process, reader

    async def _hear(self, reader: int, number: int, ready: "asyncio.Future[Started]") -> None:
        """Wait for the line by which a worker says that it is ready."""
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reader, "rb")
        )
        try:
            line = await stream.readline()
        finally:
            transport.close()
        if not line:
            return
        if not ready.done():
            ready.set_result(msgspec.json.decode(line, type=Started))
        elif self._is_announced:
            log.info("a worker is ready", worker=number)

    def _pass_on(self, number: int) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.send_signal(number)

    async def _stop(self, keeping: "list[asyncio.Task[None]]") -> None:
        """Have all workers finish what they answer; end those that do not."""
        self._pass_on(signal.SIGTERM)
        _, late = await asyncio.wait(keeping, timeout=STOP_SECONDS)
        if late:
            log.error("workers did not stop in time and are ended", workers=sorted(self._running))
            self._pass_on(signal.SIGKILL)
            await asyncio.wait(late)


def _in_words(status: int) -> str:
    """Return how a process ended."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
