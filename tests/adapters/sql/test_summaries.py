"""Tests of summaries when their decisions are erased, expire, or come from an earlier version."""

import asyncio
import json
from dataclasses import replace

import pytest

from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.privacy.people import SqlPersonalData
from countersign.adapters.sql.privacy.retention import SqlRetention
from countersign.adapters.sql.privacy.rooms import SqlRoomData
from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.review import decision_summaries
from countersign.adapters.sql.stores.review.decision_summaries import summarize_some
from countersign.basics.durations import DAY_MS
from countersign.policy.review.summaries import DecisionSummary
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.personal_data import CutOff, DataKind
from countersign.testing.records import ALICE, BOB, REFUSE, SIGN_WITH_A_SHADOW, make_recorded
from tests.contracts.stores.reviewed_decisions import WITH_MANY_STEPS
from tests.databases import make_postgres_database
from tests.waiting import PATIENCE_SECONDS

OTHER_ROOM = "!other:example.org"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
async def database(request, path):
    if request.param == "SQLite":
        database = SqliteDatabase(path)
    else:
        address = parse_postgres_url(await make_postgres_database(), path.parent)
        database = PostgresDatabase(address)
    yield database
    await database.close()


@pytest.fixture
async def store(database):
    """Four refusals: two of Alice, one of them in another room, and two of Bob."""
    store = SqlDecisionStore(database)
    for number, (sender, room_id) in enumerate(
        [(ALICE, OTHER_ROOM), (ALICE, "!r:example.org"), (BOB, "!r:example.org"), (BOB, "!s:x.org")]
    ):
        await store.record(make_recorded(number, REFUSE, sender=sender, room_id=room_id))
    return store


async def counted(store):
    """Return how many events and people are counted, in all."""
    found = await store.summarized(0, lambda _: "")
    events = sum(each.events for each in found.get("", ()))
    return events, len({person for each in found.get("", ()) for person in each.people})


async def stored_summaries(database):
    rows = await database.read_rows("SELECT summary FROM decisions ORDER BY number", {})
    return [summary for (summary,) in rows]


async def as_an_earlier_version_records(database):
    """Leave the decisions without summaries, as programs of an earlier version do."""
    await database.write_rows("UPDATE decisions SET summary = NULL", {})


async def test_a_summary_goes_with_the_person(store, database):
    assert await counted(store) == (4, 2)

    await SqlPersonalData(database).erase(ALICE, keep_given=True, may_rebuild=True)

    assert await counted(store) == (2, 1)
    assert (await stored_summaries(database))[:2] == [None, None]


async def test_a_summary_goes_with_its_room(store, database):
    await SqlRoomData(database).erase(OTHER_ROOM, may_rebuild=True)

    assert await counted(store) == (3, 2)


async def test_a_summary_goes_with_its_retention_time(store, database):
    before_ts, now_ts = make_recorded(2).decided_ts, make_recorded(2).decided_ts + 2 * DAY_MS
    retention = SqlRetention(database)
    await retention.move_cut_off(DataKind.REFUSED, CutOff(before_ts, now_ts))
    while not (
        await retention.remove_slice(DataKind.REFUSED, before_ts, now_ts=now_ts, limit=50)
    ).is_done:
        pass

    assert await counted(store) == (2, 1)


async def test_a_summary_is_deleted_with_details_that_an_older_version_deletes(store, database):
    """That program knows nothing of the column."""
    await database.write_rows(
        "UPDATE decisions SET event_id = NULL, decision = NULL, details_gone = 'retention', "
        "sender = (SELECT number FROM names WHERE name = ''), "
        "event_type = (SELECT number FROM names WHERE name = ''), "
        "asked_by = (SELECT number FROM names WHERE name = ''), "
        "decided_ts = decided_ts - decided_ts % 86400000 WHERE key = :key",
        {"key": make_recorded(3).key},
    )

    assert (await stored_summaries(database))[3] is None
    assert await counted(store) == (3, 2)


