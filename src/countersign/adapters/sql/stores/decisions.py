"""Store of decisions: one row each, inserted once."""

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from typing import Any, Final

from countersign.adapters.sql.database import Connection, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.references import find_key_range
from countersign.adapters.sql.stores.review.decision_rows import (
    NamesByNumber,
    from_row,
    to_row,
    with_names,
)
from countersign.adapters.sql.stores.review.decision_search import (
    END_OF_TIME_TS,
    look_up_some,
    search_rows,
)
from countersign.adapters.sql.stores.review.decision_summaries import (
    summarize_some,
    summarized,
)
from countersign.policy.decisions import RecordedDecision
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import (
    EVERY_DECISION,
    DecisionQuery,
    SummarizedDecisions,
)

_MAX_BY_REFERENCE: Final = 20
_MAX_LATEST: Final = 3_000
_NAMED: Final = ("room", "sender", "event_type", "asked_by", "policy_revision")
"""The columns of a decision that hold numbers of names."""
_NAMED_AT_ONCE: Final = 500
_LOOK_UP_SECONDS: Final = 5.0
_NEXT_SECONDS: Final = 0.05
_look_up_few: Final = partial(look_up_some, at_once=500)
"""Adds a few decisions to the search index: some milliseconds of the writer's time."""


class SqlDecisionStore(SqlStore):
    """Implements `ports.stores.decisions.DecisionStore` and `DecisionReview`."""

    async def find(self, key: bytes) -> RecordedDecision | None:
        """See `DecisionStore.find`; one indexed read, which does not suspend on SQLite."""
        row = await self._database.find(get_query("find_decision"), {"key": key})
        return None if row is None else from_row(row)

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        standing = await self._database.record_decision(to_row(decision))
        return decision if standing is None else from_row(standing)

    async def find_by_reference(self, reference: str) -> list[RecordedDecision]:
        return await self.find_by_references((reference,))

    async def find_by_references(self, references: Collection[str]) -> list[RecordedDecision]:
        def read(connection: Connection) -> list[RecordedDecision]:
            return [found for each in references for found in _referred_to(connection, each)]

        return await self._database.read(read) if references else []

    async def latest(
        self,
        query: DecisionQuery = EVERY_DECISION,
        *,
        limit: int = 50,
        before_key: bytes | None = None,
    ) -> list[RecordedDecision]:
        limit = max(0, min(limit, _MAX_LATEST))
        if query.needs_findings:
            # If nothing can be written, decisions since the last search are not found.
            with suppress(StoreUnavailable):
                while await self._database.write(look_up_some):
                    pass

        def read(connection: Connection) -> list[RecordedDecision]:
            searched = search_rows(connection, query, before_key=before_key, expected=limit)
            with closing(searched) as rows:
                return list(islice(filter(query.matches, map(from_row, rows)), limit))

        return await self._database.read(read) if limit else []

    async def keep_searchable(self) -> None:
        """Add new decisions to the search index every few seconds until cancelled.

        Otherwise the first search after a month would have to add those of a month. Decisions that
        an earlier version recorded get summaries as well.
        """
        has_more = False
        while True:
            await asyncio.sleep(_NEXT_SECONDS if has_more else _LOOK_UP_SECONDS)
            has_more = False  # after a failure, try again after the long pause
            with suppress(StoreUnavailable):  # the writer notes it
                has_more = await self._database.write(_look_up_few)
                has_more = await summarize_some(self._database) or has_more

    async def count(self) -> int:
        ((count,),) = await self._database.read_rows(get_query("count_decisions"), {})
        return int(count)

    async def review(
        self,
        since_ts: int,
        take: Callable[[RecordedDecision], None],
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
        before_ts: int | None = None,
    ) -> int:
        values = _reviewed(since_ts, room_id, rooms, before_ts)

        def read(connection: Connection) -> int:
            names = NamesByNumber(connection)
            rows = connection.stream(get_query("decisions_with_findings"), values)
            while some := list(islice(rows, _NAMED_AT_ONCE)):
                names.look_up(row[column] for row in some for column in _NAMED)
                for row in some:
                    take(with_names(*row, name_of=names.known.get))
            return _count(connection, values)

        return await self._database.read(read)

    async def summarized(
        self,
        since_ts: int,
        name_of: Callable[[str], str],
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
        before_ts: int | None = None,
    ) -> dict[str, list[SummarizedDecisions]]:
        values = _reviewed(since_ts, room_id, rooms, before_ts)
        return await self._database.read(lambda connection: summarized(connection, values, name_of))

    async def count_decided(
        self,
        since_ts: int,
        *,
        room_id: str | None = None,
        rooms: Collection[str] | None = None,
    ) -> int:
        values = _reviewed(since_ts, room_id, rooms, None)
        return await self._database.read(lambda connection: _count(connection, values))


def _reviewed(
    since_ts: int, room_id: str | None, rooms: Collection[str] | None, before_ts: int | None
) -> dict[str, Any]:
    return {
        "since_ts": since_ts,
        "before_ts": END_OF_TIME_TS if before_ts is None else before_ts,
        "room_id": room_id,
        "rooms": None if rooms is None else json.dumps(sorted(rooms)),
    }


def _count(connection: Connection, values: Mapping[str, Any]) -> int:
    is_of_all = values["room_id"] is None and values["rooms"] is None
    query = "count_decisions_since" if is_of_all else "count_decisions_in_rooms_since"
    (count,) = connection.execute(get_query(query), values).fetchone()
    return int(count)


def _referred_to(connection: Connection, reference: str) -> list[RecordedDecision]:
    keys = find_key_range(reference)
    values = {"event_id": reference, "limit": _MAX_BY_REFERENCE}
    rows = connection.execute(get_query("decisions_by_event_id"), values).fetchall()
    if keys is not None:
        by_range = get_query("decisions_by_key_range")
        rows += connection.execute(by_range, values | keys._asdict()).fetchall()
    decisions = [from_row(row) for row in rows]
    if reference.startswith("$"):  # two event IDs can encode one hash
        decisions = [each for each in decisions if each.event_id == reference]
    return decisions[:_MAX_BY_REFERENCE]
