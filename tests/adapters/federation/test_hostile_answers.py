"""Bounds on memory and blocking time for hostile answers, at every endpoint that we request.

The real clients ask a real server on loopback, which says what costs most. What counts is bytes and
turns of the event loop, not time.
"""

import asyncio
import tracemalloc
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

import pytest

from countersign.adapters.federation import client as client_module
from countersign.adapters.federation import well_known as well_known_module
from countersign.adapters.federation.budgets import Budget
from countersign.adapters.federation.open_client import federation_client
from countersign.adapters.posts import webhooks as webhooks_module
from countersign.adapters.posts.http_checkers import SettingsChecker, open_checkers
from countersign.adapters.posts.webhooks import open_webhooks
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.external_checkers import CheckRequest
from countersign.protocol import json_pieces
from countersign.protocol.errors import ProtocolError
from countersign.protocol.json_pieces import MAX_SLICE_BYTES, JsonItems, JsonPieces
from countersign.protocol.keys.notaries import Notary, parse_notary_answer
from countersign.protocol.keys.server_keys import parse_server_keys
from countersign.service.slices import SLICE_BYTES, in_slices
from countersign.testing.clocks import RepeatableRandomness
from countersign.testing.events import make_key
from tests import hostile_answers
from tests.adapters.federation.conftest import LOOPBACK, raw_server, server_context

US = "policy.example.org"
KEY = make_key(US, "auto")
ROOM, EVENT, USER = "!room:example.org", "$event", f"@policy:{US}"

LARGE_BYTES = 256 * 1024
"""Length of answers that are cut off; a hundred times as much costs no more memory."""

OTHER_BYTES = 3 * 1024 * 1024
"""Limit on memory for an answer of which nothing is used."""

KEPT_BYTES = 10 * 1024 * 1024
"""Limit on memory for an answer that is used in full: every item becomes a Python object."""

LONGEST_SLICE_BYTES = SLICE_BYTES + MAX_SLICE_BYTES + hostile_answers.ITEM_BYTES + 1_000

SHORT_BYTES = 8 * 1024 * 1024
"""Limit on memory for a short answer that is parsed at once: 40,000 values and 40 kB of text."""

TROUBLE = (PeerUnavailable, PeerRefused, ProtocolError, well_known_module.WellKnownFailed)


