"""Tests of a standby that takes over, on real servers."""

import asyncio
import signal

import pytest
from campaigns.relay import Relay

from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.postgres.schema import migrate_schema
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.ports.errors import StoreUnavailable
from countersign.testing.records import make_recorded
from tests.postgres_server import PostgresServer
from tests.waiting import until


@pytest.fixture
def primary():
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def standby(primary):
    server = PostgresServer(follows=primary.port)
    yield server
    server.close()


async def test_a_group_of_decisions_is_not_recorded_on_a_server_that_has_just_taken_over(
    primary, standby, tmp_path
):
    relay = Relay(primary.port)
    address = parse_postgres_url(primary.url("postgres", port=relay.port), tmp_path)
    await migrate_schema(address)
    database = PostgresDatabase(address)
    store = SqlDecisionStore(database)
    took_over = []
    database.on_takeover(lambda: took_over.append(True))
    await store.record(make_recorded(1))
    await database.read_rows("SELECT 1", {})

    await asyncio.to_thread(primary.stop, signal.SIGQUIT)
    await asyncio.to_thread(standby.promote)
    relay.lead_to(standby.port)
    refusals = []
    while not refusals or "took over" not in refusals[-1]:
        with pytest.raises(StoreUnavailable) as refusal:  # noqa: PT012 - until it is reached
            await store.record(make_recorded(2))
            pytest.fail("It was recorded.")
        refusals.append(str(refusal.value))
        await asyncio.sleep(0.05)
    await until(lambda: took_over)
    await store.record(make_recorded(2))
    await database.read_rows("SELECT 1", {})
    await asyncio.sleep(0)

    assert took_over == [True]
    await database.close()
    relay.close()
