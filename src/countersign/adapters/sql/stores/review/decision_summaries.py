"""Summaries of decisions: counted for statistics, and filled in where they are missing."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple

from countersign.adapters.sql.database import Connection, Database
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores.review.decision_rows import NamesByNumber, read_stored
from countersign.policy.review.summaries import DecisionSummary, read_summary
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import SummarizedDecisions

_ROWS_AT_ONCE: Final = 2_000
_SUMMARIZED_AT_ONCE: Final = 200
"""A few milliseconds of the writer's time."""


class _Key(NamedTuple):
    """Key by which decisions are counted; `summary` is a `DecisionSummary` or its text."""

    name: str
    summary: Any


def summarized(
    connection: Connection, values: Mapping[str, Any], name_of: Callable[[str], str]
) -> dict[str, list[SummarizedDecisions]]:
    """Return how many decisions have each summary, by the names that rooms are given.

    Args:
        connection: the connection of the database.
        values: the values of `summaries_of_decisions`.
        name_of: returns the name for a room's ID.

    Raises:
        StoreUnavailable: a row was damaged.
    """
    names = NamesByNumber(connection)

    @cache
    def name_of_room(number: int) -> str:
        return name_of(names.known[number])

    counted: dict[_Key, tuple[list[int], set[int]]] = {}
    for query, read in (
        ("summaries_of_decisions", str),
        ("decisions_without_summaries", _summary_of),
    ):
        rows = connection.stream(get_query(query), values)
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            names.look_up(row[0] for row in some)
            for room, sender, text in some:
                key = _Key(name_of_room(room), read(text))
                counts = counted.get(key)
                if counts is None:
                    counts = counted[key] = ([0], set())
                counts[0][0] += 1
                counts[1].add(sender)
    by_day: dict[str, list[SummarizedDecisions]] = {}
    for (name, summary), ((events,), people) in counted.items():
        try:
            summarized_decisions = read_summary(summary) if isinstance(summary, str) else summary
        except ValueError as error:
            raise StoreUnavailable(f"A stored summary can't be read: {error}") from error
        by_day.setdefault(name, []).append(
            SummarizedDecisions(summarized_decisions, events, people)
        )
    return by_day


async def summarize_some(database: Database) -> bool:
    """Fill in some summaries that are missing; return True if there are more.

    Raises:
        StoreUnavailable: the database can't be read or written now.
    """

    def read(connection: Connection) -> list[dict[str, Any]]:
        values = {"limit": _SUMMARIZED_AT_ONCE}
        rows = connection.execute(get_query("decisions_to_summarize"), values).fetchall()
        return [
            {"number": number, "decision": decision, "summary": _text_of(decision)}
            for number, decision in rows
        ]

    missing = await database.read(read)
    if missing:

        def write(connection: Connection) -> None:
            connection.executemany(get_query("set_summary"), missing)

        await database.write(write)
    return len(missing) == _SUMMARIZED_AT_ONCE


def _text_of(decision: str) -> str:
    try:
        return _summary_of(decision).to_text()
    except StoreUnavailable:  # damaged: whoever counts it reads it, and is told
        return ""


def _summary_of(decision: str) -> DecisionSummary:
    return DecisionSummary.of(read_stored(decision))
