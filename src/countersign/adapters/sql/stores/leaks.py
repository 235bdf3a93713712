"""Store of leaks and their outbox."""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from countersign.adapters.sql.changes import count_change
from countersign.adapters.sql.database import Connection, Row, SqlStore
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.records import record_from, values_of
from countersign.ports.stores.leaks import (
    Channel,
    Leak,
    LeakCounts,
    LeakReport,
    OutboxEntry,
    OutboxState,
)
from countersign.ports.stores.processes.changes import Topic

_MAX_LATEST: Final = 1_000
_TOO_MANY: Final = "too many others waited for the same recipient"


class SqlLeakStore(SqlStore):
    """Implements `ports.leaks.LeakStore`."""

    async def record(self, leak: Leak, recipients: Sequence[str], *, max_waiting: int) -> bool:
        values = values_of(leak, channel=leak.channel.value)

        def write(connection: Connection) -> bool:
            inserted = connection.execute(get_query("insert_leak"), values).fetchone()
            if inserted is None:
                return False
            for recipient in recipients:
                _insert_outbox_entry(connection, inserted["number"], recipient, max_waiting)
            count_change(connection, Topic.OUTBOX)
            return True

        return await self._database.write(write)

    async def waiting(
        self, recipient: str, limit: int, *, except_rooms: Iterable[str] = ()
    ) -> list[Leak]:
        values = {
            "recipient": recipient,
            "limit": limit,
            "except_rooms": json.dumps(list(except_rooms)),
        }
        rows = await self._database.read_rows(get_query("waiting_leaks"), values)
        return [_leak_from(row) for row in rows]

    async def settle(
        self,
        keys: Sequence[bytes],
        recipient: str,
        *,
        state: OutboxState,
        outcome: str,
        tried_ts: int,
    ) -> None:
        settled = {
            "recipient": recipient,
            "state": state.value,
            "outcome": outcome,
            "tried_ts": tried_ts,
        }
        rows = [{"key": key, **settled} for key in keys]

        def write(connection: Connection) -> None:
            connection.executemany(get_query("settle_outbox_row"), rows)

        await self._database.write(write)

    async def abandon_other_recipients(self, recipients: Sequence[str], outcome: str) -> None:
        def write(connection: Connection) -> None:
            waited_for = connection.execute(get_query("waiting_recipients")).fetchall()
            for (recipient,) in waited_for:
                if recipient not in recipients:
                    values = {"recipient": recipient, "outcome": outcome}
                    connection.execute(get_query("give_up_recipient"), values)

        await self._database.write(write)

    async def find(self, key: bytes) -> LeakReport | None:
        def read(connection: Connection) -> LeakReport | None:
            row = connection.execute(get_query("leak"), {"key": key}).fetchone()
            return None if row is None else _report_from(connection, row)

        return await self._database.read(read)

    async def latest(
        self,
        *,
        rooms: Collection[str] | None = None,
        before_key: bytes | None = None,
        limit: int = 50,
    ) -> list[LeakReport]:
        query = "latest_leaks" if rooms is None else "latest_leaks_in_rooms"
        values = {
            "rooms": json.dumps(sorted(rooms or ())),
            "before_key": before_key,
            "limit": max(0, min(limit, _MAX_LATEST)),
        }

        def read(connection: Connection) -> list[LeakReport]:
            leaks = connection.execute(get_query(query), values).fetchall()
            return [_report_from(connection, row) for row in leaks]

        return await self._database.read(read)

    async def counts(self, since_ts: int) -> LeakCounts:
        def read(connection: Connection) -> LeakCounts:
            since = {"since_ts": since_ts}
            (leaks,) = connection.execute(get_query("count_leaks"), since).fetchone()
            return LeakCounts(
                leaks=leaks,
                waiting=_count(connection, since_ts, OutboxState.WAITING),
                given_up=_count(connection, since_ts, OutboxState.GIVEN_UP),
            )

        return await self._database.read(read)


def _insert_outbox_entry(
    connection: Connection, leak: int, recipient: str, max_waiting: int
) -> None:
    (waiting,) = connection.execute(get_query("count_waiting"), {"recipient": recipient}).fetchone()
    is_full = waiting >= max_waiting
    state = OutboxState.GIVEN_UP if is_full else OutboxState.WAITING
    values = {
        "leak": leak,
        "recipient": recipient,
        "state": state.value,
        "outcome": _TOO_MANY if is_full else "",
    }
    connection.execute(get_query("insert_outbox_row"), values)


def _count(connection: Connection, since_ts: int, state: OutboxState) -> int:
    values = {"since_ts": since_ts, "state": state.value}
    (count,) = connection.execute(get_query("count_outbox_rows"), values).fetchone()
    return int(count)


def _report_from(connection: Connection, row: Row) -> LeakReport:
    outbox = connection.execute(get_query("outbox_of_leak"), {"leak": row["number"]})
    return LeakReport(
        leak=_leak_from(row), outbox=tuple(_outbox_entry_from(each) for each in outbox)
    )


def _leak_from(row: Row) -> Leak:
    return record_from(Leak, row, channel=Channel)


def _outbox_entry_from(row: Row) -> OutboxEntry:
    return record_from(OutboxEntry, row, state=OutboxState)
