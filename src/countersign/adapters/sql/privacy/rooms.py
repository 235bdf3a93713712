"""Export and erasure of a room's data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.privacy.declared_rows import export_rows, primary_key_of, what_stays
from countersign.adapters.sql.privacy.details import (
    delete_details_of_room,
    delete_leaks_of,
    in_small_transactions,
)
from countersign.adapters.sql.privacy.room_tables import OF_ROOMS, RoomTable, export_query
from countersign.adapters.sql.privacy.tables import Erasing
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.references import find_key_range
from countersign.ports.stores.personal_data import Erased

_ROWS_AT_ONCE: Final = 500
"""Maximum number of rows that one transaction deletes."""


class SqlRoomData(SqlStore):
    """Implements `ports.stores.personal_data.RoomDataStore`."""

    async def export(self, room_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        queries = ((table.name, export_query(table)) for table in OF_ROOMS)
        return await export_rows(self._database, queries, _values(room_id))

    async def erase(self, room_id: str, *, may_rebuild: bool) -> Erased:
        rows = {"audit": await self._empty_audit(room_id)}
        for table in OF_ROOMS:
            if table.erasing is Erasing.DELETE:
                rows[table.name] = await self._delete(table, room_id)
        rows["leaks"] = await delete_leaks_of(self._database, "settled_leaks_of_room", room_id)
        rows["decisions"] = await delete_details_of_room(self._database, room_id)
        stays = await what_stays(self._database, OF_ROOMS, _values(room_id))
        # The room's ID stays in the verdicts, so a file that may be rebuilt always is.
        is_scrubbed = await self._database.scrub(room_id, may_rebuild=may_rebuild)
        return Erased(
            rows={name: count for name, count in rows.items() if count},
            stays=stays,
            is_scrubbed=is_scrubbed,
        )

    async def _empty_audit(self, room_id: str) -> int:
        """Empty the details of audit entries on decisions in the room; the other columns stay."""

        def read(connection: Connection) -> list[int]:
            found = []
            for row in connection.execute(get_query("audit_with_details")).fetchall():
                keys = find_key_range(row["subject"])
                values = {"room_id": room_id, **(keys._asdict() if keys else {})}
                if keys and connection.execute(get_query("is_decided_in_room"), values).fetchone():
                    found.append(row["id"])
            return found

        def write(connection: Connection, entries: Sequence[int]) -> None:
            values = [{"id": entry} for entry in entries]
            connection.executemany(get_query("erase_audit_details"), values)

        return await in_small_transactions(self._database, await self._database.read(read), write)

    async def _delete(self, table: RoomTable, room_id: str) -> int:
        # The names are those of our own schema.
        keys = ", ".join(await primary_key_of(self._database, table.name))
        statement = (
            f"DELETE FROM {table.name} WHERE ({keys}) IN "  # noqa: S608
            f"(SELECT {keys} FROM {table.name} WHERE {table.deleted or table.about} LIMIT :limit)"
        )
        values = {**_values(room_id), "limit": _ROWS_AT_ONCE}
        deleted = count = await self._database.write_rows(statement, values)
        while count == _ROWS_AT_ONCE:
            count = await self._database.write_rows(statement, values)
            deleted += count
        return deleted


def _values(room_id: str) -> dict[str, Any]:
    """Return the values for the conditions in `room_tables`."""
    return {"room_id": room_id, "room_bytes": room_id.encode()}
