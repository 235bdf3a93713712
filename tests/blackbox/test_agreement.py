"""Concurrent requests about one event get one answer; altered copies among them change nothing."""

import asyncio
import json
import ssl
from copy import deepcopy
from hashlib import sha256

import aiohttp
import pytest

from tests.blackbox import oracle
from tests.blackbox.program import SPAM
from tests.blackbox.wire import SIGN, assert_signed
from tests.blackbox.wire import Response as Answer

ASKERS = 300


@pytest.fixture
def ask_all(program):
    """Return how to ask about many events at once, each on a connection of its own."""
    tls = ssl.create_default_context(cafile=str(program.authority.certificate))
    url = f"https://{program.address}:{program.port}{SIGN}"

    async def ask_one(session, event, origin):
        headers = {
            "Authorization": origin.authorization("POST", SIGN, program.server_name, event),
            "Content-Type": "application/json",
        }
        async with session.post(url, data=oracle.canonical(event), headers=headers) as response:
            return response.status, await response.read()

    async def ask_all(asks):
        connector = aiohttp.TCPConnector(limit=0, ssl=tls, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            return await asyncio.gather(*(ask_one(session, *ask) for ask in asks))

    return ask_all


@pytest.fixture
def origins(first, second, third):
    return (first, second, third)


def by_turns(origins, count):
    return [origins[number % len(origins)] for number in range(count)]


async def test_three_hundred_servers_get_one_signature(modern, second, program, origins, ask_all):
    event = modern.event(second, sender=second.user("bob"))

    answers = await ask_all([(event, origin) for origin in by_turns(origins, ASKERS)])

    ((status, body),) = set(answers)
    assert_signed(Answer(status, _JSON, body), modern, event, program)


async def test_three_hundred_servers_get_one_refusal(modern, second, origins, ask_all):
    event = modern.event(second, content={"body": SPAM}, sender=second.user("bob"))

    answers = await ask_all([(event, origin) for origin in by_turns(origins, ASKERS)])

    ((status, body),) = set(answers)
    assert (status, json.loads(body)["errcode"]) == (400, "M_FORBIDDEN")


async def test_a_crowd_makes_us_ask_a_new_server_for_its_keys_once(
    modern, program, origins, ask_all, make_homeserver
):
    server = make_homeserver()
    event = modern.event(server)

    answers = await ask_all([(event, origin) for origin in (*by_turns(origins, 50), server)])

    ((status, body),) = set(answers)
    assert_signed(Answer(status, _JSON, body), modern, event, program)
    assert len(server.requests_to("/_matrix/key/")) <= program.workers


async def test_a_crowd_of_bad_copies_changes_nothing(rooms, second, program, origins, ask_all):
    room = rooms["11"]
    bob = second.user("bob")
    good = [room.event(second, sender=bob) for _ in range(25)]
    spam = [room.event(second, content={"body": SPAM}, sender=bob) for _ in range(25)]
    asks = []
    for event in good + spam:
        asks += [(True, event), (True, event)]
        asks += [(False, bad) for bad in _bad_copies(room, event)]
    asks.sort(key=lambda ask: sha256(oracle.canonical(ask[1])).digest())  # well mixed
    origin_of = by_turns(origins, len(asks))

    answers = await ask_all(
        [(event, origin) for (_, event), origin in zip(asks, origin_of, strict=True)]
    )

    heard = {}
    for (is_honest, event), (status, body) in zip(asks, answers, strict=True):
        hashed = event["hashes"]["sha256"]
        assert status in (200, 400), body
        if is_honest:
            heard.setdefault(hashed, set()).add((status, body))
        elif status == 200:
            assert hashed in {one["hashes"]["sha256"] for one in good}
    for event in good:
        ((status, body),) = heard[event["hashes"]["sha256"]]
        assert_signed(Answer(status, _JSON, body), room, event, program)
    for event in spam:
        ((status, body),) = heard[event["hashes"]["sha256"]]
        assert status == 400
        assert "org.countersign.reference" in json.loads(body)


def _bad_copies(room, event):
    emptied = {**event, "content": {}}
    benign = {**event, "content": {"body": "fine"}}
    redacted = oracle.redact(room.version, event)
    unsigned = {**event, "signatures": {}}
    forged = deepcopy(event)
    for by_key in forged["signatures"].values():
        by_key["ed25519:paper"] = "A" * 86
    return emptied, benign, redacted, unsigned, forged


class _Headers:
    def get_content_type(self):
        return "application/json"


_JSON = _Headers()
