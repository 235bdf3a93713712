"""Faults of PostgreSQL: no record is lost or contradicted, and service recovers by itself."""

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.postgres import database as database_module
from countersign.adapters.sql.postgres.addresses import parse_postgres_url
from countersign.adapters.sql.postgres.database import PostgresDatabase
from countersign.adapters.sql.postgres.schema import make_database
from countersign.ports.errors import StoreUnavailable
from countersign.testing.records import REFUSE, make_recorded
from tests.postgres_server import PostgresServer

GIVEN_UP_SECONDS = 120.0
"""Time in which a busy machine gives up what has to be over in the 4 s of a request.

It is less than the driver's own 30 s, which nobody may have to wait.
"""

limits_as_shipped = pytest.mark.parametrize("patience", [None], ids=["limits as shipped"])
"""Time limit in tests of timeouts."""


@pytest.fixture(scope="module")
def server():
    """A server of our own, to be ended and started again: it keeps what it acknowledged."""
    server = PostgresServer(durable=True)
    yield server
    server.close()


@pytest.fixture
async def address(server, tmp_path):
    address = parse_postgres_url(server.url(server.new_database()), tmp_path)
    await make_database(address)
    return address


@asynccontextmanager
async def stores_at(address):
    database = PostgresDatabase(address)
    try:
        yield stores_in(database)
    finally:
        await database.close()


class Load:
    """Callers who record decisions one after the other, and what they were told."""

    def __init__(self, stores, callers=8):
        self.acknowledged = {}
        self.failures = []
        self._more = asyncio.Event()
        self._failed = asyncio.Event()
        self._stores = stores
        self._tasks = [asyncio.create_task(self._work(number)) for number in range(callers)]

    async def _work(self, caller):
        number = caller * 100_000
        while True:
            number += 1
            recorded = make_recorded(number)
            try:
                standing = await self._stores.decisions.record(recorded)
            except StoreUnavailable as error:
                self.failures.append(error)
                self._failed.set()
                await asyncio.sleep(0.05)
            else:
                assert standing == recorded
                self.acknowledged[recorded.key] = recorded
                self._more.set()

    async def until_more(self):
        """Wait until something more is acknowledged."""
        self._more.clear()
        async with asyncio.timeout(60):
            await self._more.wait()

    async def until_failure(self):
        """Wait until somebody is told that nothing is known to be stored."""
        async with asyncio.timeout(60):
            await self._failed.wait()

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert all(isinstance(error, asyncio.CancelledError) for error in ended), ended


async def reached(call):
    """Return what the call returns once the database is reached: that may take several attempts."""
    async with asyncio.timeout(60):
        while True:
            with contextlib.suppress(StoreUnavailable):
                return await call()
            await asyncio.sleep(0.05)


async def require_all(address, acknowledged):
    async with stores_at(address) as stores:
        for key, recorded in acknowledged.items():
            assert await reached(partial(stores.decisions.find, key)) == recorded


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in peace", "as by a crash"])
async def test_a_restart_loses_nothing_and_is_over(server, address, how):
    async with stores_at(address) as stores:
        load = Load(stores)
        await load.until_more()
        await asyncio.to_thread(server.stop, how)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.start)
        await load.until_more()
        assert await stores.trust.find("default", "@nobody:a.example") is None
        assert await stores.rooms.load() == []
        await load.stop()

    await require_all(address, load.acknowledged)


