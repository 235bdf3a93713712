"""Store of decisions: one row each, inserted once."""

import asyncio
import json
from collections.abc import Callable, Collection, Sequence
from contextlib import closing, suppress
from functools import lru_cache, partial
from itertools import islice
from typing import Any, Final

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
_NAMED: Final = ("room", "sender", "event_type", "asked_by", "policy_revision")
"""The columns of a decision that hold numbers of names."""
_NAMED_AT_ONCE: Final = 500
_MAX_NAMES: Final = 50_000
_LOOK_UP_SECONDS: Final = 5.0
_NEXT_SECONDS: Final = 0.05
_read_decision: Final = msgspec.json.Decoder(Decision).decode
"""Takes half of the time of `Decision.from_json`, for an equal decision."""
_look_up_few: Final = partial(look_up_some, at_once=500)
"""Adds a few decisions to the search index: some milliseconds of the writer's time."""


class SqlDecisionStore:
    """Implements `ports.stores.decisions.DecisionStore` and `DecisionReview`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: bytes) -> RecordedDecision | None:
        """See `DecisionStore.find`; one indexed read, which does not suspend on SQLite."""
        row = await self._database.find(get_query("find_decision"), {"key": key})
        return None if row is None else _from_row(row)

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """See `DecisionStore.record`."""
        standing = await self._database.record_decision(_to_row(decision))
        return decision if standing is None else _from_row(standing)

    async def by_reference(self, reference: str) -> list[RecordedDecision]:
        """See `DecisionStore.by_reference`."""
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
        if reference.startswith("$"):  # two event IDs can encode one hash
            found = [decision for decision in found if decision.event_id == reference]
        return found[:_MAX_BY_REFERENCE]

    async def latest(
        self,
        query: DecisionQuery = EVERY_DECISION,
        *,
        limit: int = 50,
        before_key: bytes | None = None,
    ) -> list[RecordedDecision]:
        """See `DecisionStore.latest`."""
        limit = max(0, min(limit, _MAX_LATEST))
        if query.needs_findings:
            # If nothing can be written, decisions since the last search are not found.
            with suppress(StoreUnavailable):
                while await self._database.write(look_up_some):
                    pass

        def read(connection: Connection) -> list[RecordedDecision]:
            searched = search_rows(connection, query, before_key=before_key, expected=limit)
            with closing(searched) as rows:
                return list(islice(filter(query.matches, map(_from_row, rows)), limit))

        return await self._database.read(read) if limit else []

    async def keep_searchable(self) -> None:
        """Add new decisions to the search index every few seconds until cancelled.

        Otherwise the first search after a month would have to add those of a month.
        """
        more = False
        while True:
            await asyncio.sleep(_NEXT_SECONDS if more else _LOOK_UP_SECONDS)
            more = False  # after a failure, try again after the long pause
            with suppress(StoreUnavailable):  # the writer notes it
                more = await self._database.write(_look_up_few)

    async def count(self) -> int:
        """See `DecisionStore.count`."""
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
        """See `DecisionReview.review`."""
        values = {
            "since_ts": since_ts,
            "before_ts": END_OF_TIME_TS if before_ts is None else before_ts,
            "room_id": room_id,
            "rooms": None if rooms is None else json.dumps(sorted(rooms)),
        }

        is_of_all = room_id is None and rooms is None
        counting = "count_decisions_since" if is_of_all else "count_decisions_in_rooms_since"

        def read(connection: Connection) -> int:
            names = _Names(connection)
            rows = connection.stream(get_query("decisions_with_findings"), values)
            while some := list(islice(rows, _NAMED_AT_ONCE)):
                names.look_up(some)
                for row in some:
                    take(_with_names(*row, name_of=names.known.get))
            (count,) = connection.execute(get_query(counting), values).fetchone()
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


class _Names:
    """Names by number, each looked up once.

    Attributes:
        known: the names that were looked up, by number.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.known: dict[int | None, str] = {}

    def look_up(self, rows: Sequence[Row]) -> None:
        """Look up the names in these rows."""
        if len(self.known) > _MAX_NAMES:
            self.known.clear()
        numbers = {row[column] for row in rows for column in _NAMED}
        unknown = sorted(numbers.difference(self.known, [None]))
        if unknown:
            values = {"numbers": json.dumps(unknown)}
            found = self._connection.execute(get_query("names_of_numbers"), values)
            self.known.update(dict(found))


def _from_row(row: Row) -> RecordedDecision:
    """Return the recorded decision of a row with names.

    Raises:
        StoreUnavailable: the row was damaged.
    """
    return _recorded(
        row["key"],
        row["event_id"],
        row["decided_ts"],
        row["verdict"],
        row["decision"],
        row["details_gone"],
        room_id=row["room_id"],
        sender=row["sender"],
        event_type=row["event_type"],
        asked_by=row["asked_by"],
        policy_revision=row["policy_revision"],
    )


def _with_names(*row: Any, name_of: Callable[[int | None], Any]) -> RecordedDecision:
    """Return the recorded decision of a row with numbers in place of names.

    Raises:
        StoreUnavailable: the row was damaged.
    """
    key, event_id, decided_ts, verdict, decision, gone, room, sender, kind, asked_by, revision = row
    return _recorded(
        key,
        event_id,
        decided_ts,
        verdict,
        decision,
        gone,
        room_id=name_of(room),
        sender=name_of(sender) or "",
        event_type=name_of(kind),
        asked_by=name_of(asked_by),
        policy_revision=name_of(revision),
    )


def _recorded(
    key: bytes,
    event_id: str | None,
    decided_ts: int,
    verdict: str,
    decision: str | None,
    details_gone: str | None,
    *,
    room_id: str,
    sender: str,
    event_type: str | None,
    asked_by: str,
    policy_revision: str,
) -> RecordedDecision:
    try:
        return RecordedDecision(
            key=key,
            room_id=room_id,
            event_id=event_id or _hash_id(key),
            event_type=event_type or "",  # erased, as an empty sender is
            sender=sender,
            asked_by=asked_by,
            decided_ts=decided_ts,
            decision=(
                _plain(Verdict(verdict), policy_revision)
                if decision is None
                else _read_stored(decision)
            ),
            details_gone=None if details_gone is None else DetailsGone(details_gone),
        )
    except (ValueError, TypeError, BadJson) as error:
        raise StoreUnavailable(f"A stored decision can't be read: {error}") from error


def _read_stored(decision: str) -> Decision:
    try:
        return _read_decision(decision)
    except msgspec.ValidationError:  # from an earlier version, or damaged
        return Decision.from_json(msgspec.json.decode(decision))


@lru_cache(_MAX_PLAIN)
def _plain(verdict: Verdict, policy_revision: str) -> Decision:
    """Return a decision without findings."""
    return Decision(
        verdict=verdict, findings=(), says=None, harms=(), policy_revision=policy_revision
    )


def _hash_id(key: bytes) -> str:
    """Return the event ID of room versions 4 and up, which is derived from the signed bytes."""
    return f"${unpadded_base64.encode_url_safe(key)}"
