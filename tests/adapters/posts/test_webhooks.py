"""Tests of webhooks: posted once, only to the configured address; the answer's body is not read."""

import asyncio
import ssl
from ipaddress import ip_network

import pytest
from aiohttp import web

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.posts import webhooks as webhooks_module
from countersign.adapters.posts.webhooks import open_webhooks
from countersign.ports.errors import PeerUnavailable, Trouble

LOOPBACK = AddressGuard([ip_network("127.0.0.0/8")])


class Receiver:
    """A receiver on loopback that answers as it is told."""

    def __init__(self):
        self.received = []
        self.answer = lambda: web.Response()
        self.url = ""


@pytest.fixture
async def receiver():
    receiver = Receiver()

    async def handle(request):
        receiver.received.append((request.path, dict(request.headers), await request.read()))
        return receiver.answer()

    application = web.Application()
    application.router.add_post("/{tail:.*}", handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (address,) = runner.addresses
    receiver.url = f"http://127.0.0.1:{address[1]}/leaks"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def webhooks():
    async with open_webhooks(LOOPBACK, ssl.create_default_context()) as webhooks:
        yield webhooks


async def test_a_document_is_posted_as_it_is(webhooks, receiver):
    await webhooks.post(receiver.url, b'{"a":1}', {"X-Signed": "yes"})

    ((path, headers, body),) = receiver.received
    assert (path, body) == ("/leaks", b'{"a":1}')
    assert headers["Content-Type"] == "application/json"
    assert headers["X-Signed"] == "yes"


@pytest.mark.parametrize("status", [204, 202])
async def test_any_success_will_do(webhooks, receiver, status):
    receiver.answer = lambda: web.Response(status=status)

    await webhooks.post(receiver.url, b"{}", {})


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500])
async def test_anything_else_is_trouble_and_redirects_are_not_followed(webhooks, receiver, status):
    receiver.answer = lambda: web.Response(status=status, headers={"Location": receiver.url})

    with pytest.raises(PeerUnavailable, match=str(status)):
        await webhooks.post(receiver.url, b"{}", {})
    assert len(receiver.received) == 1


async def test_our_own_network_is_out_of_reach_unless_it_is_allowed(receiver):
    async with open_webhooks(AddressGuard(), ssl.create_default_context()) as webhooks:
        with pytest.raises(PeerUnavailable) as refused:
            await webhooks.post(receiver.url, b"{}", {})

    assert refused.value.trouble is Trouble.ADDRESS
    assert receiver.received == []


async def test_nobody_there_is_trouble(webhooks):
    with pytest.raises(PeerUnavailable):
        await webhooks.post("http://127.0.0.1:9/", b"{}", {})


async def test_a_silent_receiver_is_given_up(webhooks, monkeypatch):
    monkeypatch.setattr(webhooks_module, "TIMEOUT_SECONDS", 0.2)

    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(PeerUnavailable, match="timed out"):
            await webhooks.post(f"http://127.0.0.1:{port}/", b"{}", {})
