"""Store of communities' indicators."""

from collections.abc import Collection, Mapping
from typing import Any

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.policy.indicators.facts import BadBecause, BadIndicator, PostedIndicator
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.ports.indicators import IndicatorKey


class SqlIndicatorStore:
    """Implements `ports.indicators.IndicatorStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(
        self,
        posted: Mapping[IndicatorKey, PostedIndicator],
        bad: Collection[BadIndicator],
        *,
        forget_posted: Collection[IndicatorKey] = (),
        forget_ended_before_ts: int = 0,
    ) -> None:
        """Store all or none, and forget what is to be forgotten."""

        def write(connection: Connection) -> None:
            connection.executemany(
                get_query("upsert_posted_indicator"),
                [{**_key(key), **each._asdict()} for key, each in posted.items()],
            )
            connection.executemany(get_query("delete_posted_indicator"), map(_key, forget_posted))
            connection.executemany(get_query("upsert_bad_indicator"), map(_bad_values, bad))
            connection.execute(
                get_query("delete_ended_bad_indicators"), {"until_ts": forget_ended_before_ts}
            )

        await self._database.write(write)

    async def posted(self, limit: int) -> dict[IndicatorKey, PostedIndicator]:
        """Return so many of what members posted, the last one last."""
        rows = await self._database.read_rows(get_query("posted_indicators"), {"limit": limit})
        return {
            (row["community"], row["digest"]): PostedIndicator(
                row["first_ts"], row["last_ts"], row["posters"]
            )
            for row in reversed(rows)
        }

    async def bad(self, *, ending_after_ts: int, limit: int) -> list[BadIndicator]:
        """Return so many indicators that are bad until after a moment, the latest made last."""
        values = {"ending_after_ts": ending_after_ts, "limit": limit}
        return [
            BadIndicator(
                community=row["community"],
                digest=row["digest"],
                kind=IndicatorKind(row["kind"]),
                name=row["name"],
                because=BadBecause(row["because"]),
                reference=row["reference"],
                made_ts=row["made_ts"],
                until_ts=row["until_ts"],
            )
            for row in reversed(await self._database.read_rows(get_query("bad_indicators"), values))
        ]

    async def remove_bad(self, key: IndicatorKey) -> None:
        """Have an indicator be bad no more, if it is."""

        def write(connection: Connection) -> None:
            connection.execute(get_query("delete_bad_indicator"), _key(key))

        await self._database.write(write)


def _key(key: IndicatorKey) -> dict[str, Any]:
    community, digest = key
    return {"community": community, "digest": digest}


def _bad_values(bad: BadIndicator) -> dict[str, Any]:
    return {
        "community": bad.community,
        "digest": bad.digest,
        "kind": bad.kind.value,
        "name": bad.name,
        "because": bad.because.value,
        "reference": bad.reference,
        "made_ts": bad.made_ts,
        "until_ts": bad.until_ts,
    }
