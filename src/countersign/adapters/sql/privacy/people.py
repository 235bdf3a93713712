"""Export and erasure of a person's data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.privacy.declared_rows import (
    EXPORTED_DECISIONS,
    export_rows,
    primary_key_of,
    what_stays,
)
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
from countersign.ports.stores.personal_data import Erased
from countersign.protocol.identifiers import without_user

T = TypeVar("T")


class SqlPersonalData(SqlStore):
    """Implements `ports.stores.personal_data.PersonalDataStore`."""

    async def export(self, user_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        queries = ((table.name, _export_query(table)) for table in PEOPLE)
        return await export_rows(self._database, queries, values_of(user_id))

    async def erase(self, user_id: str, *, keep_given: bool, may_rebuild: bool) -> Erased:
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
        stays = await what_stays(self._database, PEOPLE, values_of(user_id))
        is_scrubbed = await self._database.scrub(user_id, may_rebuild=may_rebuild)
        return Erased(
            rows={name: count for name, count in rows.items() if count},
            stays=stays,
            is_scrubbed=is_scrubbed,
        )

    async def _delete_details(self, user_id: str) -> int:
        rows = await self._database.read_rows(get_query("detailed_of_sender"), {"user_id": user_id})

        def take(connection: Connection, some: Sequence[Row]) -> None:
            numbers = [row["number"] for row in some]
            delete_details(connection, self._database, numbers, DetailsGone.REQUEST)

        return await in_small_transactions(self._database, rows, take)

    async def _forget_trust(self, user_id: str, *, keep_given: bool) -> int:
        values = {"user_id": user_id, "keep_given": keep_given}

        def write(connection: Connection) -> int:
            count = connection.execute(get_query("delete_trust"), values).rowcount
            return count + connection.execute(get_query("empty_given_trust"), values).rowcount

        return await self._write(write)

    async def _delete_leaks(self, user_id: str) -> int:
        rows = await self._database.read_rows(
            get_query("settled_leaks_of_sender"), {"user_id": user_id}
        )

        numbers = [row["number"] for row in rows]
        return await in_small_transactions(self._database, numbers, delete_leaks)

    async def _delete(self, table: PeopleTable, user_id: str) -> int:
        # The names are those of our own schema.
        statement = f"DELETE FROM {table.name} WHERE {table.about}"  # noqa: S608
        return await self._write(
            lambda connection: connection.execute(statement, values_of(user_id)).rowcount
        )

    async def _strike_out(self, table: str, column: str, user_id: str) -> int:
        """Replace the user's ID in a text column of all rows."""
        keys = await primary_key_of(self._database, table)
        where = " AND ".join(f"{key} = :{key}" for key in keys)
        query = (
            f"SELECT {', '.join(keys)}, {column} AS old_text FROM {table} "  # noqa: S608
            f"WHERE {naming(column)}"
        )
        update = (
            f"UPDATE {table} SET {column} = :new_text "  # noqa: S608
            f"WHERE {where} AND {column} = :old_text"
        )
        rows = [
            {**row, "new_text": without_user(row["old_text"], user_id)}
            for row in map(dict, await self._database.read_rows(query, values_of(user_id)))
        ]

        def write(connection: Connection, some: Sequence[Mapping[str, Any]]) -> None:
            connection.executemany(update, some)

        return await in_small_transactions(
            self._database, [each for each in rows if each["new_text"] != each["old_text"]], write
        )

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
