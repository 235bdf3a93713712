"""Temporary faults, inflicted on a running server from outside."""

import resource
import shutil
import sqlite3
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from campaigns.server import Server

PROGRAM: Final = (sys.executable, "-m", "campaigns.faulty_program")
"""Countersign with a wall clock and a signer that files beside its settings can trouble."""

HOUR_MS: Final = 3_600_000
YEAR_MS: Final = 365 * 24 * HOUR_MS


class Fault(ABC):
    """One kind of trouble.

    Attributes:
        name: what it is called in the table.
        spares_memory_only: what the server has not answered since its start may go unanswered.
    """

    name: str
    spares_memory_only = False

    @contextmanager
    def inflicted(self, server: Server) -> Iterator[None]:
        """Inflict it for as long as the block lasts."""
        undo = self._begin(server)
        try:
            yield
        finally:
            self._end(server, undo)

    @abstractmethod
    def _begin(self, server: Server) -> object: ...

    @abstractmethod
    def _end(self, server: Server, undo: object) -> None: ...


class FailingInsert(Fault):
    """A trigger makes two of three decisions fail to be inserted."""

    name = "failing INSERT"

    def _begin(self, server: Server) -> object:
        _execute(
            server.database,
            "CREATE TRIGGER chaos BEFORE INSERT ON decisions WHEN abs(random()) % 3 > 0 "
            "BEGIN SELECT RAISE(ABORT, 'chaos'); END",
        )
        return None

    def _end(self, server: Server, undo: object) -> None:
        _execute(server.database, "DROP TRIGGER chaos")


class LockedDatabase(Fault):
    """Another process holds the database's write lock."""

    name = "locked database"

    def _begin(self, server: Server) -> object:
        driver = sqlite3.connect(server.database, timeout=10, isolation_level=None)
        driver.execute("BEGIN IMMEDIATE")
        return driver

    def _end(self, server: Server, undo: object) -> None:
        assert isinstance(undo, sqlite3.Connection)
        undo.execute("ROLLBACK")
        undo.close()


class FullDisk(Fault):
    """Let no file of the server grow: every write beyond its end fails, in the log as well."""

    name = "full disk"

    def _begin(self, server: Server) -> object:
        before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (8_192, before[1]))
        return before

    def _end(self, server: Server, undo: object) -> None:
        if server.is_running:
            assert isinstance(undo, tuple)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, undo)


class ClockJump(Fault):
    """The wall clock jumps there, and back afterwards."""

    def __init__(self, name: str, shift_ms: int) -> None:
        self.name = name
        self._shift_ms = shift_ms

    def _begin(self, server: Server) -> object:
        (server.folder / "clock-shift").write_text(str(self._shift_ms))
        return None

    def _end(self, server: Server, undo: object) -> None:
        (server.folder / "clock-shift").write_text("0")


class MissingDatabase(Fault):
    """The database's files are moved away, and back."""

    name = "missing database"
    spares_memory_only = True

    def _begin(self, server: Server) -> object:
        return [_moved(path) for path in _files(server.database)]

    def _end(self, server: Server, undo: object) -> None:
        for path in _files(server.database):
            path.unlink()
        assert isinstance(undo, list)
        for path in undo:
            path.rename(path.with_name(path.name.removesuffix(".away")))


class ReplacedDatabase(MissingDatabase):
    """Something that is no database is in its place."""

    name = "replaced database"

    def _begin(self, server: Server) -> object:
        undo = super()._begin(server)
        server.database.write_bytes(b"This is no database. " * 5_000)
        return undo


class DeletedLog(Fault):
    """Delete the write-ahead log for good."""

    name = "deleted log"

    def _begin(self, server: Server) -> object:
        server.database.with_name(f"{server.database.name}-wal").unlink()
        return None

    def _end(self, server: Server, undo: object) -> None: ...


class FailingSigner(Fault):
    """Make each new signature wrong by a bit."""

    name = "failing signer"
    spares_memory_only = True

    def _begin(self, server: Server) -> object:
        (server.folder / "signer-fails").touch()
        return None

    def _end(self, server: Server, undo: object) -> None:
        (server.folder / "signer-fails").unlink()


FAULTS: Final[tuple[Fault, ...]] = (
    FailingInsert(),
    LockedDatabase(),
    FullDisk(),
    ClockJump("clock +10 years", 10 * YEAR_MS),
    ClockJump("clock -10 years", -10 * YEAR_MS),
    ClockJump("clock +1 hour", HOUR_MS),
    ClockJump("clock -1 hour", -HOUR_MS),
    MissingDatabase(),
    ReplacedDatabase(),
    DeletedLog(),
    FailingSigner(),
)


def copy_database(database: Path, folder: Path) -> None:
    """Copy the files of a server that does not run, as a backup of its machine would."""
    folder.mkdir(exist_ok=True)
    for path in _files(database):
        shutil.copyfile(path, folder / path.name)


def restore_database(database: Path, folder: Path) -> None:
    """Put a copy in the place of what is there."""
    for path in _files(database):
        path.unlink()
    for path in folder.iterdir():
        path.rename(database.with_name(path.name))


def _execute(database: Path, statement: str) -> None:
    deadline = time.perf_counter() + 10
    while True:
        try:
            with closing(sqlite3.connect(database, timeout=5)) as driver, driver:
                driver.execute(statement)
        except sqlite3.OperationalError:
            if time.perf_counter() > deadline:
                raise
        else:
            return


def _files(database: Path) -> list[Path]:
    return sorted(
        path
        for suffix in ("", "-wal", "-shm")
        if (path := database.with_name(database.name + suffix)).exists()
    )


def _moved(path: Path) -> Path:
    return path.rename(path.with_name(path.name + ".away"))
