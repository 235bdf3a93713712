"""Store of members' reports of events."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Final

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.ports.stores.review.reports import (
    MAX_OF_REPORTER,
    MAX_REPORTERS,
    Report,
    ReportAdded,
    ReportedEvent,
    ReportLimits,
)

_MAX_READ: Final = 20_000
"""Reports that are read at once; the earliest of more are left out."""


class SqlReportStore(SqlStore):
    """Implements `ports.stores.review.reports.ReportStore`."""

    async def add(self, report: Report, limits: ReportLimits) -> ReportAdded:
        values = {**asdict(report), "is_known": int(report.is_known), "since_ts": limits.since_ts}

        def write(connection: Connection) -> ReportAdded:
            known = connection.execute(get_query("count_reports_of_event"), values).fetchone()
            if known["own"] or known["of_event"] >= MAX_REPORTERS:
                return ReportAdded.KNOWN
            counted = connection.execute(get_query("count_reports"), values).fetchone()
            if _is_full(counted, report, limits):
                return ReportAdded.FULL
            connection.execute(get_query("insert_report"), values)
            return ReportAdded.ADDED

        return await self._database.write(write)

    async def events(
        self,
        *,
        communities: Collection[str] | None,
        rooms: Collection[str] = (),
        since_ts: int,
        limit: int,
    ) -> list[ReportedEvent]:
        values = {
            "communities": None if communities is None else json.dumps(sorted(communities)),
            "rooms": json.dumps(sorted(rooms)),
            "since_ts": since_ts,
            "limit": _MAX_READ,
        }
        rows = await self._database.read_rows(get_query("reports"), values)
        return _grouped(rows)[: max(0, limit)]

    async def find(self, key: bytes) -> ReportedEvent | None:
        rows = await self._database.read_rows(get_query("reports_of_event"), {"key": key})
        events = _grouped(rows)
        return events[0] if events else None

    async def made_by(self, reporter: str) -> dict[bytes, int]:
        values = {"reporter": reporter, "limit": MAX_OF_REPORTER}
        rows = await self._database.read_rows(get_query("reports_of_reporter"), values)
        return {bytes(row["key"]): row["made_ts"] for row in rows}


def _is_full(counted: Row, report: Report, limits: ReportLimits) -> bool:
    """Return True if another report would exceed a limit."""
    if (
        counted["of_the_day"] >= limits.per_day
        or counted["of_reporter"] >= limits.of_reporter
        or counted["of_sender"] >= limits.of_sender
    ):
        return True
    return not report.is_known and (
        counted["of_strangers"] >= limits.of_strangers or counted["of_domain"] >= limits.of_domain
    )


def _grouped(newest_first: Iterable[Row]) -> list[ReportedEvent]:
    """Return the events of reports, the one reported first last."""
    by_key: dict[bytes, list[Row]] = {}
    for row in newest_first:
        by_key.setdefault(bytes(row["key"]), []).append(row)
    events = [_event(key, rows[::-1]) for key, rows in by_key.items()]
    return sorted(events, key=lambda each: each.first_ts, reverse=True)


def _event(key: bytes, oldest_first: list[Row]) -> ReportedEvent:
    first = oldest_first[0]
    return ReportedEvent(
        key=key,
        reference=first["reference"],
        community=first["community"],
        room_id=first["room_id"],
        sender=first["sender"],
        reporters=len(oldest_first),
        texts=tuple(row["text"] for row in oldest_first if row["text"]),
        made_ts=tuple(sorted(row["made_ts"] for row in oldest_first)),
    )