class Proxy:
    """A wire to the server that can be cut: what is sent then arrives nowhere."""

    def __init__(self, port):
        self._to = port
        self._is_whole = asyncio.Event()
        self._is_whole.set()
        self._tasks = set()

    async def __aenter__(self):
        self._listening = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self):
        self._is_whole.clear()

    def mend(self):
        self._is_whole.set()

    async def _carry(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        theirs = None
        try:
            await self._is_whole.wait()
            their_reader, theirs = await asyncio.open_connection("127.0.0.1", self._to)
            await asyncio.gather(self._pump(reader, theirs), self._pump(their_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            for each in (writer, theirs):
                if each is not None:
                    each.close()

    async def _pump(self, reader, writer):
        while chunk := await reader.read(65_536):
            await self._is_whole.wait()
            writer.write(chunk)
            await writer.drain()
        writer.close()


@limits_as_shipped
async def test_a_cut_network_holds_nobody_up_and_loses_nothing(server, address, tmp_path):
    name = address.place.rpartition("/")[2]
    async with Proxy(server.port) as proxy:
        through = parse_postgres_url(server.url(name, port=proxy.port), tmp_path)
        async with stores_at(through) as stores:
            load = Load(stores)
            await load.until_more()
            proxy.cut()
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                with pytest.raises(StoreUnavailable):
                    await stores.decisions.record(make_recorded(9_000_000))
            assert stores.health.find() is not None
            proxy.mend()
            await load.until_more()
            await load.stop()

    await require_all(address, load.acknowledged)


@pytest.fixture
def hanging(server):
    """The server, whose processes hang once told to, until the test is over."""
    yield server
    server.go_on()


def nothing(connection):
    connection.execute("SELECT 1")


@pytest.fixture
def lasting(monkeypatch):
    """Give statements so much time that whatever ends before was not ended by its limit."""
    monkeypatch.setattr(database_module, "_SLOW_MS", 600_000)
    monkeypatch.setattr(database_module, "_WRITE_MS", 600_000)


@limits_as_shipped
async def test_a_server_that_hangs_holds_up_no_writer_and_no_stop(address, hanging, lasting):
    """A statement may take long on a server that works; one that says nothing is given up."""
    database = PostgresDatabase(address)
    async with asyncio.timeout(120):
        await reached(partial(database.write, nothing))
        await reached(partial(database.read, nothing))
        await reached(partial(database.find, "SELECT 1 AS one", {}))
        hanging.hang()
        works = [database.write(nothing) for _ in range(50)]
        works += [database.read(nothing) for _ in range(10)]
        works += [database.find("SELECT 1 AS one", {}) for _ in range(50)]
        ended = await asyncio.gather(*works, return_exceptions=True)
        assert {type(error) for error in ended} == {StoreUnavailable}

        works = [asyncio.ensure_future(database.write(nothing)) for _ in range(50)]
        await asyncio.sleep(0)
        await database.close()
    await asyncio.gather(*works, return_exceptions=True)
    assert {type(work.exception()) for work in works} == {StoreUnavailable}


async def test_a_slow_statement_is_no_silence(address):
    database = PostgresDatabase(address)
    try:
        await database.write(lambda connection: connection.execute("SELECT pg_sleep(5)"))
    finally:
        await database.close()


@limits_as_shipped
async def test_an_endless_statement_is_given_up_at_the_end(address, lasting):
    database = PostgresDatabase(address)
    slow = [
        asyncio.ensure_future(
            database.write(lambda connection: connection.execute("SELECT pg_sleep(600)"))
        )
        for _ in range(3)
    ]
    async with asyncio.timeout(120):
        await asyncio.sleep(0.2)
        await database.close()
    await asyncio.gather(*slow, return_exceptions=True)
    assert {type(work.exception()) for work in slow} == {StoreUnavailable}


@limits_as_shipped
async def test_a_quick_read_has_one_time_limit_for_all_its_attempts(server, address, tmp_path):
    name = address.place.rpartition("/")[2]
    async with Proxy(server.port) as proxy:
        through = parse_postgres_url(server.url(name, port=proxy.port), tmp_path)
        async with stores_at(through) as stores:
            find = partial(stores.trust.find, "default", "@nobody:a.example")
            assert await reached(find) is None
            proxy.cut()
            async with asyncio.timeout(GIVEN_UP_SECONDS):
                with pytest.raises(StoreUnavailable):
                    await find()


@limits_as_shipped
async def test_a_locked_table_delays_nobody_forever(server, address):
    async with stores_at(address) as stores, stores_at(address) as other:
        await reached(partial(stores.decisions.record, make_recorded(1)))
        driver = await asyncpg.connect(server.url(address.place.rpartition("/")[2]))
        try:
            async with driver.transaction():
                await driver.execute("LOCK TABLE decisions IN ACCESS EXCLUSIVE MODE")
                async with asyncio.timeout(GIVEN_UP_SECONDS):
                    with pytest.raises(StoreUnavailable, match="lock timeout"):
                        await stores.decisions.record(make_recorded(2))
        finally:
            await driver.close()

        second = make_recorded(2)
        assert await reached(partial(stores.decisions.record, second)) == second
        assert await reached(partial(other.decisions.find, second.key)) == second


async def test_the_watch_tells_that_decisions_alone_can_not_be_written(address):
    async with stores_at(address) as stores:
        driver = await asyncpg.connect(address.url)
        watching = asyncio.create_task(stores.watch())
        try:
            async with driver.transaction(), asyncio.timeout(60):
                await driver.execute("LOCK TABLE decisions IN ACCESS EXCLUSIVE MODE")
                while stores.health.find() is None:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.05)
                assert "canceling statement due to" in stores.health.find()
        finally:
            watching.cancel()
            await driver.close()


async def test_a_database_that_turned_read_only_is_told_and_comes_back(server, address):
    name = address.place.rpartition("/")[2]
    async with stores_at(address) as stores:
        server.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with pytest.raises(StoreUnavailable, match=r"set to read-only.* reset default_transaction"):
            await stores.decisions.record(make_recorded(1))
        assert "read-only" in stores.health.find()
        server.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await asyncio.sleep(0.3)

        assert await stores.decisions.record(make_recorded(1)) == make_recorded(1)


async def test_two_processes_with_opposite_verdicts_give_one_answer(address):
    """The events are the same and come in different orders: nobody waits for ever for another."""
    verdicts, count = set(), 0
    async with stores_at(address) as one, stores_at(address) as two, asyncio.timeout(120):
        while len(verdicts) < 2:  # one of them may be done before the other is connected
            numbers = range(count, count + 3_000)
            signing = [one.decisions.record(make_recorded(number)) for number in numbers]
            refusing = [
                two.decisions.record(make_recorded(number, REFUSE)) for number in reversed(numbers)
            ]
            answers = await asyncio.gather(*signing, *refusing)
            ours, theirs = answers[: len(numbers)], answers[: len(numbers) - 1 : -1]

            assert ours == theirs
            verdicts = {answer.decision.verdict for answer in ours}
            count += len(numbers)
            assert await one.decisions.count() == count


@pytest.fixture
def small_disk():
    """A disk of 96 MB, mounted for the test, and a server on it."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-disk-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", folder]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("only root may mount the small disk that is to be full")
    server = None
    try:
        server = PostgresServer(durable=True, folder=folder, max_wal_size="32MB")
        yield server
    finally:
        if server is not None:
            server.stop(signal.SIGQUIT)
        subprocess.run(["umount", folder], check=True)
        folder.rmdir()


async def test_a_full_disk_loses_nothing_and_passes(small_disk, tmp_path):
    address = parse_postgres_url(small_disk.url(small_disk.new_database()), tmp_path)
    await make_database(address)
    ballast = small_disk.folder / "ballast"
    async with stores_at(address) as stores:
        load = Load(stores)
        await load.until_more()
        with ballast.open("wb") as file, contextlib.suppress(OSError):
            while file.write(bytes(65_536)):
                file.flush()
        await load.until_failure()
        assert stores.health.find() is not None
        ballast.unlink()
        if small_disk.process.poll() is not None:  # PostgreSQL gives up if its log has no place
            await asyncio.to_thread(small_disk.start)
        await load.until_more()
        await load.stop()

    await require_all(address, load.acknowledged)
