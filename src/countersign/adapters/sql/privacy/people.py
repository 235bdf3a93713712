"""Export and erasure of a person's data."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from countersign.adapters.sql.database import Connection, Database, Row
from countersign.adapters.sql.privacy.details import (
    delete_details,
    delete_leaks,
    delete_name,
    in_small_transactions,
)
from countersign.adapters.sql.privacy.tables import (
    PEOPLE,
    Erasing,
    PeopleTable,
    naming,
    values_of,
)
from countersign.adapters.sql.queries import get_query
from countersign.policy.decisions import DetailsGone
from countersign.ports.stores.personal_data import MAX_EXPORTED, Erased
from countersign.protocol.identifiers import without_user

T = TypeVar("T")

EXPORTED_DECISIONS: Final = (
    "SELECT key, event_id, room_id, sender, event_type, asked_by, decided_ts, verdict, "
    "policy_revision, decision FROM recorded_decisions"
)
"""Columns of decisions that are given out, to be narrowed by a condition."""


class SqlPersonalData:
    """Implements `ports.stores.personal_data.PersonalDataStore`.

    Args:
        database: the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, user_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """See `PersonalDataStore.export`."""
        found: dict[str, Sequence[Mapping[str, Any]]] = {}
        for table in PEOPLE:
            rows = await self._database.read_rows(
                _export_query(table), {**values_of(user_id), "limit": MAX_EXPORTED}
            )
            if rows:
                found[table.name] = [as_json(row) for row in rows]
        return found

    async def erase(self, user_id: str, *, keep_given: bool, may_rebuild: bool) -> Erased:
        """See `PersonalDataStore.erase`."""
        rows = {
            "decisions": await self._delete_details(user_id),
            "acquaintances": await self._forget_trust(user_id, keep_given=keep_given),
            "leaks": await self._delete_leaks(user_id),
        }
        for table in PEOPLE:
            if table.erasing is Erasing.DELETE and table.about:
                rows[table.name] = await self._delete(table, user_id)
        for table in PEOPLE:
            for column in table.mentions:
                struck = await self._strike_out(table.name, column, user_id)
                rows[table.name] = rows.get(table.name, 0) + struck
        await self._write(lambda connection: delete_name(connection, self._database, user_id))
        stays = await self._what_stays(user_id)
        is_scrubbed = await self._database.scrub(user_id, may_rebuild=may_rebuild)
        return Erased(
            rows={name: count for name, count in rows.items() if count},
            stays=stays,
            is_scrubbed=is_scrubbed,
        )

    async def _delete_details(self, user_id: str) -> int:
        found = await self._database.read_rows(
            get_query("detailed_of_sender"), {"user_id": user_id}
        )

        def take(connection: Connection, some: Sequence[Row]) -> None:
            numbers = [row["number"] for row in some]
            delete_details(connection, self._database, numbers, DetailsGone.REQUEST)

        return await in_small_transactions(self._database, found, take)

    async def _forget_trust(self, user_id: str, *, keep_given: bool) -> int:
        values = {"user_id": user_id, "keep_given": keep_given}

        def write(connection: Connection) -> int:
            count = connection.execute(get_query("delete_trust"), values).rowcount
            return count + connection.execute(get_query("empty_given_trust"), values).rowcount

        return await self._write(write)

    async def _delete_leaks(self, user_id: str) -> int:
        found = await self._database.read_rows(
            get_query("settled_leaks_of_sender"), {"user_id": user_id}
        )

        numbers = [row["number"] for row in found]
        return await in_small_transactions(self._database, numbers, delete_leaks)

    async def _delete(self, table: PeopleTable, user_id: str) -> int:
        # The names are those of our own schema.
        statement = f"DELETE FROM {table.name} WHERE {table.about}"  # noqa: S608
        return await self._write(
            lambda connection: connection.execute(statement, values_of(user_id)).rowcount
        )

    async def _strike_out(self, table: str, column: str, user_id: str) -> int:
        """Replace the user's ID in a text column of all rows."""
        keys = await self._primary_key(table)
        where = " AND ".join(f"{key} = :{key}" for key in keys)
        query = (
            f"SELECT {', '.join(keys)}, {column} AS old_text FROM {table} "  # noqa: S608
            f"WHERE {naming(column)}"
        )
        update = (
            f"UPDATE {table} SET {column} = :new_text "  # noqa: S608
            f"WHERE {where} AND {column} = :old_text"
        )
        found = [
            {**row, "new_text": without_user(row["old_text"], user_id)}
            for row in map(dict, await self._database.read_rows(query, values_of(user_id)))
        ]

        def write(connection: Connection, some: Sequence[Mapping[str, Any]]) -> None:
            connection.executemany(update, some)

        return await in_small_transactions(
            self._database, [each for each in found if each["new_text"] != each["old_text"]], write
        )

    async def _what_stays(self, user_id: str) -> dict[str, str]:
        stays: dict[str, str] = {}
        for table in PEOPLE:
            if not table.about:
                continue
            # The names are those of our own schema.
            query = f"SELECT count(*) FROM {table.name} WHERE {table.about}"  # noqa: S608
            ((count,),) = await self._database.read_rows(query, values_of(user_id))
            if count:
                stays[table.name] = f"{count:,} of {table.contents}: {table.kept_because}"
        return stays

    async def _primary_key(self, table: str) -> list[str]:
        rows = await self._database.read_rows(get_query("primary_key_of"), {"table_name": table})
        return [row["name"] for row in rows]

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self._database.write(work)


def _export_query(table: PeopleTable) -> str:
    conditions = [f"({table.about})"] if table.about else []
    conditions += [naming(column) for column in table.mentions]
    if table.given_out:
        conditions = [table.given_out]
    source, limit = table.name, "LIMIT :limit"
    if table.name == "names":
        return "SELECT name FROM names WHERE name = :user_id LIMIT :limit"
    if table.name == "decisions":
        about = "sender_number = (SELECT number FROM names WHERE name = :user_id)"
        return f"{EXPORTED_DECISIONS} WHERE {about} OR {naming('decision')} {limit}"
    if not conditions:
        return f"SELECT 1 FROM {source} WHERE 1 = 0 {limit}"  # noqa: S608
    return f"SELECT * FROM {source} WHERE {' OR '.join(conditions)} {limit}"  # noqa: S608


def as_json(row: Row) -> dict[str, Any]:
    """Return a row as plain JSON; bytes become hexadecimal digits."""
    return {name: _value(row[name]) for name in row.keys()}  # noqa: SIM118 - a row is no mapping


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
