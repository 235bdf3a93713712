"""Deletion of data after their retention time: rows are found by a reader, deleted in slices."""

from dataclasses import dataclass, field
from typing import Any, Final

from countersign.adapters.sql.database import Connection, Database, Row
from countersign.adapters.sql.privacy.details import delete_details
from countersign.adapters.sql.privacy.tables import EXPIRY, Expiry
from countersign.adapters.sql.queries import get_query
from countersign.policy.decisions import DetailsGone
from countersign.ports.stores.personal_data import CutOff, DataKind, Removed

_MAX_FOUND: Final = 5_000
"""Maximum number of rows that one read finds, to be deleted a few at a time."""
_DETAILED: Final = (DataKind.SIGNED, DataKind.REFUSED)


@dataclass(slots=True)
class _Found:
    """Rows and details to be deleted next, of one kind and up to one cut-off.

    Attributes:
        last: the number of the last decision whose details are removed.
        rows: the rows found, by table.
        is_complete: the tables of which all such rows were found.
    """

    before_ts: int
    last: int | None = None
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    is_complete: set[str] = field(default_factory=set)


class SqlRetention:
    """Implements `ports.stores.personal_data.RetentionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[DataKind, _Found] = {}

    async def find_cut_off(self, kind: DataKind) -> CutOff | None:
        row = await self._read("find_cut_off", {"kind": kind.value})
        return None if row is None else CutOff(row["cut_off_ts"], row["moved_ts"])

    async def move_cut_off(self, kind: DataKind, cut_off: CutOff) -> None:
        values = {"kind": kind.value, "cut_off_ts": cut_off.ts, "moved_ts": cut_off.moved_ts}

        def write(connection: Connection) -> None:
            connection.execute(get_query("move_cut_off"), values)

        await self._database.write(write)

    async def oldest_ts(self, kind: DataKind, now_ts: int) -> int | None:
        times: list[int] = []
        if kind in _DETAILED:
            values = {"number": await self._number(kind), "now_ts": now_ts}
            row = await self._read(f"oldest_detailed_{kind.value}", values)
            times += [] if row is None else [row[0]]
        for expiry in EXPIRY[kind]:
            row = await self._read_sql(expiry.oldest, {})
            times += [] if row is None or row[0] is None else [row[0]]
        return min(times, default=None)

    async def remove_slice(
        self, kind: DataKind, before_ts: int, *, now_ts: int, limit: int
    ) -> Removed:
        due_rows = self._found.get(kind)
        if due_rows is None or due_rows.before_ts != before_ts:
            due_rows = self._found[kind] = _Found(before_ts)
            if kind in _DETAILED:
                due_rows.last = await self._last_expired(kind, before_ts, now_ts)
        if due_rows.last is not None:
            removed = await self._delete_details(kind, due_rows.last, limit)
            if removed.rows:
                return removed
            due_rows.last = None
        for expiry in EXPIRY[kind]:
            rows = await self._delete(expiry, due_rows, limit)
            if rows:
                return Removed(rows)
        del self._found[kind]
        return Removed(0, is_done=True)

    async def empty_log(self) -> bool:
        return await self._database.empty_log()

    async def _last_expired(self, kind: DataKind, before_ts: int, now_ts: int) -> int | None:
        values = {
            "number": await self._number(kind),
            "before_ts": before_ts,
            "now_ts": now_ts,
        }
        row = await self._read(f"last_expired_{kind.value}", values)
        last: int | None = None if row is None else row[0]
        return last

    async def _number(self, kind: DataKind) -> int:
        row = await self._read("find_cut_off", {"kind": kind.value})
        return 0 if row is None else int(row["number"])

    async def _delete_details(self, kind: DataKind, last: int, limit: int) -> Removed:
        number = await self._number(kind)
        values = {"number": number, "last": last, "limit": limit}

        def write(connection: Connection) -> tuple[int, list[bytes]]:
            rows = connection.execute(get_query(f"detailed_{kind.value}"), values).fetchall()
            numbers = [row["number"] for row in rows]
            keys = delete_details(connection, self._database, numbers, DetailsGone.RETENTION)
            if numbers:
                done = {"kind": kind.value, "number": numbers[-1]}
                connection.execute(get_query("note_detail_number"), done)
            return len(numbers), keys

        rows, keys = await self._database.write(write)
        return Removed(rows, tuple(keys))

    async def _delete(self, expiry: Expiry, due_rows: _Found, limit: int) -> int:
        values = {"before_ts": due_rows.before_ts}
        rows = due_rows.rows.setdefault(expiry.table, [])
        if not rows and expiry.table not in due_rows.is_complete:
            query, parameters = expiry.find, {**values, "limit": _MAX_FOUND}

            def read(connection: Connection) -> list[dict[str, Any]]:
                return [dict(row) for row in connection.execute(query, parameters)]

            rows += await self._database.read(read)
            if len(rows) < _MAX_FOUND:
                due_rows.is_complete.add(expiry.table)
        some, rows[:] = rows[:limit], rows[limit:]

        def write(connection: Connection) -> None:
            for row in some:
                for statement in expiry.delete:
                    connection.execute(statement, {**row, **values})

        if some:
            await self._database.write(write)
        return len(some)

    async def _read(self, name: str, values: dict[str, Any]) -> Row | None:
        return await self._read_sql(get_query(name), values)

    async def _read_sql(self, query: str, values: dict[str, Any]) -> Row | None:
        def read(connection: Connection) -> Row | None:
            row: Row | None = connection.execute(query, values).fetchone()
            return row

        return await self._database.read(read)
