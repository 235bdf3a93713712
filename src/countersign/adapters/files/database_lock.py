"""Lock of a SQLite database: one server at a time works with it.

Servers with settings of their own can name one database. Each would follow its rooms, count and
deliver on its own, and miss what is changed at the other.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from countersign.adapters.files.file_owners import open_private_file
from countersign.adapters.files.server_locks import lock_for_server
from countersign.basics.os_reasons import reason_of
from countersign.protocol.errors import CountersignError


class DatabaseInUse(CountersignError):
    """Another server works with the database; the message says what to do."""


@contextmanager
def locked_database(database: Path) -> Iterator[None]:
    """Lock a database for one server in a `with` block; the system unlocks it after a crash.

    Raises:
        DatabaseInUse: another server works with it, or the lock cannot be written.
    """
    # Not on the database itself: SQLite has locks of its own there, which closing it would drop.
    lock = _lock_of(database)
    try:
        descriptor = open_private_file(lock, os.O_RDWR)
    except OSError as error:
        raise DatabaseInUse(f"{lock} cannot be written: {reason_of(error)}") from error
    try:
        if not lock_for_server(descriptor):
            raise _in_use(database)
        yield
    finally:
        os.close(descriptor)


def require_free(database: Path) -> None:
    """Check that no server works with a database; nothing is changed.

    Raises:
        DatabaseInUse: one does.
    """
    # Without a lock, or the right to read it, nobody is known to.
    with suppress(OSError), _lock_of(database).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _in_use(database) from None


def _lock_of(database: Path) -> Path:
    database = database.resolve()  # a link leads to the same database
    return database.with_name(f"{database.name}-lock")


def _in_use(database: Path) -> DatabaseInUse:
    return DatabaseInUse(
        f"Another server works with the database {database}, by settings of its own. A SQLite "
        "database serves one server: use that one's settings, stop it, or name another database."
    )