async def test_a_person_whom_a_step_is_named_after_is_struck_out(database):
    store = SqlDecisionStore(database)
    finding = replace(SIGN_WITH_A_SHADOW.findings[0], step=f"against {ALICE}")
    named = make_recorded(1, replace(SIGN_WITH_A_SHADOW, findings=(finding,)), sender=BOB)
    await store.record(named)

    await SqlPersonalData(database).erase(ALICE, keep_given=True, may_rebuild=True)

    (recorded,) = await store.find_by_reference(named.reference)
    ((summarized,),) = (await store.summarized(0, str)).values()
    assert summarized.summary == DecisionSummary.of(recorded.decision)
    assert [each.label for each in summarized.summary.steps] == ["against (erased)"]


async def test_decisions_of_an_earlier_version_are_counted_at_once_and_summarized_later(
    store, database, monkeypatch
):
    monkeypatch.setattr(decision_summaries, "_SUMMARIZED_AT_ONCE", 2)
    before = await stored_summaries(database)
    await as_an_earlier_version_records(database)
    assert await counted(store) == (4, 2)

    rounds = 1
    while await summarize_some(database):
        rounds += 1

    assert rounds == 3
    assert await stored_summaries(database) == before
    assert await counted(store) == (4, 2)


async def test_a_running_server_summarizes_them(store, database, monkeypatch):
    monkeypatch.setattr("countersign.adapters.sql.stores.decisions._LOOK_UP_SECONDS", 0.01)
    before = await stored_summaries(database)
    await as_an_earlier_version_records(database)

    keeping = asyncio.create_task(store.keep_searchable())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await stored_summaries(database) != before:  # noqa: ASYNC110 - by a database
                await asyncio.sleep(0.01)
    finally:
        keeping.cancel()


async def test_a_summary_that_is_too_long_is_read_from_its_decision(store, database):
    many = make_recorded(8, WITH_MANY_STEPS, sender="@carol:example.org")
    await store.record(many)
    assert (await stored_summaries(database))[-1] == ""

    assert await counted(store) == (5, 3)
    await as_an_earlier_version_records(database)
    assert not await summarize_some(database)
    assert not await summarize_some(database)
    assert (await stored_summaries(database))[-1] == ""
    assert await counted(store) == (5, 3)


async def test_a_damaged_one_is_told_of(store, database):
    await database.write_rows(
        "UPDATE decisions SET summary = :damaged WHERE number = 1",
        {"damaged": json.dumps(["new", "nothing", 1, []])},
    )

    with pytest.raises(StoreUnavailable, match="summary"):
        await counted(store)


async def test_a_damaged_decision_keeps_none_from_being_summarized(store, database, monkeypatch):
    monkeypatch.setattr(decision_summaries, "_SUMMARIZED_AT_ONCE", 1)
    before = await stored_summaries(database)
    await as_an_earlier_version_records(database)
    damaged = {"decision": json.dumps({"verdict": "refuse"})}
    await database.write_rows("UPDATE decisions SET decision = :decision WHERE number = 1", damaged)

    while await summarize_some(database):
        pass

    assert await stored_summaries(database) == ["", *before[1:]]
    with pytest.raises(StoreUnavailable, match="decision"):
        await counted(store)


@pytest.mark.parametrize(
    ("query", "step"),
    [
        ("summaries_of_decisions", "USING COVERING INDEX summaries_of_decisions"),
        ("decisions_without_summaries", "USING INDEX decisions_without_summaries"),
        ("decisions_to_summarize", "USING INDEX decisions_without_summaries"),
    ],
)
async def test_summaries_are_read_by_an_index_that_lists_no_others(path, query, step):
    """Rows of decisions are large and many, and the last of these is asked every few seconds."""
    database = SqliteDatabase(path)
    values = {"since_ts": 0, "before_ts": 1, "room_id": None, "rooms": None, "limit": 1}
    explained = f"EXPLAIN QUERY PLAN {get_query(query)}"
    plan = [row["detail"] for row in await database.read_rows(explained, values)]
    await database.close()

    assert any(step in each for each in plan), plan
