"""Tests of broadcasts between processes over a real Valkey server."""

import asyncio

import pytest
from structlog.testing import capture_logs

from countersign.adapters.valkey.broadcasts import SEND_EVERY_SECONDS, ValkeyBroadcasts
from countersign.ports.broadcasts import Topic
from tests.adapters.valkey.conftest import BEGINNING, on_both, until
from tests.contracts.broadcasts import BroadcastContract, Hub

CHANNEL = f"{BEGINNING}told"


@pytest.fixture
def open_process(server, opened, patient):
    async def open_process():
        client = await opened.open(server.url)
        await until(lambda: client.is_up)
        return ValkeyBroadcasts(client, process=f"{len(opened.clients)}")

    return open_process


@on_both
class TestContract(BroadcastContract):
    @pytest.fixture
    def open_broadcasts(self, open_process):
        return open_process

    @pytest.fixture
    def settle(self, server, opened):
        async def settle():
            await asyncio.sleep(2 * SEND_EVERY_SECONDS)
            await until(lambda: not any(client.is_busy for client in opened.clients))
            await asyncio.sleep(SEND_EVERY_SECONDS)

        return settle


class TestContractOfTheHub(BroadcastContract):
    @pytest.fixture
    def open_broadcasts(self):
        hub = Hub()

        async def join():
            return hub.join()

        return join

    @pytest.fixture
    def settle(self):
        return lambda: asyncio.sleep(0)


@pytest.mark.parametrize(
    "payload", [b"", b"nothing", b"\x93\xa1x\x01\x02", b"\x93\xa1x\x91\x91\xa6leaked\x90", b"\xc1"]
)
async def test_an_invalid_broadcast_is_ignored(server, open_process, payload):
    broadcasts = await open_process()
    heard = []
    broadcasts.subscribe(Topic.LEAKED, lambda room, domain: heard.append(room))
    with capture_logs() as logs, server.client() as inspector:
        inspector.publish(CHANNEL, payload)
        await until(lambda: logs)
        other = await open_process()
        other.publish(Topic.LEAKED, "!a:b", "b")
        await until(lambda: heard)

    assert heard == ["!a:b"]


async def test_broadcasts_continue_when_a_lost_server_is_back(server, open_process, opened):
    one, other = await open_process(), await open_process()
    heard = []
    other.subscribe(Topic.SEEN, heard.append)
    with server.client() as inspector:
        inspector.client_kill_filter(_type="pubsub", skipme=True)
    await until(lambda: not any(client.is_up for client in opened.clients))
    one.publish(Topic.SEEN, "lost")
    await asyncio.sleep(2 * SEND_EVERY_SECONDS)
    await until(lambda: all(client.is_up for client in opened.clients))
    one.publish(Topic.SEEN, "told")
    await until(lambda: heard)

    assert heard == ["told"]
