"""Store of the last known rooms of aliases and spaces."""

import json
from collections.abc import Mapping

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.found_rooms import FoundRooms
from countersign.ports.stores.processes.changes import Topic


class SqlFoundRoomsStore(SqlStore):
    """Implements `ports.stores.found_rooms.FoundRoomsStore`."""

    async def load(self) -> Mapping[str, FoundRooms]:
        return await self._database.read(_load)

    async def save(self, found_rooms: Mapping[str, FoundRooms]) -> None:
        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_found_rooms"))
            connection.executemany(
                get_query("insert_found_rooms"),
                (
                    {
                        "name": name,
                        "room_ids": json.dumps(sorted(each.room_ids)),
                        "servers": json.dumps(each.servers),
                    }
                    for name, each in sorted(found_rooms.items())
                ),
            )
            count_change(connection, Topic.FOUND_ROOMS)

        await self._database.write(write)


def _load(connection: Connection) -> dict[str, FoundRooms]:
    try:
        return {
            row["name"]: FoundRooms(
                frozenset(json.loads(row["room_ids"])), tuple(json.loads(row["servers"]))
            )
            for row in connection.execute(get_query("found_rooms"))
        }
    except (ValueError, TypeError) as error:
        raise StoreUnavailable(f"What is stored of found rooms can't be read: {error}") from error
