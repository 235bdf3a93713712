"""Store of access tokens and frozen actors."""

import json

from countersign.adapters.sql.changes import count_change, write_counted
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.actors import Role, Scope
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.access import AccessToken, FrozenActor
from countersign.ports.stores.processes.changes import Topic
from countersign.protocol.canonical_json import JsonObject


class SqlAccessStore(SqlStore):
    """Implements `ports.stores.access.AccessStore`."""

    async def add_token(self, token: AccessToken) -> bool:
        values = values_of(token, scopes=json.dumps(list(map(_scope_to_json, token.scopes))))

        def insert(connection: Connection) -> bool:
            is_new = connection.execute(get_query("insert_access_token"), values).rowcount == 1
            count_change(connection, Topic.ACCESS)
            return is_new

        return await self._database.write(insert)

    async def revoke_token(self, name: str, revoked_ts: int) -> None:
        values = {"name": name, "revoked_ts": revoked_ts}
        await write_counted(self._database, Topic.ACCESS, get_query("revoke_access_token"), values)

    async def tokens(self) -> list[AccessToken]:
        return [
            _token(row) for row in await self._database.read_rows(get_query("access_tokens"), {})
        ]

    async def freeze(self, frozen: FrozenActor) -> None:
        query, values = get_query("freeze_actor"), values_of(frozen)
        await write_counted(self._database, Topic.ACCESS, query, values)

    async def unfreeze(self, actor: str) -> None:
        query, values = get_query("unfreeze_actor"), {"actor": actor}
        await write_counted(self._database, Topic.ACCESS, query, values)

    async def frozen(self) -> list[FrozenActor]:
        rows = await self._database.read_rows(get_query("frozen_actors"), {})
        return [record_from(FrozenActor, row) for row in rows]


def _token(row: Row) -> AccessToken:
    """Return a token as it was stored.

    Raises:
        StoreUnavailable: the row was damaged; a token whose scopes are not known lets nobody in.
    """
    try:
        return record_from(AccessToken, row, token_hash=bytes, scopes=_scopes)
    except (ValueError, TypeError, KeyError) as error:
        raise StoreUnavailable(f"A stored token can't be read: {error}") from error


def _scopes(text: str) -> tuple[Scope, ...]:
    return tuple(map(_scope_from_json, json.loads(text)))


def _scope_to_json(scope: Scope) -> JsonObject:
    rooms = None if scope.rooms is None else sorted(scope.rooms)
    return {"role": scope.role.value, "community": scope.community, "rooms": rooms}


def _scope_from_json(value: JsonObject) -> Scope:
    rooms = value["rooms"]
    return Scope(
        role=Role(value["role"]),
        community=value["community"],
        rooms=None if rooms is None else frozenset(rooms),
    )
