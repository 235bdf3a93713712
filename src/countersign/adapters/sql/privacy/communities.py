"""Export and deletion of a community's data."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from countersign.adapters.sql.database import SqlStore
from countersign.adapters.sql.privacy.declared_rows import as_json
from countersign.adapters.sql.privacy.details import (
    delete_details_of_room,
    delete_leaks_of,
)
from countersign.adapters.sql.privacy.room_tables import OF_ROOMS, export_query
from countersign.adapters.sql.privacy.tables import Erasing
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.personal_data import MAX_EXPORTED

STAYING: Final = frozenset({"audit", "policies_in_force", "policy_changes", "policy_documents"})
"""Tables with a community that tell who changed what, or what its policy files say anyway."""
_FOUND_BY_ROOM: Final = frozenset(
    {
        *("evidence", "outcomes", "hand_overs", "leaks", "decisions"),
        *("unverified_state", "room_state", "rooms"),
    }
)
"""Tables without a community, whose rows are those of its rooms."""


class SqlCommunityData(SqlStore):
    """Implements `ports.stores.personal_data.CommunityDataStore`."""

    async def export(
        self, community: str, room_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        exported: dict[str, list[Mapping[str, Any]]] = {}
        for table in await self._tables():
            # The names are those of our own schema.
            query = f"SELECT * FROM {table} WHERE community = :community LIMIT :limit"  # noqa: S608
            rows = await self._database.read_rows(
                query, {"community": community, "limit": MAX_EXPORTED}
            )
            exported[table] = list(map(as_json, rows))
        for room_id in room_ids:
            for of_rooms in OF_ROOMS:
                if of_rooms.name not in _FOUND_BY_ROOM:
                    continue
                query = export_query(of_rooms)
                rows_of_table = exported.setdefault(of_rooms.name, [])
                limit = MAX_EXPORTED - len(rows_of_table)
                rows_of_table += map(
                    as_json,
                    await self._database.read_rows(query, {"room_id": room_id, "limit": limit}),
                )
        return {table: rows for table, rows in exported.items() if rows}

    async def erase(self, community: str, room_ids: Sequence[str]) -> Mapping[str, int]:
        erased: dict[str, int] = {}
        for table in await self._tables():
            if table not in STAYING:
                # The names are those of our own schema.
                query = f"DELETE FROM {table} WHERE community = :community"  # noqa: S608
                erased[table] = await self._database.write_rows(query, {"community": community})
        for room_id in room_ids:
            counts = {
                **await self._delete_of_room(room_id),
                "leaks": await delete_leaks_of(self._database, "leaks_of_room", room_id),
                "decisions": await delete_details_of_room(self._database, room_id),
            }
            for table, count in counts.items():
                erased[table] = erased.get(table, 0) + count
        return {table: count for table, count in erased.items() if count}

    async def _delete_of_room(self, room_id: str) -> dict[str, int]:
        """Delete data of a room that have no column `community`, except leaks and decisions.

        The row that says that we were in the room stays: by it the community's verdicts are found.
        """
        counts = {}
        for table in OF_ROOMS:
            if table.erasing is Erasing.DELETE and table.name in _FOUND_BY_ROOM - {"rooms"}:
                # The names are those of our own schema.
                query = f"DELETE FROM {table.name} WHERE {table.deleted or table.about}"  # noqa: S608
                counts[table.name] = await self._database.write_rows(query, {"room_id": room_id})
        return counts

    async def _tables(self) -> list[str]:
        """Return the tables with a column `community`."""
        rows = await self._database.read_rows(get_query("tables_of_communities"), {})
        return [row["name"] for row in rows]
