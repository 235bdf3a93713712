"""Store of decisions: one row each, inserted once."""

import asyncio
import json
from collections.abc import Callable, Collection
from contextlib import closing, suppress
from functools import lru_cache, partial
from itertools import islice
from typing import Final

import msgspec

from countersign.adapters.sql.database import Connection, Database, NewDecision, Row
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.references import find_key_range
from countersign.adapters.sql.stores.review.decision_search import (
    END_OF_TIME_TS,
    look_up_some,
    search_rows,
)
from countersign.policy.decisions import Decision, DetailsGone, RecordedDecision, Verdict
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import EVERY_DECISION, DecisionQuery
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson

_MAX_BY_REFERENCE: Final = 20
_MAX_LATEST: Final = 3_000
_MAX_PLAIN: Final = 100
_LOOK_UP_SECONDS: Final = 5.0
_NEXT_SECONDS: Final = 0.05
_look_up_few: Final = partial(look_up_some, at_once=500)
"""A few milliseconds of the writer's time."""


class SqlDecisionStore:
    """Implements `ports.stores.decisions.DecisionStore` and `DecisionReview`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: bytes) -> RecordedDecision | None:
        """Return the decision that stands on `key`, by one indexed read, inline."""
        row = await self._database.find(get_query("find_decision"), {"key": key})
        return None if row is None else _from_row(row)

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return, once durable, the one that stands."""
        standing = await self._database.record_decision(_to_row(decision))
        return decision if standing is None else _from_row(standing)

    async def by_reference(self, reference: str) -> list[RecordedDecision]:
        """Return the decisions that a person may mean by `reference`."""
        keys = find_key_range(reference)
        values = {"event_id": reference, "limit": _MAX_BY_REFERENCE}

        def read(connection: Connection) -> list[Row]:
            rows = connection.execute(get_query("decisions_by_event_id"), values).fetchall()
            if keys is not None:
                key_range = values | keys._asdict()
                by_range = get_query("decisions_by_key_range")
                rows += connection.execute(by_range, key_range).fetchall()
            return rows

        found = [_from_row(row) for row in await self._database.read(read)]
        if reference.startswith("$"):  # two event IDs can spell one hash; only this one was meant
            found = [decision for decision in found if decision.event_id == reference]
        return found[:_MAX_BY_REFERENCE]

    async def latest(
        self,
        query: DecisionQuery = EVERY_DECISION,
        *,
        limit: int = 50,
        before_key: bytes | None = None,
    ) -> list[RecordedDecision]:
        """Return up to `limit` decisions that a query means, the last recorded first."""
        limit = max(0, min(limit, _MAX_LATEST))
        if query.needs_findings:
            # While nothing can be written, what came since the last search is not found.
            with suppress(StoreUnavailable):
                while await self._database.write(look_up_some):
                    pass

        def read(connection: Connection) -> list[RecordedDecision]:
            searched = search_rows(connection, query, before_key=before_key, expected=limit)
            with closing(searched) as rows:
                return list(islice(filter(query.matches, map(_from_row, rows)), limit))

        return await self._database.read(read) if limit else []

    async def keep_searchable(self) -> None:
        """Look up what came since the last search, every few seconds, for ever.

        Else whoever searched first after a month would wait until a month was looked up.
        """
        more = False
        while True:
            await asyncio.sleep(_NEXT_SECONDS if more else _LOOK_UP_SECONDS)
            more = False  # in trouble, try again in peace
            with suppress(StoreUnavailable):  # noted by the writer
                more = await self._database.write(_look_up_few)

    async def count(self) -> int:
        """Return how many decisions are stored."""
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
        """Hand on every decision since then that has findings; return how many there are in all."""
        values = {
            "since_ts": since_ts,
            "before_ts": END_OF_TIME_TS if before_ts is None else before_ts,
            "room_id": room_id,
            "rooms": None if rooms is None else json.dumps(sorted(rooms)),
        }

        def read(connection: Connection) -> int:
            for row in connection.stream(get_query("decisions_with_findings"), values):
                take(_from_row(row))
            (count,) = connection.execute(get_query("count_decisions_since"), values).fetchone()
            return int(count)

        return await self._database.read(read)


def _to_row(recorded: RecordedDecision) -> NewDecision:
    decision = recorded.decision
    is_plain = not decision.findings and decision == _plain(
        decision.verdict, decision.policy_revision
    )
    return NewDecision(
        (
            recorded.key,
            None if recorded.event_id == _hash_id(recorded.key) else recorded.event_id,
            recorded.decided_ts,
            decision.verdict._value_,
            None if is_plain else json.dumps(decision.to_stored(), ensure_ascii=False),
        ),
        (
            recorded.room_id,
            recorded.sender,
            recorded.event_type,
            recorded.asked_by,
            decision.policy_revision,
        ),
    )


def _from_row(row: Row) -> RecordedDecision:
    """Return the decision exactly as it was recorded.

    Raises:
        StoreUnavailable: the row was damaged.
    """
    try:
        return RecordedDecision(
            key=row["key"],
            room_id=row["room_id"],
            event_id=row["event_id"] or _hash_id(row["key"]),
            event_type=row["event_type"] or "",  # as erased as a sender of that name
            sender=row["sender"],
            asked_by=row["asked_by"],
            decided_ts=row["decided_ts"],
            decision=_decision_in(row),
            details_gone=row["details_gone"] and DetailsGone(row["details_gone"]),
        )
    except (ValueError, TypeError, BadJson) as error:
        raise StoreUnavailable(f"A stored decision can't be read: {error}") from error


def _decision_in(row: Row) -> Decision:
    if row["decision"] is None:
        return _plain(Verdict(row["verdict"]), row["policy_revision"])
    return Decision.from_json(msgspec.json.decode(row["decision"]))


@lru_cache(_MAX_PLAIN)
def _plain(verdict: Verdict, policy_revision: str) -> Decision:
    """Return the decision that has no more to say than its verdict."""
    return Decision(
        verdict=verdict, findings=(), says=None, harms=(), policy_revision=policy_revision
    )


def _hash_id(key: bytes) -> str:
    """Return the event ID that room versions 4 and up derive from the signed bytes."""
    return f"${unpadded_base64.encode_url_safe(key)}"
