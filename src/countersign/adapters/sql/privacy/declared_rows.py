"""Rows of declared tables: their export, and what an erasure leaves of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from countersign.adapters.sql.database import Database, Row
from countersign.adapters.sql.privacy.tables import DeclaredTable
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.personal_data import MAX_EXPORTED

EXPORTED_DECISIONS: Final = (
    "SELECT key, event_id, room_id, sender, event_type, asked_by, decided_ts, verdict, "
    "policy_revision, decision FROM recorded_decisions"
)
"""Columns of decisions that are given out, to be narrowed by a condition."""


async def export_rows(
    database: Database, queries: Iterable[tuple[str, str]], values: Mapping[str, Any]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the rows of tables as plain JSON, at most `MAX_EXPORTED` of each; no empty table.

    Args:
        database: the database.
        queries: the name of each table, and the query for its rows, with `:limit`.
        values: the other values of the queries.

    Raises:
        StoreUnavailable: the database can't be read.
    """
    values = {**values, "limit": MAX_EXPORTED}
    tables = [(name, await database.read_rows(query, values)) for name, query in queries]
    return {name: list(map(as_json, rows)) for name, rows in tables if rows}


async def what_stays(
    database: Database, tables: Iterable[DeclaredTable], values: Mapping[str, Any]
) -> dict[str, str]:
    """Return the tables that still hold rows after an erasure, each with the reason.

    Args:
        database: the database.
        tables: the tables; one without the condition `about` is left out.
        values: the values of the conditions.

    Raises:
        StoreUnavailable: the database can't be read.
    """
    stays: dict[str, str] = {}
    for table in tables:
        if table.about:
            # The names are those of our own schema.
            query = f"SELECT count(*) FROM {table.name} WHERE {table.about}"  # noqa: S608
            ((count,),) = await database.read_rows(query, values)
            if count:
                stays[table.name] = f"{count:,} of {table.contents}: {table.kept_because}"
    return stays


async def primary_key_of(database: Database, table: str) -> list[str]:
    """Return the columns of a table's primary key."""
    rows = await database.read_rows(get_query("primary_key_of"), {"table_name": table})
    return [row["name"] for row in rows]


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
