"""Tests that a database which refuses connections is not flooded with attempts."""

import asyncio
from contextlib import ExitStack

import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.attempts import Attempts
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.ports.errors import StoreUnavailable
from countersign.testing.records import make_recorded

CALLERS = 30
ROUNDS = 10


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def attempts(clock):
    return Attempts(clock)


def fail(attempts, error=StoreUnavailable):
    with pytest.raises(error), attempts.attempt():
        raise error("The password is wrong.")


def raise_unavailable():
    raise StoreUnavailable("It is gone.")


def may_try(attempts):
    attempt = attempts.attempt()
    try:
        attempt.__enter__()
    except StoreUnavailable:
        return False
    given_up = asyncio.CancelledError()  # leaves everything as it was
    attempt.__exit__(type(given_up), given_up, None)
    return True


def test_while_all_is_well_everybody_tries(attempts):
    with attempts.attempt(), attempts.attempt():
        assert may_try(attempts)


def test_after_a_failure_nobody_tries_for_a_while_and_all_hear_why(attempts, clock):
    fail(attempts, DatabaseUnusable)

    with pytest.raises(StoreUnavailable, match="The password is wrong"), attempts.attempt():
        pass
    clock.now += 0.2
    assert may_try(attempts)


def test_then_one_at_a_time_tries(attempts, clock):
    fail(attempts)
    clock.now += 0.2
    with attempts.attempt():
        assert not may_try(attempts)
    assert may_try(attempts)


def test_the_pauses_grow_up_to_a_second_and_begin_anew(attempts, clock):
    pauses = []
    for _ in range(6):
        fail(attempts)
        pauses.append(0)
        while not may_try(attempts):
            clock.now += 1 / 16
            pauses[-1] += 1
    assert pauses == [2, 4, 7, 13, 16, 16]

    with attempts.attempt():
        pass
    fail(attempts)
    clock.now += 0.15
    assert may_try(attempts)


def test_those_who_failed_together_count_once(attempts, clock):
    with ExitStack() as several:
        for _ in range(8):
            several.enter_context(pytest.raises(StoreUnavailable))
            several.enter_context(attempts.attempt())
            several.callback(raise_unavailable)
    clock.now += 0.15
    assert may_try(attempts)


class Refusing:
    """A PostgreSQL that is starting up: it takes connections, and refuses each after a moment."""

    REFUSAL = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"

    def __init__(self):
        self.made = 0
        self.most_at_once = 0
        self._open = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._refuse, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    def forget(self):
        self.made = self.most_at_once = 0

    async def _refuse(self, reader, writer):
        self.made += 1
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            length = int.from_bytes(await reader.readexactly(4))
            request = await reader.readexactly(length - 4)
            if request == (80877103).to_bytes(4):  # the driver asks for TLS first
                writer.write(b"N")
                await reader.readexactly(4)
            await asyncio.sleep(0.05)
            writer.write(b"E" + (len(self.REFUSAL) + 4).to_bytes(4) + self.REFUSAL)
            await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            self._open -= 1
            writer.close()


async def test_callers_share_one_attempt_while_the_server_refuses(tmp_path):
    async with Refusing() as refusing:
        url = f"postgresql://postgres@127.0.0.1:{refusing.port}/name?sslmode=disable"
        database = PostgresDatabase(parse_postgres_url(url, tmp_path))
        stores = stores_in(database)

        async def call(number):
            for each in range(ROUNDS):
                with pytest.raises(StoreUnavailable, match="starting up"):
                    await stores.decisions.record(make_recorded(number * ROUNDS + each))
                with pytest.raises(StoreUnavailable, match="starting up"):
                    await stores.decisions.find(make_recorded(number).key)
                with pytest.raises(StoreUnavailable, match="starting up"):
                    await stores.trust.find("default", f"@user{number}:a.example")
                with pytest.raises(StoreUnavailable, match="starting up"):
                    await stores.rooms.load()
                await asyncio.sleep(0.02)

        try:
            await call(0)
            refusing.forget()
            await asyncio.gather(*map(call, range(1, CALLERS)))
        finally:
            await database.close()

        assert refusing.most_at_once <= 1
        assert 0 < refusing.made < CALLERS
