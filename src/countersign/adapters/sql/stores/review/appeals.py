"""Store of appeals against refusals."""

import json
from collections.abc import Collection
from dataclasses import asdict
from typing import Final

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from
from countersign.ports.stores.review.appeals import (
    MAX_NOTES,
    Appeal,
    AppealAdded,
    AppealLimits,
    AppealNote,
    AppealState,
)

_MAX_LISTED: Final = 1_000


class SqlAppealStore(SqlStore):
    """Implements `ports.stores.review.appeals.AppealStore`."""

    async def add(self, appeal: Appeal, limits: AppealLimits) -> AppealAdded:
        values = asdict(appeal)
        del values["notes"]

        def write(connection: Connection) -> AppealAdded:
            if connection.execute(get_query("find_appeal"), values).fetchone() is not None:
                return AppealAdded.KNOWN
            counted = connection.execute(
                get_query("count_appeals"), {**values, "since_ts": limits.since_ts}
            ).fetchone()
            if (
                counted["of_the_day"] >= limits.per_day
                or counted["open_of_sender"] >= limits.open_of_sender
            ):
                return AppealAdded.FULL
            connection.execute(get_query("insert_appeal"), values)
            return AppealAdded.ADDED

        return await self._database.write(write)

    async def find(self, key: bytes) -> Appeal | None:
        rows = await self._database.read_rows(get_query("find_appeal"), {"key": key})
        return _appeal(rows[0]) if rows else None

    async def listed(
        self,
        *,
        communities: Collection[str] | None = None,
        rooms: Collection[str] = (),
        state: AppealState | None = None,
        limit: int = 100,
    ) -> list[Appeal]:
        values = {
            "communities": None if communities is None else json.dumps(sorted(communities)),
            "rooms": json.dumps(sorted(rooms)),
            "state": state,
            "limit": max(0, min(limit, _MAX_LISTED)),
        }
        return list(map(_appeal, await self._database.read_rows(get_query("appeals"), values)))

    async def add_note(self, key: bytes, note: AppealNote) -> bool:
        values = {"key": key, "note": json.dumps(asdict(note)), "max_notes": MAX_NOTES}
        return await self._database.write_rows(get_query("add_appeal_note"), values) == 1

    async def decide(
        self,
        key: bytes,
        state: AppealState,
        *,
        decided_ts: int,
        decided_by: str,
        allowed_until_ts: int | None = None,
    ) -> bool:
        values = {
            "key": key,
            "state": state.value,
            "decided_ts": decided_ts,
            "decided_by": decided_by,
            "allowed_until_ts": allowed_until_ts,
        }
        return await self._database.write_rows(get_query("decide_appeal"), values) == 1


def _appeal(row: Row) -> Appeal:
    return record_from(Appeal, row, key=bytes, state=AppealState, notes=_notes)


def _notes(text: str) -> tuple[AppealNote, ...]:
    return tuple(AppealNote(**note) for note in json.loads(text))
