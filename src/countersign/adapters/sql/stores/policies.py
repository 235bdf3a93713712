"""Store of the policies in force, and their history."""

import sqlite3
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.connections import open_driver
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.policies import EarlierPolicy, PolicyChange, PolicyInForce
from countersign.ports.stores.processes.changes import Topic


class SqlPolicyStore(SqlStore):
    """Implements `ports.stores.policies.PolicyStore`."""

    async def in_force(self) -> list[PolicyInForce]:
        return await self._database.read(_in_force)

    async def put_in_force(
        self,
        policies: Sequence[PolicyInForce],
        changes: Sequence[PolicyChange],
        *,
        gone: Collection[str] = (),
    ) -> None:
        def write(connection: Connection) -> None:
            rows = [asdict(each) for each in policies]
            connection.executemany(get_query("upsert_policy_document"), rows)
            connection.executemany(get_query("upsert_policy_in_force"), rows)
            connection.executemany(get_query("insert_policy_change_once"), map(asdict, changes))
            connection.executemany(get_query("delete_policy_in_force"), ((name,) for name in gone))
            count_change(connection, Topic.POLICIES)

        await self._database.write(write)

    async def add_earlier(self, earlier: Sequence[EarlierPolicy]) -> None:
        changes = [asdict(each.change) for each in earlier]
        documents = [
            {
                "community": each.change.community,
                "revision": each.change.revision,
                "document": each.document,
            }
            for each in earlier
            if each.document is not None
        ]

        def write(connection: Connection) -> None:
            connection.executemany(get_query("upsert_policy_document"), documents)
            connection.executemany(get_query("insert_policy_change"), changes)

        await self._database.write(write)

    async def changes(self, community: str, *, limit: int = 10_000) -> list[PolicyChange]:
        query, values = get_query("policy_changes"), {"community": community, "limit": limit}
        rows = await self._database.read_rows(query, values)
        return [record_from(PolicyChange, row) for row in rows]

    async def document(self, community: str, revision: str) -> bytes | None:
        query = get_query("find_policy_document")
        values = {"community": community, "revision": revision}
        rows = await self._database.read_rows(query, values)
        return bytes(rows[0]["document"]) if rows else None

    async def has_history(self) -> bool:
        return bool(await self._database.read_rows(get_query("any_policy_change"), {}))


def read_policies_in_force(path: Path) -> list[PolicyInForce]:
    """Return the policies in force in a database file; none if it is missing or cannot be read.

    For a look before the database is opened.
    """
    if not path.exists():
        return []
    try:
        with closing(open_driver(path, "ro")) as connection:
            return _in_force(connection)
    except (sqlite3.Error, OSError):
        return []


def read_policies_in_force_at(address: PostgresAddress) -> list[PolicyInForce]:
    """Return the policies in force in a PostgreSQL database; none if it can't be read."""
    database = PostgresDatabase(address)
    with ThreadPoolExecutor(1) as thread:  # with an event loop of its own

        def read() -> list[PolicyInForce]:
            rows = database.read_blocking(get_query("policies_in_force"), {})
            return list(map(_from_row, rows))

        try:
            return thread.submit(read).result()
        except StoreUnavailable:
            return []


def _in_force(connection: Connection) -> list[PolicyInForce]:
    return list(map(_from_row, connection.execute(get_query("policies_in_force"))))


def _from_row(row: Row) -> PolicyInForce:
    return record_from(PolicyInForce, row, document=bytes)
