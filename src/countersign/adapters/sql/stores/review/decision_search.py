"""Search for decisions: by the index with the fewest matches, then a check of the rows."""

import heapq
import json
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from countersign.adapters.sql.database import Connection, Row
from countersign.adapters.sql.queries import get_query
from countersign.policy.decisions import Verdict
from countersign.ports.stores.decisions import DecisionQuery

END_OF_TIME_TS: Final = 2**63 - 1
_FIRST_ROWS: Final = 50
_MOST_ROWS: Final = 5_000
LOOKED_UP_AT_ONCE: Final = 2_000
_FEW_OF_SERVER: Final = 5_000
"""With more decisions of a server than this, reading all decisions finds enough of them fast."""


def look_up_some(connection: Connection, *, at_once: int = LOOKED_UP_AT_ONCE) -> bool:
    """Add the next decisions to the search index; return True if more are left.

    Only so many that writers are not delayed. Searches by name or score do it first; a background
    task does it regularly, so that little is left for them.
    """
    until, last = connection.execute(get_query("find_found_until")).fetchone()
    if last is None or until >= last:
        return False
    values = {"after": until, "until": min(until + at_once, last)}
    for statement in ("insert_found_names", "insert_found_scores", "move_found_until"):
        connection.execute(get_query(statement), values)
    return bool(values["until"] < last)


def search_rows(
    connection: Connection,
    query: DecisionQuery,
    *,
    before_key: bytes | None = None,
    expected: int = _FIRST_ROWS,
) -> Generator[Row, None, None]:
    """Yield the rows of decisions that may match a query, the last recorded first.

    The caller checks each against the query, since a step and a filter may have the same name.

    Args:
        connection: a connection to the database.
        query: the query.
        before_key: only decisions recorded before the one with this key; None for all.
        expected: the number of rows that are read first, at least 50.
    """
    numbers = iter(_numbers(connection, query, before_key))
    statement, values = get_query("decisions_among"), _values(query)
    size = max(_FIRST_ROWS, expected)
    while some := list(islice(numbers, size)):
        yield from connection.execute(statement, {**values, "numbers": json.dumps(some)}).fetchall()
        size = min(2 * size, _MOST_ROWS)


def _values(query: DecisionQuery) -> dict[str, Any]:
    return {
        "since_ts": query.since_ts,
        "before_ts": END_OF_TIME_TS if query.before_ts is None else query.before_ts,
        "verdict": query.verdict and query.verdict.value,
        "sender": query.sender,
        "server": query.server,
        "rooms": None if query.rooms is None else json.dumps(sorted(query.rooms)),
        "name": query.step if query.step is not None else query.filter,
        "min_score": query.min_score,
        "max_score": query.max_score,
    }


def _numbers(
    connection: Connection, query: DecisionQuery, before_key: bytes | None
) -> Iterable[int]:
    """Return the numbers of all rows that may match, in descending order."""
    before: int | None = END_OF_TIME_TS
    if before_key is not None:
        before = _number_of(connection, "number_of_decision", {"key": before_key})
    if before is None or query.rooms == frozenset():
        return []
    first = 0
    values = _values(query)
    if query.since_ts > 0 or query.before_ts is not None:
        among_few = query.has_findings or query.needs_findings
        statement = "number_bounds_with_findings" if among_few else "number_bounds"
        bounds = connection.execute(get_query(statement), values).fetchone()
        if bounds[0] is None:
            return []
        first, before = bounds[0], min(before, bounds[1] + 1)
    values |= {"first": first, "before": before}
    if query.keys is not None:
        numbers = (_number_of(connection, "number_of_decision", {"key": key}) for key in query.keys)
        return _sorted(number for number in numbers if number and first <= number < before)
    if query.sender is not None:
        return _column(connection, "numbers_of_sender", values)
    if query.server is not None:
        limited = values | {"limit": _FEW_OF_SERVER + 1}
        few = list(_column(connection, "numbers_of_server", limited))
        if len(few) <= _FEW_OF_SERVER:
            return _sorted(few)
    if values["name"] is not None:
        return _column(connection, "numbers_by_name", values)
    if (query.min_score or 0) > 0:
        return _sorted(_column(connection, "numbers_by_score", values))
    kind = "refusals" if query.verdict is Verdict.REFUSE else None
    if query.rooms is not None:
        in_room = f"numbers_of_{kind}_in_room" if kind else "numbers_in_room"
        by_room = [
            _column(connection, in_room, values | {"room_id": each}) for each in sorted(query.rooms)
        ]
        return heapq.merge(*by_room, reverse=True)
    return _column(connection, f"numbers_of_{kind or 'all'}", values)


def _column(connection: Connection, query: str, values: dict[str, Any]) -> Iterator[int]:
    return (number for (number,) in connection.stream(get_query(query), values))


def _number_of(connection: Connection, query: str, values: dict[str, Any]) -> int | None:
    return next(_column(connection, query, values), None)


def _sorted(numbers: Iterable[int]) -> list[int]:
    return sorted(numbers, reverse=True)
