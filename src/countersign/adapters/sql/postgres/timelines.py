"""Detection of a PostgreSQL server that took over from another one."""

import asyncio
import threading
from collections.abc import Callable
from typing import Final

import asyncpg

_TIMELINE: Final = "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
"""Hexadecimal digits; the server begins a new timeline when a standby is promoted."""


class Timelines:
    """Compares the timeline of each new connection with that of the last one. For all threads.

    A standby that is promoted begins a new timeline, and may lack what was committed last. So does
    a server that was restored from a backup.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_change: Callable[[], None] = lambda: None
        self.changes = 0
        """The number of changes so far."""

    def listen(self, on_change: Callable[[], None]) -> None:
        """Call `on_change` in the present event loop after each change."""
        self._loop, self._on_change = asyncio.get_running_loop(), on_change

    async def look(self, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Compare the timeline of a server that accepts writes.

        Raises:
            OSError, TimeoutError: the connection was lost.
        """
        try:
            timeline = await driver.fetchval(_TIMELINE)
        except asyncpg.PostgresError:
            return  # services that do not replicate by PostgreSQL's log may not tell
        with self._lock:
            known, self._known = self._known, timeline
            if known is None or known == timeline:
                return
            if self._loop is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._on_change)
            self.changes += 1
