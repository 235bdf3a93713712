"""Tests through PgBouncer, which gives every transaction another session."""

import asyncio
import os
import shutil
import subprocess
from contextlib import suppress

import pytest
from examples.demo.loopback import free_port

from countersign.adapters.sql.bundle import stores_in
from countersign.policy.measures.trust_records import GivenTrust, Trust
from countersign.ports.stores.decisions import DecisionQuery
from countersign.testing.records import REFUSE, make_recorded
from tests.databases import make_postgres_database
from tests.postgres_server import NOBODY, as_nobody, shared_server

SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 3
max_client_conn = 50
"""


@pytest.fixture
async def pooled(tmp_path):
    """The URL of a database behind PgBouncer, with fewer sessions than we have connections."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        if os.environ.get("COUNTERSIGN_TESTS_SKIP") == "never":
            pytest.fail("PgBouncer is not installed: apt-get install pgbouncer")
        pytest.skip("PgBouncer is not installed: apt-get install pgbouncer")
    server, port = shared_server(), free_port()
    name = (await make_postgres_database()).rpartition("/")[2]
    (server.folder / "users").write_text('"postgres" ""\n')
    settings = server.folder / "pgbouncer.ini"
    settings.write_text(SETTINGS.format(server=server.port, port=port, folder=server.folder))
    if os.geteuid() == 0:
        for file in (settings, server.folder / "users"):
            os.chown(file, NOBODY, NOBODY)
    process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
        [program, "-q", settings], cwd=server.folder, stderr=subprocess.DEVNULL, **as_nobody()
    )
    try:
        async with asyncio.timeout(60):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield server.url(name, port=port)
    finally:
        process.kill()
        process.wait(10)


async def test_all_kinds_of_work_go_through_it_at_once(pooled, open_database):
    database = open_database(pooled)
    stores = stores_in(database)
    given = GivenTrust(level=Trust.TRUSTED, until_ts=None, reason="")
    recorded = [make_recorded(number, REFUSE) for number in range(300)]

    standing, *_ = await asyncio.gather(
        asyncio.gather(*map(stores.decisions.record, recorded)),
        *(stores.trust.find("default", f"@{number}:a.example") for number in range(50)),
        *(stores.trust.set_given("default", f"@{number}:a.example", given) for number in range(20)),
        *(stores.rooms.load() for _ in range(10)),
    )

    assert standing == recorded
    assert [await stores.decisions.find(each.key) for each in recorded[:20]] == recorded[:20]
    assert len(await stores.trust.list_given()) == 20
    found = await stores.decisions.latest(DecisionQuery(sender=recorded[0].sender), limit=200)
    assert len(found) == 200
    async with database._quick.borrowed() as borrowed:
        assert not borrowed.connection.is_direct


async def test_a_direct_connection_is_told_from_a_pooled_one(url, open_database):
    database = open_database(url)

    async with database._quick.borrowed() as borrowed:
        assert borrowed.connection.is_direct
