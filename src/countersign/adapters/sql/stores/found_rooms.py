"""The last known rooms of aliases and spaces, in SQLite."""

import json
import sqlite3
from collections.abc import Mapping

from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.found_rooms import FoundRooms


class SqliteFoundRoomsStore:
    """Implements `ports.stores.found_rooms.FoundRoomsStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def load(self) -> Mapping[str, FoundRooms]:
        """Return what was saved last."""
        return await self._database.read(_load)

    async def save(self, found: Mapping[str, FoundRooms]) -> None:
        """Keep this in the place of all that was there."""

        def write(driver: sqlite3.Connection) -> None:
            driver.execute(get_query("delete_found_rooms"))
            driver.executemany(
                get_query("insert_found_rooms"),
                (
                    {
                        "name": name,
                        "room_ids": json.dumps(sorted(each.room_ids)),
                        "servers": json.dumps(each.servers),
                    }
                    for name, each in sorted(found.items())
                ),
            )

        await self._database.write(write)


def _load(driver: sqlite3.Connection) -> dict[str, FoundRooms]:
    try:
        return {
            row["name"]: FoundRooms(
                frozenset(json.loads(row["room_ids"])), tuple(json.loads(row["servers"]))
            )
            for row in driver.execute(get_query("found_rooms"))
        }
    except (ValueError, TypeError) as error:
        raise StoreUnavailable(f"What is stored of found rooms can't be read: {error}") from error
