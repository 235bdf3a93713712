"""Tests of decisions recorded in groups, and of values that PostgreSQL rejects."""

import asyncio
import time
from dataclasses import replace

import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.later_rounds import call_after_rounds
from countersign.ports.event_loop.meanwhile import ROUNDS_UNTIL_SENT
from countersign.ports.stores.decisions import DecisionQuery
from countersign.testing.records import REFUSE, make_recorded
from tests.postgres_server import shared_server


@pytest.fixture
def decisions(open_database):
    return stores_in(open_database()).decisions


async def test_decisions_that_wait_together_are_committed_together(decisions, driver):
    await asyncio.gather(*(decisions.record(make_recorded(number)) for number in range(200)))

    ((commits,),) = await driver.fetch("SELECT count(DISTINCT xmin::text) FROM decisions")
    assert commits < 20


async def test_a_lone_decision_is_sent_before_its_event_is_signed_ahead(decisions, url):
    await decisions.record(make_recorded(1))  # so that there is a connection
    stored = []

    def sign():
        """Keep the event loop busy, as signing does, and see what PostgreSQL does meanwhile."""
        for _ in range(50):
            query, name = "SELECT count(*) FROM decisions", url.rpartition("/")[2]
            stored.append(shared_server().sql(query, name))
            if stored[-1] == "2":
                return
            time.sleep(0.02)

    call_after_rounds(ROUNDS_UNTIL_SENT, sign)
    await decisions.record(make_recorded(2))

    assert stored[-1] == "2"


async def test_the_first_of_two_waiting_decisions_on_one_event_is_stored(decisions):
    first, second = make_recorded(1), make_recorded(1, REFUSE)

    answers = await asyncio.gather(*map(decisions.record, [first, second, first]))

    assert answers == [first, first, first]


async def test_names_with_the_character_that_postgresql_cannot_hold_come_back(decisions):
    odd = replace(make_recorded(1, REFUSE, sender="@a\0b:x.example"), event_type="\0\ufdd0")

    assert await decisions.record(odd) == odd
    assert await decisions.find(odd.key) == odd
    assert await decisions.latest(DecisionQuery(sender=odd.sender)) == [odd]


async def test_a_decision_that_cannot_be_stored_does_not_affect_others(decisions):
    half_a_character = replace(make_recorded(1), event_type="\ud800")
    others = [make_recorded(number) for number in range(2, 12)]

    failed, *answers = await asyncio.gather(
        decisions.record(half_a_character), *map(decisions.record, others), return_exceptions=True
    )

    assert isinstance(failed, StoreUnavailable)
    assert answers == others
    assert await decisions.find(half_a_character.key) is None


async def test_a_caller_who_gives_up_leaves_its_decision_to_be_recorded(decisions):
    waiting = asyncio.create_task(decisions.record(make_recorded(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert await decisions.record(make_recorded(2)) == make_recorded(2)
    assert await decisions.find(make_recorded(1).key) == make_recorded(1)


async def test_another_process_finds_a_decision_by_its_findings_at_once(decisions, open_database):
    other = stores_in(open_database()).decisions
    refused = make_recorded(1, REFUSE)
    await decisions.record(refused)

    name = refused.decision.findings[0].filter
    assert await other.latest(DecisionQuery(filter=name)) == [refused]


async def test_many_who_look_at_once_find_each_their_own(decisions):
    known = [make_recorded(number) for number in range(50)]
    await asyncio.gather(*map(decisions.record, known))
    unknown = [make_recorded(number).key for number in range(50, 100)]

    keys = [*(each.key for each in known), *unknown]
    found = await asyncio.gather(*map(decisions.find, [*keys, *keys]))

    assert found == [*known, *[None] * 50] * 2


async def test_a_cancelled_caller_does_not_cancel_the_others(decisions):
    await decisions.record(make_recorded(1))
    first, second = (asyncio.create_task(decisions.find(make_recorded(1).key)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == make_recorded(1)


async def test_quick_statements_are_planned_once_and_searches_for_their_values(open_database):
    database = open_database()
    setting = "SELECT current_setting('plan_cache_mode') AS mode"

    assert (await database.find(setting, {}))["mode"] == "force_generic_plan"
    ((searched,),) = await database.read_rows(setting, {})
    assert searched == "auto"
