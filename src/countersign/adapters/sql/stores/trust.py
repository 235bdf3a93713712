"""Whom communities have seen, in SQLite."""

import sqlite3
from collections.abc import Iterable
from dataclasses import asdict

from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.policy.measures.trust import Trust, TrustRecord
from countersign.ports.stores.trust import Seen


class SqliteTrustStore:
    """Implements `ports.acquaintances.TrustStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def find(self, community: str, user_id: str) -> TrustRecord | None:
        """Return what is known of the user."""
        values = {"community": community, "user_id": user_id}
        row = self._database.find(get_query("find_acquaintance"), values)
        return None if row is None else _known(row)

    async def save(self, seen: Iterable[Seen]) -> None:
        """Store what is known now, each in the place of what was known before."""
        rows = [
            {"community": each.community, "user_id": each.user_id, **asdict(each.known)}
            for each in seen
        ]

        def write(driver: sqlite3.Connection) -> None:
            driver.executemany(get_query("upsert_acquaintance"), rows)

        await self._database.write(write)

    async def given(self, community: str | None = None) -> list[Seen]:
        """Return everyone to whom a moderator gave a level, of one community or of all."""
        query, values = get_query("given_trust"), {"community": community}
        rows = await self._database.read(lambda driver: driver.execute(query, values).fetchall())
        return [Seen(row["community"], row["user_id"], _known(row)) for row in rows]


def _known(row: sqlite3.Row) -> TrustRecord:
    return TrustRecord(
        first_seen_ts=row["first_seen_ts"],
        accepted_events=row["accepted_events"],
        active_days=row["active_days"],
        last_active_day=row["last_active_day"],
        given=None if row["given"] is None else Trust(row["given"]),
        given_until_ts=row["given_until_ts"],
        given_reason=row["given_reason"],
    )
