"""Taking the details of decisions away, so that key, verdict, revision, room and day remain.

With it what else every erasure does: a few rows in each transaction, leaks with who was told.
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
    found: Sequence[T],
    change: Callable[[Connection, Sequence[T]], None],
) -> int:
    """Change rows, a few in one transaction; return how many they are.

    Raises:
        StoreUnavailable: not all are changed.
    """
    for some in _slices(found, MAX_ROWS):
        await database.write(lambda connection, some=some: change(connection, some))  # type: ignore[misc]
        await asyncio.sleep(PAUSE_SECONDS)
    return len(found)


def _slices(found: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (found[at : at + size] for at in range(0, len(found), size))


def take_details(
    connection: Connection,
    database: Database,
    numbers: Sequence[int],
    because: DetailsGone,
) -> list[bytes]:
    """Take the details of these decisions away, and the names of senders who have no other left.

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
        connection.execute(get_query("take_details"), values)
    for sender in senders:
        unused = connection.execute(get_query("find_unused_sender"), {"number": sender}).fetchone()
        if unused is not None:
            delete_name(connection, database, unused["name"])
    return keys


async def take_details_of_room(database: Database, room_id: str) -> int:
    """Take the details of all decisions of a room away on request; return how many they were.

    Raises:
        StoreUnavailable: not all were taken away.
    """

    def take(connection: Connection, numbers: Sequence[int]) -> None:
        take_details(connection, database, numbers, DetailsGone.REQUEST)

    return await in_small_transactions(
        database, await _numbers(database, "detailed_of_room", room_id), take
    )


async def delete_leaks_of(database: Database, query: str, room_id: str) -> int:
    """Delete the leaks of a room that the named query finds; return how many they were.

    Raises:
        StoreUnavailable: not all were deleted.
    """
    return await in_small_transactions(
        database, await _numbers(database, query, room_id), delete_leaks
    )


async def _numbers(database: Database, query: str, room_id: str) -> list[int]:
    rows = await database.read_rows(get_query(query), {"room_id": room_id})
    return [row["number"] for row in rows]


def delete_name(connection: Connection, database: Database, name: str) -> None:
    """Delete a name; whatever may still refer to it has none from then on."""
    values = {"name": name}
    if connection.execute(get_query("delete_name"), values).rowcount == 0:
        connection.execute(get_query("strike_out_name"), values)
    database.forget_name(name)


def delete_leaks(connection: Connection, numbers: Sequence[int]) -> None:
    """Delete leaks, and who was told of them."""
    for number in numbers:
        connection.execute(get_query("delete_hand_overs"), {"leak": number})
        connection.execute(get_query("delete_leak"), {"number": number})
