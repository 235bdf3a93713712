"""Removal of decisions' details, so that key, verdict, revision, room and day remain.

Also helpers that all erasures share: small transactions, and the deletion of leaks and names.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.policy.decisions import DetailsGone

T = TypeVar("T")

MAX_ROWS: Final = 20
"""Rows that one transaction changes: others write meanwhile."""
PAUSE_SECONDS: Final = 0.02


async def in_small_transactions(
    database: Database,
    items: Sequence[T],
    change: Callable[[Connection, Sequence[T]], None],
) -> int:
    """Apply `change` to rows, a few in each transaction; return the number of rows.

    Raises:
        StoreUnavailable: some are not changed.
    """
    for some in _slices(items, MAX_ROWS):
        await database.write(lambda connection, some=some: change(connection, some))  # type: ignore[misc]
        await asyncio.sleep(PAUSE_SECONDS)
    return len(items)


def _slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def delete_details(
    connection: Connection,
    database: Database,
    numbers: Sequence[int],
    because: DetailsGone,
) -> list[bytes]:
    """Remove the details of decisions, and the names of senders without other decisions.

    Returns:
        The keys of the decisions that had details.
    """
    senders: set[int] = set()
    keys: list[bytes] = []
    for number in numbers:
        row = connection.execute(get_query("details_of"), {"number": number}).fetchone()
        if row is None:
            continue
        keys.append(row["key"])
        senders.add(row["sender"])
        values = {"number": number, "because": because.value}
        connection.execute(get_query("delete_details"), values)
    for sender in senders:
        unused = connection.execute(get_query("find_unused_sender"), {"number": sender}).fetchone()
        if unused is not None:
            delete_name(connection, database, unused["name"])
    return keys


async def delete_details_of_room(database: Database, room_id: str) -> int:
    """Remove the details of all decisions of a room on request; return the number of decisions.

    Raises:
        StoreUnavailable: some are not removed.
    """

    def take(connection: Connection, numbers: Sequence[int]) -> None:
        delete_details(connection, database, numbers, DetailsGone.REQUEST)

    return await in_small_transactions(
        database, await _numbers(database, "detailed_of_room", room_id), take
    )


async def delete_leaks_of(database: Database, query: str, room_id: str) -> int:
    """Delete the leaks of a room that the named query finds; return their number.

    Raises:
        StoreUnavailable: some are not deleted.
    """
    return await in_small_transactions(
        database, await _numbers(database, query, room_id), delete_leaks
    )


async def _numbers(database: Database, query: str, room_id: str) -> list[int]:
    rows = await database.read_rows(get_query(query), {"room_id": room_id})
    return [row["number"] for row in rows]


def delete_name(connection: Connection, database: Database, name: str) -> None:
    """Delete a name, or overwrite it if rows still refer to it."""
    values = {"name": name}
    if connection.execute(get_query("delete_name"), values).rowcount == 0:
        connection.execute(get_query("strike_out_name"), values)
    database.forget_name(name)


def delete_leaks(connection: Connection, numbers: Sequence[int]) -> None:
    """Delete leaks and their rows in the outbox."""
    for number in numbers:
        connection.execute(get_query("delete_outbox_rows"), {"leak": number})
        connection.execute(get_query("delete_leak"), {"number": number})
