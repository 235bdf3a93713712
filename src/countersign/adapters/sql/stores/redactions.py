"""Redactions by our own user in SQLite."""

import json
import sqlite3
from collections.abc import Iterable, Mapping

from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.ports.stores.redactions import NumberedRedaction, OwnRedaction


class SqliteRedactionStore:
    """Implements `ports.redactions.RedactionStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, redaction: OwnRedaction) -> NumberedRedaction:
        """Store a redaction; return the one that stands, which is the first of its leak."""
        values = {
            "leak_key": redaction.leak_key,
            "room_id": redaction.room_id,
            "event_id": redaction.event_id,
            "event": json.dumps(redaction.event),
            "made_ts": redaction.made_ts,
        }

        def write(driver: sqlite3.Connection) -> NumberedRedaction:
            driver.execute(get_query("insert_own_redaction"), values)
            return _numbered(driver.execute(get_query("own_redaction_of_leak"), values).fetchone())

        return await self._database.write(write)

    async def of_leak(self, leak_key: bytes) -> NumberedRedaction | None:
        """Return the redaction of a leak; None if it has none."""
        found = await self._rows("own_redaction_of_leak", leak_key=leak_key)
        return _numbered(found[0]) if found else None

    async def by_event_id(self, event_id: str) -> OwnRedaction | None:
        """Return the redaction of that event ID; None if we made none."""
        found = await self._rows("own_redaction_by_event_id", event_id=event_id)
        return _numbered(found[0]).redaction if found else None

    async def following(
        self, number: int, *, room_ids: Iterable[str], since_ts: int, limit: int
    ) -> list[NumberedRedaction]:
        """Return up to `limit` redactions after `number`, in order."""
        found = await self._rows(
            "own_redactions_after",
            number=number,
            room_ids=json.dumps(list(room_ids)),
            since_ts=since_ts,
            limit=limit,
        )
        return [_numbered(row) for row in found]

    async def newest(self, since_ts: int) -> Mapping[str, tuple[int, int]]:
        """Return, by room, number and moment of the newest redaction made since `since_ts`."""
        found = await self._rows("newest_own_redactions", since_ts=since_ts)
        return {row["room_id"]: (row["number"], row["made_ts"]) for row in found}

    async def sent(self) -> Mapping[str, int]:
        """Return up to which number each server has what it is to have."""
        return {row["server"]: row["number"] for row in await self._rows("redactions_sent")}

    async def note_sent(self, server: str, number: int) -> None:
        """Store that a server has what it is to have up to this number."""
        await self._write("note_redactions_sent", server=server, number=number)

    async def forget_sent(self, below: int) -> None:
        """Forget the servers that have had nothing since the redaction of this number."""
        await self._write("forget_redactions_sent", number=below)

    async def _rows(self, query: str, **values: object) -> list[sqlite3.Row]:
        return await self._database.read(
            lambda driver: driver.execute(get_query(query), values).fetchall()
        )

    async def _write(self, query: str, **values: object) -> None:
        def write(driver: sqlite3.Connection) -> None:
            driver.execute(get_query(query), values)

        await self._database.write(write)


def _numbered(row: sqlite3.Row) -> NumberedRedaction:
    return NumberedRedaction(
        number=row["number"],
        redaction=OwnRedaction(
            leak_key=row["leak_key"],
            room_id=row["room_id"],
            event_id=row["event_id"],
            event=json.loads(row["event"]),
            made_ts=row["made_ts"],
        ),
    )
