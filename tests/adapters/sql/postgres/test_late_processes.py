"""A process that reads its answers late, as on a machine without a spare processor."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.postgres import database as database_module
from countersign.testing.records import make_recorded

LATE_SECONDS = 0.15
STATEMENT_MS = 75
"""Less than that: a statement takes a millisecond."""


@asynccontextmanager
async def late_answers(url):
    """Pass bytes on to a server at once, and its answers late; yield the address to use."""
    server = urlsplit(url)

    async def pass_on(reader, writer, seconds):
        while data := await reader.read(65_536):
            await asyncio.sleep(seconds)
            writer.write(data)
        writer.close()

    async def relay(reader, writer):
        behind = await asyncio.open_connection(server.hostname, server.port)
        await asyncio.gather(
            pass_on(reader, behind[1], 0), pass_on(behind[0], writer, LATE_SECONDS),
            return_exceptions=True,
        )  # fmt: skip

    listening = await asyncio.start_server(relay, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield url.replace(f":{server.port}/", f":{port}/")
    finally:
        listening.close()


async def test_statements_of_a_late_process_are_not_cut_off(url, open_database, monkeypatch):
    monkeypatch.setattr(database_module, "_QUICK_MS", STATEMENT_MS)
    async with late_answers(url) as address:
        stores = stores_in(open_database(address))
        recorded = make_recorded(1)

        assert await stores.decisions.find(recorded.key) is None
        assert await stores.trust.find("default", "@alice:example.org") is None
        assert await stores.decisions.record(recorded) is recorded
        assert (await stores.decisions.find(recorded.key)).key == recorded.key
