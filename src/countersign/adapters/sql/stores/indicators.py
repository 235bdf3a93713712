"""Store of communities' indicators."""

from collections.abc import Collection, Mapping
from typing import Any

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.policy.questions.indicators import BadBecause, BadIndicator, PostedIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.ports.indicators import IndicatorKey
from countersign.ports.stores.processes.changes import Topic


class SqlIndicatorStore(SqlStore):
    """Implements `ports.indicators.IndicatorStore`."""

    async def save(
        self,
        posted: Mapping[IndicatorKey, PostedIndicator],
        bad: Collection[BadIndicator],
        *,
        forget_posted: Collection[IndicatorKey] = (),
        forget_ended_before_ts: int = 0,
        is_taken_back: bool = False,
    ) -> None:
        def write(connection: Connection) -> None:
            changed = {"changed": count_change(connection, Topic.INDICATORS)}
            connection.executemany(
                get_query("upsert_posted_indicator"),
                [{**_key(key), **each._asdict(), **changed} for key, each in posted.items()],
            )
            connection.executemany(get_query("delete_posted_indicator"), map(_key, forget_posted))
            connection.executemany(
                get_query("upsert_bad_indicator"), [_bad_values(each) | changed for each in bad]
            )
            connection.execute(
                get_query("delete_ended_bad_indicators"), {"until_ts": forget_ended_before_ts}
            )
            if is_taken_back:
                count_change(connection, Topic.INDICATORS_TAKEN_BACK)

        await self._database.write(write)

    async def posted(
        self, limit: int, *, changed_after: int = -1
    ) -> dict[IndicatorKey, PostedIndicator]:
        rows = await self._database.read_rows(
            get_query("posted_indicators"), {"limit": limit, "changed_after": changed_after}
        )
        return {
            (row["community"], row["digest"]): PostedIndicator(
                row["first_ts"], row["last_ts"], row["posters"]
            )
            for row in reversed(rows)
        }

    async def bad(self, *, ending_after_ts: int, limit: int) -> list[BadIndicator]:
        values = {"ending_after_ts": ending_after_ts, "limit": limit}
        rows = await self._database.read_rows(get_query("bad_indicators"), values)
        return [_bad(row) for row in reversed(rows)]

    async def changed_bad(self, changed_after: int, *, limit: int) -> list[BadIndicator]:
        values = {"changed_after": changed_after, "limit": limit}
        rows = await self._database.read_rows(get_query("changed_bad_indicators"), values)
        return [_bad(row) for row in reversed(rows)]

    async def remove_bad(self, key: IndicatorKey) -> None:
        def write(connection: Connection) -> None:
            changed = {"changed": count_change(connection, Topic.INDICATORS)}
            connection.execute(get_query("end_bad_indicator"), _key(key) | changed)

        await self._database.write(write)


def _key(key: IndicatorKey) -> dict[str, Any]:
    community, digest = key
    return {"community": community, "digest": digest}


def _bad(row: Row) -> BadIndicator:
    return record_from(BadIndicator, row, kind=IndicatorKind, because=BadBecause)


def _bad_values(bad: BadIndicator) -> dict[str, Any]:
    return values_of(bad, kind=bad.kind.value, because=bad.because.value)