class Hostile:
    """A hostile server, whose next answer is set here, and a request to each of its endpoints."""

    def __init__(self):
        self.spoken = hostile_answers.whole(b"{}")
        self.server = self.url = ""
        self.client = self.checkers = self.webhooks = None

    async def converse(self, reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            _, _, length = head.lower().partition(b"content-length: ")
            await reader.readexactly(int(length.split(b"\r\n")[0] or 0))
            writer.write(self.spoken.start)
            await writer.drain()
            while self.spoken.again or not self.spoken.start:
                writer.write(self.spoken.again)
                await writer.drain()
                await asyncio.sleep(self.spoken.pause_seconds)
            if b"Connection: close" in self.spoken.start:
                return

    async def ask(self, endpoint):  # noqa: C901 - a table
        """Ask as the program does, and look at all that comes."""
        client, server = self.client, self.server
        match endpoint:
            case "send_join":
                answer = await client.send_join(server, ROOM, EVENT, {})
            case "state":
                answer = await client.state(server, ROOM, EVENT)
            case "state_ids":
                answer = await client.state_ids(server, ROOM, EVENT)
            case "hierarchy":
                answer = await client.hierarchy(server, ROOM)
            case "event":
                answer = await client.event(server, EVENT)
            case "make_join":
                answer = await client.make_join(server, ROOM, USER, ["11"])
            case "make_leave":
                answer = await client.make_leave(server, ROOM, USER)
            case "send_leave":
                return await client.send_leave(server, ROOM, EVENT, {})
            case "send":
                return await client.send_transaction(server, "1", {})
            case "version":
                answer = await client.version(server)
            case "directory":
                answer = await client.room_for_alias(server, "#a:example.org")
            case "openid":
                answer = await client.openid_userinfo(server, "token")
            case "key":
                return parse_server_keys(await client.server_keys(server), server, 0)
            case "key query":
                body = await client.query_keys(server, {"server_keys": {"example.org": {}}})
                return parse_notary_answer(body, Notary(server, {}), ["example.org"], 0)
            case "well-known server":
                return await client._resolver._well_known._fetch("example.org")
            case "well-known policy_server":
                answer = (await client.client_document("example.org", "policy_server")).content
            case "checker":
                request = CheckRequest(
                    url="", checker="program", body={}, timeout_ms=200, max_bytes=262_144
                )
                return await self.checkers.ask(request)
            case "webhook":
                return await self.webhooks.post(self.url, b"{}", {})
        return await _look_at(answer)


async def _look_at(value):
    if isinstance(value, JsonItems):
        async for _ in in_slices(value, forgetting=True):
            pass
    elif isinstance(value, dict):
        for item in value.values():
            await _look_at(item)


@asynccontextmanager
async def _hostile_server(authority, name_server, tls, clock):
    hostile = Hostile()
    name_server.addresses["example.org"] = ["127.0.0.1"]
    async with AsyncExitStack() as stack:
        context = server_context(authority, "example.org")
        port = await stack.enter_async_context(raw_server(hostile.converse, context))
        plain_port = await stack.enter_async_context(raw_server(hostile.converse))
        hostile.server = f"example.org:{port}"
        hostile.url = f"https://example.org:{port}/hook"
        hostile.client = await stack.enter_async_context(
            federation_client(
                server_name=US,
                key=KEY,
                clock=clock,
                randomness=RepeatableRandomness(),
                guard=LOOPBACK,
                tls=tls,
                nameservers=[name_server.address],
                well_known_port=port,
            )
        )
        checker = SettingsChecker(f"http://127.0.0.1:{plain_port}/check")
        hostile.checkers = await stack.enter_async_context(open_checkers({"program": checker}, tls))
        hostile.webhooks = await stack.enter_async_context(open_webhooks(LOOPBACK, tls))
        hostile.url = f"https://127.0.0.1:{port}/hook"
        yield hostile


@pytest.fixture
async def hostile(authority, name_server, tls, clock):
    async with _hostile_server(authority, name_server, tls, clock) as hostile:
        yield hostile


class Slices:
    """Measures how many bytes of JSON are gone through before others get a turn.

    Attributes:
        longest_bytes: of one slice.
    """

    def __init__(self, monkeypatch):
        self.longest_bytes = 0
        self._bytes = 0
        feed, parse_json = JsonPieces.feed, json_pieces.parse_json

        def noted_feed(pieces, data):
            self._note(data)
            feed(pieces, data)

        def noted_parse(raw, **options):
            self._note(raw)
            return parse_json(raw, **options)

        monkeypatch.setattr(JsonPieces, "feed", noted_feed)
        monkeypatch.setattr(json_pieces, "parse_json", noted_parse)

    def _note(self, data):
        if not self._bytes:
            asyncio.get_running_loop().call_soon(self._end)
        self._bytes += len(data)
        self.longest_bytes = max(self.longest_bytes, self._bytes)

    def _end(self):
        self._bytes = 0


LONG = {"send_join", "state", "state_ids", "hierarchy"}


@pytest.mark.parametrize("endpoint", hostile_answers.PLACES)
async def test_a_hostile_answer_costs_little_memory_and_no_long_slice(
    endpoint, hostile, monkeypatch
):
    slices = Slices(monkeypatch)
    with suppress(*TROUBLE):
        await hostile.ask(endpoint)  # what is made once is no part of any answer's cost
    for name, body in hostile_answers.answers(
        endpoint, LARGE_BYTES if endpoint in LONG else 40_000
    ):
        hostile.spoken = hostile_answers.whole(body)
        tracemalloc.start()
        try:
            with suppress(*TROUBLE):
                await hostile.ask(endpoint)
            _, most_bytes = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        allowed = OTHER_BYTES if "beside" in name else KEPT_BYTES
        assert most_bytes < (allowed if endpoint in LONG else SHORT_BYTES), name
        assert slices.longest_bytes <= LONGEST_SLICE_BYTES, name


@pytest.mark.parametrize("endpoint", hostile_answers.PLACES)
async def test_an_answer_that_does_not_end_ends(endpoint, hostile, monkeypatch):
    budgets = {name: each for name, each in vars(client_module).items() if type(each) is Budget}
    for name, budget in budgets.items():
        short = replace(budget, max_bytes=min(budget.max_bytes, 1024 * 1024), seconds=0.2)
        monkeypatch.setattr(client_module, name, short)
    monkeypatch.setattr(webhooks_module, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(well_known_module, "TIMEOUT_SECONDS", 0.2)
    spoken = {**hostile_answers.ENDLESS, **hostile_answers.DRIPPED, "bomb": hostile_answers.BOMB}

    async def ask(name):
        tracemalloc.start()
        try:
            async with asyncio.timeout(60):
                try:
                    await hostile.ask(endpoint)
                except TROUBLE:
                    return
            assert endpoint == "webhook", name  # of which the status is read, and no more
        finally:
            _, most_bytes = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert most_bytes < SHORT_BYTES, f"{name}: {most_bytes:,} bytes"

    for name, each in spoken.items():
        hostile.spoken = each
        await ask(name)
