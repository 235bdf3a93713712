"""Tests of decisions in SQLite: exact, found by index, cached only once they are durable."""

import asyncio
import json
import re
from dataclasses import replace
from functools import partial
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countersign.adapters.sql.queries import get_query
from countersign.adapters.sql.stores import decisions as decision_store
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.adapters.sql.stores.review import decision_search
from countersign.adapters.sql.stores.review.decision_search import look_up_some
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import DecisionQuery
from countersign.protocol import unpadded_base64
from countersign.testing.records import ALICE, BOB, FINDING, REFUSE, SIGN, make_recorded

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
findings = st.builds(
    Finding,
    filter=texts,
    harm=st.sampled_from(Harm),
    reason=texts,
    says=texts,
    value=st.none() | st.integers() | texts,
    limit=st.none() | st.integers() | texts,
    mode=st.sampled_from(Mode),
)
decisions = st.builds(
    Decision,
    verdict=st.sampled_from(Verdict),
    findings=st.lists(findings, max_size=3).map(tuple),
    says=st.none() | texts,
    harms=st.lists(st.sampled_from(Harm), max_size=3).map(tuple),
    policy_revision=texts,
)


@st.composite
def recorded_decisions(draw) -> RecordedDecision:
    key = draw(st.binary(min_size=32, max_size=32))
    return RecordedDecision(
        key=key,
        room_id=draw(texts),
        event_id=draw(
            st.just(f"${unpadded_base64.encode_url_safe(key)}")
            | st.just(f"${unpadded_base64.encode(key)}")
            | texts.map("${}:example.org".format)
        ),
        event_type=draw(texts),
        sender=draw(texts),
        asked_by=draw(texts),
        decided_ts=draw(st.integers(0, 2**53)),
        decision=draw(decisions),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(recorded=st.lists(recorded_decisions(), max_size=8, unique_by=lambda one: one.key))
async def test_any_decision_comes_back_field_for_field(open_database, other_process, recorded):
    other_process.execute("DELETE FROM decisions")
    database = open_database()
    store = SqlDecisionStore(database)

    assert await asyncio.gather(*(store.record(one) for one in recorded)) == recorded

    fresh = SqlDecisionStore(database)  # which remembers nothing
    found = [await fresh.find(one.key) for one in recorded]
    assert found == recorded
    assert repr(found) == repr(recorded)  # so that no value came back as another type
    await database.close()


async def test_a_key_is_found_after_it_was_asked_for_in_vain(store):
    recorded = make_recorded()
    assert await store.find(recorded.key) is None

    await store.record(recorded)

    assert await store.find(recorded.key) == recorded


async def test_nothing_is_known_while_it_is_not_durable(store, locked):
    recorded = make_recorded()
    with locked():
        task = asyncio.create_task(store.record(recorded))
        await asyncio.sleep(0.05)

        assert not task.done()
        assert await store.find(recorded.key) is None

    await task
    assert await store.find(recorded.key) == recorded


async def test_a_failing_insert_leaves_nothing_behind(store, other_process):
    bad, good = make_recorded(1), make_recorded(2)
    other_process.execute(
        "CREATE TRIGGER fault BEFORE INSERT ON decisions WHEN new.decided_ts = "
        f"{bad.decided_ts} BEGIN SELECT RAISE(ABORT, 'injected fault'); END"
    )

    told = await asyncio.gather(store.record(bad), store.record(good), return_exceptions=True)

    assert isinstance(told[0], StoreUnavailable)
    assert "injected fault" in str(told[0])
    assert told[1] == good
    assert await store.find(bad.key) is None
    assert await store.count() == 1
    other_process.execute("DROP TRIGGER fault")
    assert await store.record(bad) == bad


async def test_a_decision_cannot_be_updated_by_anyone(store, other_process):
    await store.record(make_recorded(decision=REFUSE))

    with pytest.raises(Exception, match="a decision is never updated"):
        other_process.execute("UPDATE decisions SET verdict = 'sign'")


@pytest.mark.parametrize("damaged", ['{"verdict": "sign', '{"verdict": "sign"}', "[]", ""])
async def test_a_damaged_row_is_trouble_and_not_a_decision(open_database, other_process, damaged):
    recorded = await SqlDecisionStore(open_database()).record(make_recorded(decision=REFUSE))
    other_process.execute("DROP TRIGGER decisions_stand")
    other_process.execute("UPDATE decisions SET decision = ?", [damaged])
    store = SqlDecisionStore(open_database())

    with pytest.raises(StoreUnavailable):
        await store.find(recorded.key)
    with pytest.raises(StoreUnavailable):
        await store.latest()


async def test_short_references_that_collide_name_all_their_decisions(store):
    key = sha256(b"").digest()
    twins = [
        replace(make_recorded(), key=key[:-1] + bytes([last]), event_id=f"${last}:example.org")
        for last in range(3)
    ]
    for twin in twins:
        await store.record(twin)

    found = await store.find_by_reference(twins[0].reference)

    assert sorted(found, key=lambda decision: decision.event_id) == twins


async def test_another_spelling_of_the_event_id_names_nothing(store):
    recorded = await store.record(make_recorded(4))
    standard = f"${unpadded_base64.encode(recorded.key)}"
    assert standard != recorded.event_id

    assert await store.find_by_reference(standard) == []


async def test_a_plain_decision_takes_no_json(store, other_process):
    await store.record(make_recorded(1, SIGN))
    await store.record(make_recorded(2, REFUSE))

    rows = other_process.execute("SELECT event_id, decision IS NULL FROM decisions").fetchall()

    assert [tuple(row) for row in rows] == [(None, 1), (None, 0)]


@pytest.mark.parametrize(
    "query",
    [
        "find_decision",
        "decisions_by_key_range",
        "decisions_by_event_id",
        "number_of_decision",
        "number_bounds",
        "numbers_of_all",
        "numbers_of_refusals",
        "numbers_in_room",
        "numbers_of_refusals_in_room",
        "numbers_of_sender",
        "numbers_of_server",
        "numbers_by_name",
        "numbers_by_score",
        "decisions_among",
    ],
)
async def test_every_question_has_an_index_that_answers_it_in_order(path, other_process, query):
    sql = get_query(query)
    values = dict.fromkeys(re.findall(r":(\w+)", sql))

    plan = other_process.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()

    steps = [row["detail"] for row in plan]
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
    scans = [step for step in steps if step.startswith("SCAN") and "SCAN json_each" not in step]
    assert scans == [], steps


@pytest.mark.parametrize(
    "query",
    [
        DecisionQuery(filter="keyword", step='a "name"'),
        DecisionQuery(filter="Gewinnspiel 🎰"),
    ],
)
async def test_names_of_any_spelling_are_found(store, query):
    finding = replace(FINDING, step='a "name"')
    named = make_recorded(1, replace(REFUSE, findings=(finding,)))
    await store.record(named)

    assert await store.latest(query) == [named] * query.matches(named)


async def test_a_server_of_many_is_found_as_well(store, monkeypatch):
    monkeypatch.setattr(decision_search, "_FEW_OF_SERVER", 1)
    monkeypatch.setattr(decision_search, "_FIRST_ROWS", 2)
    recorded = [make_recorded(number, sender=(ALICE, BOB)[number % 2]) for number in range(9)]
    for one in recorded:
        await store.record(one)

    found = await store.latest(DecisionQuery(server="example.org"), limit=3)

    assert found == recorded[8:3:-2]


async def test_new_decisions_are_found_before_the_first_search(store, monkeypatch):
    monkeypatch.setattr(decision_store, "_look_up_few", partial(look_up_some, at_once=1))
    monkeypatch.setattr(decision_store, "_NEXT_SECONDS", 0.001)
    monkeypatch.setattr(decision_store, "_LOOK_UP_SECONDS", 0.001)
    for number in range(3):
        await store.record(make_recorded(number, replace(REFUSE, findings=(FINDING,))))

    def names(driver):
        return driver.execute("SELECT count(*) FROM found_names").fetchone()[0]

    keeping = asyncio.create_task(store.keep_searchable())
    async with asyncio.timeout(60):
        while await store._database.read(names) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    keeping.cancel()


@pytest.mark.parametrize("changed", ["", "value", "kind"])
async def test_a_decision_is_read_as_from_json_does(open_database, other_process, changed):
    """A faster reader is used unless a value has a type that this version does not write."""
    finding = Finding(
        filter="link",
        harm=Harm.SPAM,
        reason="a link",
        says="No links, please.",
        value=3,
        weight=4,
        kind=FindingKind.EVIDENCE,
        rests_on=(0, 2),
    )
    decision = Decision.from_findings((finding,), policy_revision="a", trust=Trust.NEW)
    stored = decision.to_stored()
    (kept,) = stored["findings"]
    if changed == "value":
        kept["value"] = 1.5  # no version wrote that
    if changed == "kind":
        del kept["kind"], kept["weight"]  # as before version 19 of the schema
    store = SqlDecisionStore(open_database())
    await store.record(replace(make_recorded(1), decision=decision))
    other_process.execute("UPDATE decisions SET decision = ?", [json.dumps(stored)])

    (read,) = await store.latest()

    assert read.decision == Decision.from_json(stored)
    assert read.decision.findings[0].rests_on == (0, 2)
