"""Store of protected rooms and their state.

State is stored as JSON by msgspec: it encodes a large room quickly, and is exact for the numbers
that rooms before version 6 allow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Database, Row
from countersign.adapters.sql.grouped_writes import GroupedWrites
from countersign.adapters.sql.queries import get_query
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.processes.changes import Topic
from countersign.ports.stores.rooms import Membership, StoredRoom
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.rooms.room_state import CANONICAL_ALIAS, NAME, room_name
from countersign.protocol.rooms.state_events import StateEvent


class SqlRoomStore:
    """Implements `ports.rooms.RoomStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._state = GroupedWrites(database, _write_state)

    async def load(self) -> list[StoredRoom]:
        return await self._load("rooms", {})

    async def load_after(self, room_id: str, at_most: int) -> list[StoredRoom]:
        return await self._load("rooms_after", {"room_id": room_id, "at_most": at_most})

    async def _load(self, query: str, values: Mapping[str, Any]) -> list[StoredRoom]:
        def read(connection: Connection) -> list[StoredRoom]:
            rooms = connection.execute(get_query(query), values).fetchall()
            state = get_query("room_state")
            return [
                _room_from(row, connection.execute(state, {"room": row["number"]})) for row in rooms
            ]

        return await self._database.read(read)

    async def changed(self, changed_after: int, known: Mapping[str, int]) -> list[StoredRoom]:
        values = {"changed_after": changed_after}

        def read(connection: Connection) -> list[StoredRoom]:
            whole, news = get_query("room_state"), get_query("changed_state")
            rooms = []
            for row in connection.execute(get_query("changed_rooms"), values).fetchall():
                is_known = known.get(row["room_id"]) == row["joined_ts"]
                of_room = {"room": row["number"]}
                state = (
                    connection.execute(news, of_room | values)
                    if is_known
                    else connection.execute(whole, of_room)
                )
                rooms.append(_room_from(row, state))
            return rooms

        return await self._database.read(read)

    async def room_ids(self) -> frozenset[str]:
        rows = await self._database.read_rows(get_query("room_ids"), {})
        return frozenset(row["room_id"] for row in rows)

    async def names(self) -> dict[str, str]:
        query, types = get_query("room_names"), {"name": NAME, "alias": CANONICAL_ALIAS}
        rows = await self._database.read_rows(query, types)
        contents: dict[str, dict[str, JsonObject]] = defaultdict(dict)
        for row in rows:
            contents[row["room_id"]][row["type"]] = _object(row["event"]).get("content", {})
        names = ((room_id, room_name(each)) for room_id, each in contents.items())
        return {room_id: name for room_id, name in names if name is not None}

    async def save(
        self, room: StoredRoom, unverified: Mapping[str, JsonObject] = MappingProxyType({})
    ) -> None:
        values = {
            "room_id": room.room_id,
            "room_version": room.room_version,
            "membership": room.membership,
            "via": msgspec.json.encode(room.via).decode(),
            "joined_ts": room.joined_ts,
            "note": room.note,
        }
        # Encoded in the writer's thread, since there may be 100,000 events.
        waiting = tuple(unverified.items())

        def write(connection: Connection) -> None:
            changed = count_change(connection, Topic.ROOMS)
            stored = values | {"changed": changed}
            (number,) = connection.execute(get_query("upsert_room"), stored).fetchone()
            connection.execute(get_query("delete_state"), {"room": number})
            rows = ((number, *_state_to_row(event), changed) for event in room.state)
            connection.executemany(get_query("upsert_state"), rows)
            connection.execute(get_query("delete_all_unverified"), {"room": number})
            unverified_rows = (
                (number, event_id, msgspec.json.encode(event).decode())
                for event_id, event in waiting
            )
            connection.executemany(get_query("insert_unverified"), unverified_rows)

        await self._database.write(write)

    async def load_unverified(self, room_id: str) -> list[JsonObject]:
        def read(connection: Connection) -> list[JsonObject]:
            rows = connection.execute(get_query("unverified_state"), {"room_id": room_id})
            return [_object(row["event"]) for row in rows]

        return await self._database.read(read)

    async def forget_unverified(self, room_id: str, event_ids: Sequence[str]) -> None:
        def write(connection: Connection) -> None:
            number = _find_number(connection, room_id)
            if number is not None:
                values = ((number, event_id) for event_id in event_ids)
                connection.executemany(get_query("delete_unverified"), values)

        await self._database.write(write)

    async def begin_join(self, room_id: str, via: Sequence[str]) -> None:
        values = {"room_id": room_id, "via": msgspec.json.encode(via).decode()}

        def write(connection: Connection) -> None:
            connection.execute(get_query("upsert_join"), values)
            count_change(connection, Topic.JOINS)

        await self._database.write(write)

    async def end_join(self, room_id: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_join"), {"room_id": room_id})
            count_change(connection, Topic.JOINS)

        await self._database.write(write)

    async def joins_under_way(self) -> list[tuple[str, tuple[str, ...]]]:
        def read(connection: Connection) -> list[tuple[str, tuple[str, ...]]]:
            rows = connection.execute(get_query("joins_under_way"))
            return [(row["room_id"], tuple(msgspec.json.decode(row["via"]))) for row in rows]

        return await self._database.read(read)

    async def save_state(self, room_id: str, events: Sequence[StateEvent]) -> None:
        await self._state.add((room_id, events))

    async def forget_left(self, room_id: str) -> None:
        values = {"room_id": room_id}

        def write(connection: Connection) -> None:
            for query in ("forget_left_state", "forget_left_unverified", "forget_left_room"):
                connection.execute(get_query(query), values)
            count_change(connection, Topic.ROOMS_FORGOTTEN)

        await self._database.write(write)

    async def set_membership(self, room_id: str, membership: Membership, note: str) -> None:
        values = {"room_id": room_id, "membership": membership, "note": note}

        def write(connection: Connection) -> None:
            changed = count_change(connection, Topic.ROOMS)
            connection.execute(get_query("set_membership"), values | {"changed": changed})

        await self._database.write(write)


def _write_state(
    connection: Connection, changes: Sequence[tuple[str, Sequence[StateEvent]]]
) -> None:
    numbers = {room_id: _find_number(connection, room_id) for room_id, _ in changes}
    if set(numbers.values()) <= {None}:
        return
    changed = count_change(connection, Topic.ROOMS)
    values = (
        (numbers[room_id], *_state_to_row(event), changed)
        for room_id, events in changes
        if numbers[room_id] is not None
        for event in events
    )
    connection.executemany(get_query("upsert_state"), values)


def _find_number(connection: Connection, room_id: str) -> int | None:
    row = connection.execute(get_query("find_room_number"), {"room_id": room_id}).fetchone()
    return None if row is None else row["number"]


def _state_to_row(event: StateEvent) -> tuple[str, str, str, int]:
    stored_event = {
        "sender": event.sender,
        "content": event.content,
        "event_id": event.event_id,
        "depth": event.depth,
        "origin_server_ts": event.origin_server_ts,
    }
    return (
        event.type,
        event.state_key,
        msgspec.json.encode(stored_event).decode(),
        event.known_since_ts,
    )


def _room_from(row: Row, state: Iterable[Row]) -> StoredRoom:
    try:
        return StoredRoom(
            room_id=row["room_id"],
            room_version=row["room_version"],
            membership=row["membership"],
            via=tuple(msgspec.json.decode(row["via"])),
            joined_ts=row["joined_ts"],
            note=row["note"],
            state=tuple(_state_from(event) for event in state),
        )
    except (msgspec.MsgspecError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise StoreUnavailable(f"Room {row['room_id']} can't be read: {error}.") from error


def _object(text: str) -> JsonObject:
    try:
        decoded = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError) as error:
        raise StoreUnavailable(f"An event of a room can't be read: {error}.") from error
    return decoded if isinstance(decoded, dict) else {}


def _state_from(row: Row) -> StateEvent:
    stored_event: dict[str, Any] = msgspec.json.decode(row["event"])
    sender, state_key = stored_event.pop("sender"), row["state_key"]
    return StateEvent(
        type=row["type"],
        state_key=state_key,
        sender=state_key if sender == state_key else sender,  # share one string
        known_since_ts=row["known_since_ts"],
        **stored_event,
    )
