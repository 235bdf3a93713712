"""Recording of decisions in groups, with one statement and one commit for each group."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from countersign.adapters.sql.database import NewDecision
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.connection_errors import (
    CONFLICTS,
    DRIVER_TROUBLE,
    as_unavailable,
    is_connection_lost,
    is_mistake,
)
from countersign.adapters.sql.postgres.pool import Pool
from countersign.adapters.sql.postgres.statements import escaped
from countersign.adapters.sql.postgres.timelines import Timelines
from countersign.adapters.sql.write_trouble import WriteTrouble
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.short_waits import ShortWait

_MAX_WAITING: Final = 10_000
_MAX_GROUP: Final = 1_000
_QUIET_ROUNDS: Final = 2
_MAX_ROUNDS: Final = 50
_ATTEMPTS: Final = 4
_SECONDS: Final = 2.5
"""Time limit for one group, including a new connection: a request has four seconds in all."""
_RECORD: Final = """
SELECT * FROM record_decisions(
    $1, $2, $3, CAST(CAST($4 AS text) AS bigint[]), CAST(CAST($5 AS text) AS text[]), $6,
    CAST(CAST($7 AS text) AS bigint[]), CAST(CAST($8 AS text) AS bigint[]),
    CAST(CAST($9 AS text) AS bigint[]), CAST(CAST($10 AS text) AS bigint[]),
    CAST(CAST($11 AS text) AS bigint[]), $12
)
"""
"""Numbers and verdicts are sent as the text of an array: of each value in a list, asyncpg asks
whether it is a list itself."""
STATEMENTS: Final = ((_RECORD, [], [], [], "{}", "{}", [], *["{}"] * 5, []),)
"""The statement, with values that record nothing."""
_RETRIED: Final = (*CONFLICTS, asyncpg.NotNullViolationError)
"""Conflicts with other transactions; and a name that was deleted between two statements."""


class _Waiting(NamedTuple):
    row: NewDecision
    waiter: ShortWait[Any]


class Recorder:
    """Records decisions. For one event loop.

    Args:
        pool: provides the connections.
        trouble: failures are noted in it.
        timelines: know when another server took over.
    """

    def __init__(self, pool: Pool, trouble: WriteTrouble, timelines: Timelines) -> None:
        self._pool = pool
        self._trouble = trouble
        self._timelines = timelines
        self._known_changes = timelines.changes
        self._waiting: deque[_Waiting] = deque()
        self._working: asyncio.Task[None] | None = None

    async def record(self, row: NewDecision) -> asyncpg.Record | None:
        """See `Database.record_decision`."""
        if len(self._waiting) >= _MAX_WAITING:
            full = StoreUnavailable("Too many writes wait for the database.")
            self._trouble.note(full)
            raise full
        loop = asyncio.get_running_loop()
        waiter: ShortWait[asyncpg.Record | None] = ShortWait(loop=loop)
        self._waiting.append(_Waiting(row, waiter))
        if self._working is None:
            self._working = loop.create_task(self._work())
        return await waiter

    async def close(self) -> None:
        """Wait until all decisions that wait are recorded."""
        if self._working is not None:
            await self._working

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._gather()
                group = self._take()
                await self._carry_out(group)
        finally:
            self._working = None

    async def _gather(self) -> None:
        """Wait until rounds of the event loop pass without another decision: one for a lone one.

        With a second round, a lone decision would be sent after its event is signed ahead.
        """
        quiet, before = 0, len(self._waiting)
        for _ in range(_MAX_ROUNDS):
            await asyncio.sleep(0)
            quiet = quiet + 1 if len(self._waiting) == before else 0
            before = len(self._waiting)
            if quiet >= min(before, _QUIET_ROUNDS) or before >= _MAX_GROUP:
                return

    def _take(self) -> list[_Waiting]:
        """Remove a group from the queue, with the first decision of each key.

        Another decision with the same key is left for a later group, where it finds the first one.
        """
        group: dict[bytes, _Waiting] = {}
        later: list[_Waiting] = []
        while self._waiting and len(group) < _MAX_GROUP:
            each = self._waiting.popleft()
            if group.setdefault(each.row.own[0], each) is not each:
                later.append(each)
        self._waiting.extendleft(reversed(later))
        return list(group.values())

    async def _carry_out(self, group: Sequence[_Waiting]) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                standing = await self._commit([each.row for each in group])
        except Exception as error:  # noqa: BLE001 - all callers must get an answer
            is_trouble = isinstance(error, (*DRIVER_TROUBLE, StoreUnavailable, DatabaseUnusable))
            is_own_fault = is_mistake(error) or not is_trouble
            if is_own_fault and len(group) > 1:
                for each in group:  # so that only the one that fails gets an error
                    await self._carry_out([each])
                return
            failed = [*group]
            if not is_own_fault:
                # Those that came meanwhile would have to wait as long again, which exceeds their
                # time limit.
                failed += self._waiting
                self._waiting.clear()
                self._trouble.note(as_unavailable(self._pool.address, error))
            for each in failed:
                failure = as_unavailable(self._pool.address, error)
                failure.__cause__ = error
                if not each.waiter.done():
                    each.waiter.set_exception(failure)
            return
        if self._trouble.is_noted:
            self._trouble.note(None)
        for each in group:
            if not each.waiter.done():
                each.waiter.set_result(standing.get(each.row.own[0]))

    async def _commit(self, rows: Sequence[NewDecision]) -> dict[bytes, asyncpg.Record]:
        """Record rows; return by key the existing rows that prevented it."""
        values = _columns(rows)
        for attempt in range(1, _ATTEMPTS + 1):
            is_new = True
            try:
                async with self._pool.borrowed() as borrowed:
                    is_new = borrowed.is_new
                    self._require_same_server()
                    connection = borrowed.connection
                    if connection.is_direct:
                        existing = await connection.driver.fetch(_RECORD, *values)
                    else:
                        async with connection.transaction("read committed"):
                            existing = await connection.driver.fetch(_RECORD, *values)
            except DRIVER_TROUBLE as error:
                is_lost = is_connection_lost(error) and not is_new
                if attempt == _ATTEMPTS or not (is_lost or isinstance(error, _RETRIED)):
                    raise
            else:
                standing = {row["key"]: row for row in existing}
                if attempt > 1:  # an attempt with an unknown outcome may have been committed
                    for row in rows:
                        stood = standing.get(row.own[0])
                        if stood is not None and _is_same(stood, row):
                            del standing[row.own[0]]
                return standing
        raise AssertionError  # the last attempt returns or raises

    def _require_same_server(self) -> None:
        """Check that no other server took over since the last group.

        This group was decided without what the other one may lack. Later ones wait in the service,
        which was told of it.

        Raises:
            StoreUnavailable: another server took over; once for each time.
        """
        known, self._known_changes = self._known_changes, self._timelines.changes
        if known != self._known_changes:
            raise StoreUnavailable("Another PostgreSQL server took over a moment ago.")


def _columns(rows: Sequence[NewDecision]) -> list[list[Any] | str]:
    """Return the arguments of `_RECORD`: the names, then one array for each column."""
    names: dict[str, int] = {}
    places = [
        [names.setdefault(name, len(names) + 1) for name in column]
        for column in zip(*(row.names for row in rows), strict=True)
    ]
    keys, event_ids, moments, verdicts, decisions, summaries = zip(
        *(row.own for row in rows), strict=True
    )
    return [
        [escaped(name) for name in names],
        list(keys),
        [each and escaped(each) for each in event_ids],
        _array(moments),
        _array(verdicts),
        [each and escaped(each) for each in decisions],
        *map(_array, places),
        [each and escaped(each) for each in summaries],
    ]


def _array(values: Iterable[int | str]) -> str:
    """Return the text of an array of numbers or plain words."""
    return f"{{{','.join(map(str, values))}}}"


def _is_same(stood: asyncpg.Record, row: NewDecision) -> bool:
    _, event_id, decided_ts, verdict, decision, _ = row.own
    room, sender, event_type, asked_by, revision = row.names
    return (
        stood["event_id"], stood["decided_ts"], stood["verdict"], stood["decision"],
        stood["room_id"], stood["sender"], stood["event_type"], stood["asked_by"],
        stood["policy_revision"],
    ) == (
        event_id, decided_ts, verdict, decision, room, sender, event_type, asked_by, revision,
    )  # fmt: skip
