"""Other servers' key documents in SQLite."""

import sqlite3
from collections.abc import Iterator

from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.protocol.errors import ProtocolError
from countersign.protocol.server_keys import ServerKeys, parse_server_keys


class SqliteServerKeyStore:
    """Implements `ports.server_keys.ServerKeyStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def load(self) -> list[ServerKeys]:
        """Return the keys of every server whose document still verifies, by server name."""
        query = get_query("server_keys")
        return await self._database.read(lambda driver: list(_parsed(driver.execute(query))))

    async def save(self, keys: ServerKeys, document: bytes) -> None:
        """Store the document that `keys` were read from, in the place of that server's last one."""
        values = {
            "server_name": keys.server_name,
            "document": document,
            "fetched_ts": keys.fetched_ts,
        }

        def write(driver: sqlite3.Connection) -> None:
            driver.execute(get_query("upsert_server_keys"), values)

        await self._database.write(write)


def _parsed(rows: sqlite3.Cursor) -> Iterator[ServerKeys]:
    for row in rows:
        try:
            # As of when it was fetched: its validity counts from then.
            yield parse_server_keys(row["document"], row["server_name"], row["fetched_ts"])
        except ProtocolError:
            continue  # rules grew stricter since; the key ring fetches it anew when it is needed
