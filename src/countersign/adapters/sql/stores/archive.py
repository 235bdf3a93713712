"""Archive in a SQLite file of its own, with each event compressed by itself.

It is apart from the decisions, so that a full disk or an error affects only the archive. Each event
is a row, so that one person's events can be deleted.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.database_files import make_private_file
from countersign.adapters.sql.errors import translated
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.scrubbing import MAX_REBUILT_BYTES, scrub
from countersign.adapters.sql.stores.archive_rows import (
    exported_row,
    from_row,
    judgement_names,
    to_row,
)
from countersign.ports.stores.archive import ArchivedEvent
from countersign.ports.stores.personal_data import MAX_EXPORTED

_PATIENCE_MS: Final = 2_000
_ROWS_AT_ONCE: Final = 500


class SqliteArchive:
    """Implements `ports.stores.archive.ArchiveStore`.

    Args:
        path: the file; it is created with the first event, readable by its owner only.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    async def add(self, events: Sequence[ArchivedEvent]) -> None:
        await asyncio.to_thread(self._add, events)

    async def forget_before(self, ts: int) -> int:
        return await asyncio.to_thread(self._delete, "forget_archived_before", {"ts": ts})

    async def purge(self, *, sender: str | None = None, room_id: str | None = None) -> int:
        values = {"sender": sender, "room_id": room_id}
        return await asyncio.to_thread(self._delete, "purge_archived", values)

    async def forget_event(self, *, sender: str, room_id: str, decided_ts: int) -> int:
        """See `service.privacy.sender_redactions.ArchivedEvents`."""
        values = {"sender": sender, "room_id": room_id, "decided_ts": decided_ts}
        return await asyncio.to_thread(self._delete, "forget_archived_event", values)

    async def export_person(self, user_id: str) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._export, "archived_of_sender", {"sender": user_id})

    async def export_room(self, room_id: str) -> list[dict[str, Any]]:
        return await asyncio.to_thread(self._export, "archived_of_room", {"room_id": room_id})

    async def erase_person(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        return await asyncio.to_thread(self._erase, user_id, may_rebuild=may_rebuild)

    async def erase_room(self, room_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        return await asyncio.to_thread(self._erase_room, room_id, may_rebuild=may_rebuild)

    def _export(self, query: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        with self._rows(query, {**values, "limit": MAX_EXPORTED}) as rows:
            return [exported_row(row) for row in rows]

    def _erase(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        if not self._path.exists():
            return 0, True
        count = self._delete("purge_archived", {"sender": user_id, "room_id": None})
        count += self._empty_judgements(user_id)
        return count, self._scrub(user_id, may_rebuild=may_rebuild)

    def _erase_room(self, room_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        if not self._path.exists():
            return 0, True
        count = self._delete("purge_archived", {"sender": None, "room_id": room_id})
        return count, self._scrub(room_id, may_rebuild=may_rebuild)

    def _scrub(self, identifier: str, *, may_rebuild: bool) -> bool:
        may_rebuild = may_rebuild or self._path.stat().st_size <= MAX_REBUILT_BYTES
        with translated():
            return scrub(self._path, identifier, may_rebuild=may_rebuild)

    def _empty_judgements(self, user_id: str) -> int:
        """Delete the judgements on others' events that name a user; return their number.

        Answers in them may name other senders of the same text, or mentioned users. The events
        stay.
        """
        with translated(), closing(self._open()) as driver:
            naming = [
                {"id": row["id"]}
                for row in driver.execute(get_query("archived_judgements"))
                if judgement_names(row["judgement"], user_id)
            ]
            for start in range(0, len(naming), _ROWS_AT_ONCE):
                driver.execute("BEGIN IMMEDIATE")
                some = naming[start : start + _ROWS_AT_ONCE]
                driver.executemany(get_query("empty_archived_judgement"), some)
                driver.execute("COMMIT")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return len(naming)

    async def count(self, *, community: str, since_ts: int, room_id: str | None) -> int:
        values = {"community": community, "since_ts": since_ts, "room_id": room_id}
        return await asyncio.to_thread(self._count, values)

    def _count(self, values: Mapping[str, Any]) -> int:
        with self._rows("count_archived", values) as rows:
            return sum(int(count) for (count,) in rows)

    async def is_empty(self) -> bool:
        return await asyncio.to_thread(self._is_empty)

    def _is_empty(self) -> bool:
        with self._rows("any_archived", {}) as rows:
            return not any(rows)

    async def find(self, *, sender: str, room_id: str, decided_ts: int) -> list[ArchivedEvent]:
        values = {"sender": sender, "room_id": room_id, "decided_ts": decided_ts}
        return await asyncio.to_thread(self._find, values)

    def _find(self, values: Mapping[str, Any]) -> list[ArchivedEvent]:
        with self._rows("find_archived", values) as rows:
            return [from_row(row) for row in rows]

    def read(
        self, *, community: str, since_ts: int, room_id: str | None, limit: int
    ) -> Iterator[ArchivedEvent]:
        values = {
            "community": community,
            "since_ts": since_ts,
            "room_id": room_id,
            "limit": limit,
        }
        with self._rows("read_archived", values) as rows:
            for row in rows:
                yield from_row(row)

    @contextmanager
    def _rows(self, query: str, values: Mapping[str, Any]) -> Iterator[Iterable[sqlite3.Row]]:
        """Provide the rows of a query; none if the file or its table does not exist yet."""
        if not self._path.exists():
            yield ()
            return
        with translated(), closing(open_driver(self._path, "ro")) as driver:
            # Another thread or process may have created the file just now, and not its table.
            is_made = driver.execute(get_query("columns_of_archive")).fetchone() is not None
            yield driver.execute(get_query(query), values) if is_made else ()

    def _add(self, events: Sequence[ArchivedEvent]) -> None:
        rows = [to_row(each) for each in events]
        with translated(), closing(self._open()) as driver:
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(get_query("insert_archived"), rows)
            driver.execute("COMMIT")

    def _delete(self, query: str, values: Mapping[str, Any]) -> int:
        if not self._path.exists():
            return 0
        with translated(), closing(self._open()) as driver:
            count = driver.execute(get_query(query), values).rowcount
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def make(self) -> None:
        """Create the file without events, if it is missing.

        Raises:
            StoreUnavailable: it can't be created.
        """
        with translated():
            self._open().close()

    def _open(self) -> sqlite3.Connection:
        make_private_file(self._path)
        driver = open_driver(self._path, "rw")
        try:
            driver.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            driver.execute("PRAGMA journal_mode = WAL")
            driver.execute("PRAGMA synchronous = NORMAL")
            # Deleted data are overwritten, not only marked as free.
            driver.execute("PRAGMA secure_delete = ON")
            driver.execute(get_query("make_archive"))
            columns = [name for (name,) in driver.execute(get_query("columns_of_archive"))]
            if "judgement" not in columns:
                driver.execute(get_query("add_judgement_to_archive"))
            for index in ("ts", "sender", "room"):
                driver.execute(get_query(f"index_archive_by_{index}"))
        except BaseException:
            driver.close()
            raise
        return driver
