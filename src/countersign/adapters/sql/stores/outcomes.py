"""Store of outcomes, that is people's actions on decisions."""

import json
from typing import Any

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.policy.decisions import RecordedDecision
from countersign.ports.stores.outcomes import TAKES_BACK, Outcome, OutcomeKind


class SqlOutcomeStore(SqlStore):
    """Implements `ports.stores.outcomes.OutcomeStore`."""

    async def add(self, outcome: Outcome) -> None:
        await self._database.write(lambda connection: insert_outcome(connection, outcome))

    async def of_decision(self, decision: RecordedDecision) -> list[Outcome]:
        values = {"key": decision.key, "reference": decision.reference}
        return await self._read("outcomes_of", values)

    async def list_since(self, since_ts: int, *, limit: int = 100_000) -> list[Outcome]:
        values = {"since_ts": since_ts, "limit": limit}
        return await self._read("outcomes_since", values)

    async def list_standing(self, kind: OutcomeKind, *, limit: int = 10_000) -> list[Outcome]:
        kinds = [kind, *(each for each, back in TAKES_BACK.items() if back is kind)]
        values = {"kinds": json.dumps(kinds), "limit": limit}
        latest: dict[str, Outcome] = {}
        for outcome in await self._read("latest_outcomes_of", values):
            latest.setdefault(outcome.reference, outcome)
        return [outcome for outcome in latest.values() if outcome.kind is kind]

    async def _read(self, query: str, values: dict[str, Any]) -> list[Outcome]:
        rows = await self._database.read_rows(get_query(query), values)
        # A newer version may have added kinds.
        kinds = set(OutcomeKind)
        return [_outcome(row) for row in rows if row["kind"] in kinds]


def insert_outcome(connection: Connection, outcome: Outcome) -> None:
    """Insert an outcome in the connection's transaction."""
    values = values_of(outcome, kind=outcome.kind.value, steps=json.dumps(outcome.steps))
    connection.execute(get_query("insert_outcome"), values)


def _outcome(row: Row) -> Outcome:
    return record_from(Outcome, row, kind=OutcomeKind, steps=lambda steps: tuple(json.loads(steps)))
