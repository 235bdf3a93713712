"""Archive as a table of a PostgreSQL database."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from countersign.adapters.sql.database import Connection
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.archive_rows import (
    exported_row,
    from_row,
    judgement_names,
    to_row,
)
from countersign.ports.stores.archive import ArchivedEvent
from countersign.ports.stores.personal_data import MAX_EXPORTED

_ROWS_AT_ONCE: Final = 500
"""Rows of one transaction: whoever else writes waits for no more than these."""


class TableArchive:
    """Implements `ports.stores.archive.ArchiveStore`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, events: Sequence[ArchivedEvent]) -> None:
        def write(connection: Connection) -> None:
            connection.executemany(get_query("insert_archived"), [to_row(each) for each in events])

        await self._database.write(write)

    async def forget_before(self, ts: int) -> int:
        return await self._delete("forget_archived_before", {"ts": ts})

    async def purge(self, *, sender: str | None = None, room_id: str | None = None) -> int:
        return await self._delete("purge_archived", {"sender": sender, "room_id": room_id})

    async def forget_event(self, *, sender: str, room_id: str, decided_ts: int) -> int:
        """See `service.privacy.sender_redactions.ArchivedEvents`."""
        values = {"sender": sender, "room_id": room_id, "decided_ts": decided_ts}
        return await self._delete("forget_archived_event", values)

    async def _delete(self, query: str, values: Mapping[str, Any]) -> int:
        """Delete the rows of a query, some in each transaction; return their number."""
        count = 0
        while True:
            values = {**values, "limit": _ROWS_AT_ONCE}
            deleted = await self._database.write_rows(get_query(query), values)
            count += deleted
            if deleted < _ROWS_AT_ONCE:
                return count

    async def export_person(self, user_id: str) -> list[dict[str, Any]]:
        return await self._export("archived_of_sender", {"sender": user_id})

    async def export_room(self, room_id: str) -> list[dict[str, Any]]:
        return await self._export("archived_of_room", {"room_id": room_id})

    async def _export(self, query: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = await self._database.read_rows(get_query(query), {**values, "limit": MAX_EXPORTED})
        return [exported_row(row) for row in rows]

    async def erase_room(self, room_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        count = await self.purge(room_id=room_id)
        return count, await self._database.scrub(room_id, may_rebuild=may_rebuild)

    async def erase_person(self, user_id: str, *, may_rebuild: bool) -> tuple[int, bool]:
        count = await self.purge(sender=user_id) + await self._empty_judgements(user_id)
        return count, await self._database.scrub(user_id, may_rebuild=may_rebuild)

    async def _empty_judgements(self, user_id: str) -> int:
        """Delete the judgements on others' events that name a user; return their number."""

        def find(connection: Connection) -> list[dict[str, Any]]:
            return [
                {"id": row["id"]}
                for row in connection.stream(get_query("archived_judgements"), {})
                if judgement_names(row["judgement"], user_id)
            ]

        naming = await self._database.read(find)
        for start in range(0, len(naming), _ROWS_AT_ONCE):
            some = naming[start : start + _ROWS_AT_ONCE]

            def write(connection: Connection, some: list[dict[str, Any]] = some) -> None:
                connection.executemany(get_query("empty_archived_judgement"), some)

            await self._database.write(write)
        return len(naming)

    async def count(self, *, community: str, since_ts: int, room_id: str | None) -> int:
        values = {"community": community, "since_ts": since_ts, "room_id": room_id}
        ((count,),) = await self._database.read_rows(get_query("count_archived"), values)
        return int(count)

    async def is_empty(self) -> bool:
        return not await self._database.read_rows(get_query("any_archived"), {})

    async def find(self, *, sender: str, room_id: str, decided_ts: int) -> list[ArchivedEvent]:
        values = {"sender": sender, "room_id": room_id, "decided_ts": decided_ts}
        rows = await self._database.read_rows(get_query("find_archived"), values)
        return [from_row(row) for row in rows]

    def read(
        self, *, community: str, since_ts: int, room_id: str | None, limit: int
    ) -> Iterator[ArchivedEvent]:
        values: Mapping[str, Any] = {
            "community": community,
            "since_ts": since_ts,
            "room_id": room_id,
            "limit": limit,
        }
        for row in self._database.read_blocking(get_query("read_archived"), values):
            yield from_row(row)
