"""Store of browser sessions on the dashboard."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.stores.review.sessions import Notice, StoredSession


class SqlSessionStore(SqlStore):
    """Implements `ports.stores.review.sessions.SessionStore`."""

    async def open(
        self,
        session: StoredSession,
        *,
        used_since_ts: int,
        began_since_ts: int,
        most: int,
        most_of_actor: int,
    ) -> None:
        values = values_of(session, notices=_to_json(session.notices))
        old = {"used_since_ts": used_since_ts, "began_since_ts": began_since_ts}

        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_old_sessions"), old)
            kept = {"actor": session.actor, "kept": most_of_actor - 1}
            connection.execute(get_query("delete_sessions_of_actor"), kept)
            connection.execute(get_query("delete_oldest_sessions"), {"kept": most - 1})
            connection.execute(get_query("insert_session"), values)

        await self._database.write(write)

    async def find(self, secret_hash: bytes) -> StoredSession | None:
        values = {"secret_hash": secret_hash}
        row = await self._database.find(get_query("find_session"), values)
        return None if row is None else _session(row)

    async def note_use(self, secret_hash: bytes, used_ts: int) -> None:
        values = {"secret_hash": secret_hash, "used_ts": used_ts}
        await self._database.write_rows(get_query("note_session_use"), values)

    async def keep_notices(self, secret_hash: bytes, notices: tuple[Notice, ...]) -> None:
        values = {"secret_hash": secret_hash, "notices": _to_json(notices)}
        await self._database.write_rows(get_query("keep_session_notices"), values)

    async def close(self, secret_hash: bytes) -> None:
        await self._database.write_rows(get_query("delete_session"), {"secret_hash": secret_hash})


def _to_json(notices: Iterable[Notice]) -> str:
    return json.dumps([asdict(each) for each in notices])


def _from_json(notices: str) -> tuple[Notice, ...]:
    return tuple(Notice(**each) for each in json.loads(notices))


def _session(row: Row) -> StoredSession:
    return record_from(StoredSession, row, secret_hash=bytes, token_proof=bytes, notices=_from_json)
