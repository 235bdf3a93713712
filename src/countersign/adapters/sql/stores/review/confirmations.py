"""Store of commands that wait for a second person's confirmation."""

import json

from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.stores.confirmations import Confirmation, ConfirmationState


class SqlConfirmationStore(SqlStore):
    """Implements `ports.stores.confirmations.ConfirmationStore`."""

    async def add(self, confirmation: Confirmation) -> None:
        parameters = json.dumps(confirmation.parameters)
        values = values_of(confirmation, parameters=parameters, state=confirmation.state.value)
        await self._database.write_rows(get_query("insert_confirmation"), values)

    async def waiting(self, now_ts: int) -> list[Confirmation]:
        rows = await self._database.read_rows(get_query("waiting_confirmations"), {})
        if any(row["expires_ts"] <= now_ts for row in rows):

            def expire(connection: Connection) -> None:
                connection.execute(get_query("expire_confirmations"), {"now_ts": now_ts})

            await self._database.write(expire)
        return [_confirmation(row) for row in rows if row["expires_ts"] > now_ts]

    async def decide(
        self, reference: str, state: ConfirmationState, actor: str, now_ts: int
    ) -> bool:
        values = {"reference": reference, "state": state.value, "actor": actor, "now_ts": now_ts}
        return await self._database.write_rows(get_query("decide_confirmation"), values) == 1

    async def reopen(self, confirmation: Confirmation) -> None:
        values = {
            "reference": confirmation.reference,
            "parameters": json.dumps(confirmation.parameters),
        }
        await self._database.write_rows(get_query("confirmation_waits_on"), values)


def _confirmation(row: Row) -> Confirmation:
    return record_from(Confirmation, row, parameters=json.loads, state=ConfirmationState)
