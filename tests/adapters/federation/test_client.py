"""Tests of our requests against real servers, and of the handling of every bad answer."""

import asyncio
import gzip
import json
from contextlib import AsyncExitStack, suppress
from random import Random  # noqa: TID251 - seeded, so that a run can be repeated

import pytest
from aiohttp import web

from countersign.adapters.federation import client as client_module
from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.budgets import Budget
from countersign.adapters.federation.open_client import federation_client
from countersign.ports.errors import PeerRefused, PeerUnavailable, Trouble
from countersign.protocol.keys.x_matrix import parse_authorization, request_bytes
from countersign.testing.clocks import RepeatableRandomness
from countersign.testing.events import make_key
from tests.adapters.federation.conftest import LOOPBACK, raw_server, server_context

US = "policy.example.org"
KEY = make_key(US, "auto")
ROOM, USER, EVENT = "!a/b?c%2F#d ü:example.org", "@policy:policy.example.org", "$e/f+g:example.org"


@pytest.fixture
async def open_client(tls, name_server, clock):
    async with AsyncExitStack() as stack:

        async def open_client(guard=LOOPBACK, well_known_port=9):
            client = federation_client(
                server_name=US,
                key=KEY,
                clock=clock,
                randomness=RepeatableRandomness(),
                guard=guard,
                tls=tls,
                nameservers=[name_server.address],
                well_known_port=well_known_port,
            )
            return await stack.enter_async_context(client)

        yield open_client


@pytest.fixture
async def client(open_client):
    return await open_client()


@pytest.fixture
async def peer(open_peer, name_server):
    name_server.addresses["example.org"] = ["127.0.0.1"]
    peer = await open_peer("example.org")
    peer.server_name = f"example.org:{peer.port}"
    return peer


def check_signature(request, destination, content):
    """Verify a request as its destination would: by what came over the wire."""
    method, raw_path, headers, _ = request
    credentials = parse_authorization([headers["Authorization"].encode()])
    assert credentials.origin == US
    assert credentials.destination == destination
    [(key_id, signature)] = credentials.signatures
    assert key_id == KEY.key_id
    signed = request_bytes(method, raw_path, US, destination, content)
    assert KEY.verify_key.verify(signed, signature)


async def test_keys_are_fetched_unsigned_and_given_as_they_came(client, peer):
    body = b'{"server_name" : "x"} '
    peer.answer = lambda _: web.Response(body=body)

    assert await client.server_keys(peer.server_name) == body

    [(method, path, headers, _)] = peer.requests
    assert (method, path) == ("GET", "/_matrix/key/v2/server")
    assert headers["Host"] == peer.server_name
    assert "Authorization" not in headers


async def test_a_notary_is_asked_unsigned_and_its_answer_given_as_it_came(client, peer):
    body = b'{"server_keys" : []} '
    peer.answer = lambda _: web.Response(body=body)
    question = {"server_keys": {"b.example": {}, "a.example": {}}}

    assert await client.query_keys(peer.server_name, question) == body

    [(method, path, headers, sent)] = peer.requests
    assert (method, path) == ("POST", "/_matrix/key/v2/query")
    assert sent == b'{"server_keys":{"a.example":{},"b.example":{}}}'
    assert "Authorization" not in headers


async def test_a_join_template_is_asked_for_with_our_signature(client, peer):
    peer.answer = lambda _: web.json_response({"event": {"x": 1.5}, "room_version": "10"})

    answer = await client.make_join(peer.server_name, ROOM, USER, ["1", "org.example.v&2"])

    assert answer == {"event": {"x": 1.5}, "room_version": "10"}
    [request] = peer.requests
    room = "%21a%2Fb%3Fc%252F%23d%20%C3%BC%3Aexample.org"
    user = "%40policy%3Apolicy.example.org"
    query = "ver=1&ver=org.example.v%262"
    assert request[:2] == ("GET", f"/_matrix/federation/v1/make_join/{room}/{user}?{query}")
    check_signature(request, peer.server_name, None)


async def test_a_join_is_sent_as_canonical_json_with_our_signature(client, peer):
    peer.answer = lambda _: web.json_response({"state": [], "auth_chain": []})

    answer = await client.send_join(peer.server_name, ROOM, EVENT, {"b": "ü", "a": 1})

    assert {key: list(value) for key, value in answer.items()} == {"state": []}
    [request] = peer.requests
    method, path, headers, body = request
    assert method == "PUT"
    assert path.startswith("/_matrix/federation/v2/send_join/%21a")
    assert path.endswith("/%24e%2Ff%2Bg%3Aexample.org")
    assert headers["Content-Type"] == "application/json"
    assert body == '{"a":1,"b":"ü"}'.encode()
    check_signature(request, peer.server_name, body)


async def test_leaving_works_the_same_way(client, peer):
    peer.answer = lambda _: web.json_response({"event": {}})

    assert await client.make_leave(peer.server_name, ROOM, USER) == {"event": {}}
    assert await client.send_leave(peer.server_name, ROOM, EVENT, {"a": 1}) is None

    paths = [path for _, path, _, _ in peer.requests]
    assert paths[0].startswith("/_matrix/federation/v1/make_leave/%21a")
    assert paths[1].startswith("/_matrix/federation/v2/send_leave/%21a")
    check_signature(peer.requests[0], peer.server_name, None)
    check_signature(peer.requests[1], peer.server_name, b'{"a":1}')


async def test_a_transaction_is_pushed_with_our_signature(client, peer):
    peer.answer = lambda _: web.json_response({"pdus": {}})

    assert await client.send_transaction(peer.server_name, "../1", {"edus": [], "a": 1}) is None

    [request] = peer.requests
    assert request[:2] == ("PUT", "/_matrix/federation/v1/send/..%2F1")
    check_signature(request, peer.server_name, b'{"a":1,"edus":[]}')


async def test_a_rooms_state_is_asked_for_with_our_signature(client, peer):
    peer.answer = lambda _: web.json_response({"pdus": [], "pdu_ids": []})

    for ask, wanted in ((client.state_ids, "pdu_ids"), (client.state, "pdus")):
        answer = await ask(peer.server_name, ROOM, EVENT)
        assert {key: list(value) for key, value in answer.items()} == {wanted: []}
    assert await client.event(peer.server_name, EVENT) == {"pdus": [], "pdu_ids": []}

    room, event = "%21a%2Fb%3Fc%252F%23d%20%C3%BC%3Aexample.org", "%24e%2Ff%2Bg%3Aexample.org"
    assert [path.removeprefix("/_matrix/federation/v1/") for _, path, _, _ in peer.requests] == [
        f"state_ids/{room}?event_id={event}",
        f"state/{room}?event_id={event}",
        f"event/{event}",
    ]
    for request in peer.requests:
        check_signature(request, peer.server_name, None)


async def test_aliases_and_spaces_are_asked_about_with_our_signature(client, peer):
    alias = {"room_id": ROOM}
    space = {"room": {"room_id": ROOM, "children_state": [{}], "topic": "x"}, "children": [1]}
    answers = [alias, space]
    peer.answer = lambda _: web.json_response(answers.pop(0))

    assert await client.room_for_alias(peer.server_name, "#a b&c:d") == alias
    answer = await client.hierarchy(peer.server_name, ROOM)
    assert answer["room"].keys() == {"room_id", "children_state"}
    assert answer["room"]["room_id"] == ROOM
    assert list(answer["room"]["children_state"]) == [{}]
    assert list(answer["children"]) == [1]

    room = "%21a%2Fb%3Fc%252F%23d%20%C3%BC%3Aexample.org"
    assert [path.removeprefix("/_matrix/federation/v1/") for _, path, _, _ in peer.requests] == [
        "query/directory?room_alias=%23a%20b%26c%3Ad",
        f"hierarchy/{room}?suggested_only=false",
    ]
    for request in peer.requests:
        check_signature(request, peer.server_name, None)


async def test_a_version_is_asked_for_unsigned(client, peer):
    peer.answer = lambda _: web.json_response({"server": {"name": "Paper"}})

    assert await client.version(peer.server_name) == {"server": {"name": "Paper"}}
    assert "Authorization" not in peer.requests[0][2]


async def test_an_openid_token_is_sent_unsigned_and_quoted(client, peer):
    peer.answer = lambda _: web.json_response({"sub": "@a:b"})

    assert await client.openid_userinfo(peer.server_name, "a&b=c/#d é") == {"sub": "@a:b"}
    [(method, path, headers, _)] = peer.requests
    assert method == "GET"
    assert path == "/_matrix/federation/v1/openid/userinfo?access_token=a%26b%3Dc%2F%23d%20%C3%A9"
    assert "Authorization" not in headers


async def test_a_segment_of_dots_does_not_climb(client, peer):
    await client.make_join(peer.server_name, "../../admin", "..", ["1"])

    [(_, path, _, _)] = peer.requests
    assert path == "/_matrix/federation/v1/make_join/..%2F..%2Fadmin/..?ver=1"


async def test_connections_are_used_again(client, peer):
    for _ in range(5):
        await client.version(peer.server_name)

    assert len(peer.requests) == 5
    assert len(peer.connections) == 1


async def test_a_delegated_server_is_reached_under_its_own_name(
    open_client, open_peer, name_server
):
    name_server.addresses["example.org"] = ["127.0.0.1"]
    name_server.addresses["matrix.example.net"] = ["127.0.0.2"]
    site = await open_peer("example.org")
    home = await open_peer("matrix.example.net", host="127.0.0.2")
    delegated = f"matrix.example.net:{home.port}"
    site.answer = lambda _: web.json_response({"m.server": delegated})
    client = await open_client(well_known_port=site.port)

    await client.make_leave("example.org", ROOM, USER)
    await client.make_leave("example.org", ROOM, USER)

    assert len(site.requests) == 1
    assert home.requests[0][2]["Host"] == delegated
    check_signature(home.requests[0], "example.org", None)


async def test_a_service_record_needs_the_certificate_of_the_name_asked_for(
    client, open_peer, name_server
):
    right = await open_peer("example.org", host="127.0.0.2")
    wrong = await open_peer("machine.example.net", host="127.0.0.2")
    name_server.addresses["machine.example.net"] = ["127.0.0.2"]
    name_server.services["_matrix-fed._tcp.example.org"] = [
        (10, 0, wrong.port, "machine.example.net"),
        (20, 0, right.port, "machine.example.net"),
    ]

    await client.version("example.org")

    assert wrong.requests == []
    [(_, _, headers, _)] = right.requests
    assert headers["Host"] == "example.org"


async def test_a_dead_target_is_followed_by_the_next(client, open_peer, name_server):
    peer = await open_peer("example.org")
    async with raw_server(None) as dead_port:
        pass
    name_server.addresses["machine.example.net"] = ["127.0.0.1"]
    name_server.services["_matrix-fed._tcp.example.org"] = [
        (1, 0, dead_port, "machine.example.net"),
        (2, 0, dead_port, "nobody.example.net"),
        (3, 0, peer.port, "machine.example.net"),
    ]

    await client.version("example.org")

    assert len(peer.requests) == 1


async def test_every_failed_target_is_named(client, name_server):
    async with raw_server(None) as dead_port:
        pass
    name_server.addresses["machine.example.net"] = ["127.0.0.1"]
    name_server.services["_matrix-fed._tcp.example.org"] = [
        (1, 0, dead_port, "machine.example.net"),
        (2, 0, dead_port, "nobody.example.net"),
    ]

    with pytest.raises(PeerUnavailable) as caught:
        await client.version("example.org")

    assert str(caught.value).startswith(
        f"example.org: can't connect to machine.example.net:{dead_port}: "
    )
    assert "; DNS: nobody.example.net: " in str(caught.value)


async def test_an_address_literal_is_a_server_too(client, open_peer):
    peer = await open_peer("127.0.0.3", host="127.0.0.3")

    await client.version(f"127.0.0.3:{peer.port}")

    assert peer.requests[0][2]["Host"] == f"127.0.0.3:{peer.port}"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "2130706433",
        "017700000001",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "localhost",
        "example.org",
        "service.example",
        "delegated.example",
    ],
)
async def test_our_own_network_is_never_asked(open_client, open_peer, name_server, host):
    peer = await open_peer("127.0.0.1", "example.org", "delegated.example")
    for name in ("example.org", "delegated.example"):
        name_server.addresses[name] = ["127.0.0.1"]
    name_server.services["_matrix-fed._tcp.service.example"] = [(1, 0, peer.port, "localhost")]
    peer.answer = lambda _: web.json_response({"m.server": f"127.0.0.1:{peer.port}"})
    client = await open_client(AddressGuard(), well_known_port=peer.port)
    server = host if host.endswith(".example") else f"{host}:{peer.port}"

    with pytest.raises(PeerUnavailable):
        await client.server_keys(server)

    assert peer.connections == set()


@pytest.mark.parametrize(
    ("status", "body", "refusal"),
    [
        (403, {"errcode": "M_FORBIDDEN", "error": "No."}, (403, "M_FORBIDDEN", "No.")),
        (404, {"errcode": "M_NOT_FOUND"}, (404, "M_NOT_FOUND", "")),
        (400, {"errcode": "M_X", "error": 7, "y": 1.5}, (400, "M_X", "")),
        (
            429,
            {"errcode": "M_LIMIT_EXCEEDED", "error": "a\nb\x1b"},
            (429, "M_LIMIT_EXCEEDED", "a b "),
        ),
        (403, {"errcode": "M" * 999, "error": "e" * 999}, (403, "M" * 100, "e" * 300)),
    ],
)
async def test_a_matrix_error_is_a_refusal(client, peer, status, body, refusal):
    peer.answer = lambda _: web.json_response(body, status=status)

    with pytest.raises(PeerRefused) as caught:
        await client.make_join(peer.server_name, ROOM, USER, ["11"])

    assert (caught.value.status, caught.value.errcode, caught.value.error) == refusal


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.Response(status=404, text="<html>"), "not JSON that we can read"),
        (lambda: web.json_response({"error": "x"}, status=404), "answered 404 without a Matrix"),
        (lambda: web.json_response({"errcode": "M_X"}, status=500), "answered 500"),
        (lambda: web.Response(status=204), "answered 204"),
        (
            lambda: web.Response(status=302, headers={"Location": "https://8.8.8.8/"}),
            "answered 302",
        ),
        (lambda: web.Response(text="{"), "not JSON that we can read"),
        (lambda: web.Response(body=b'{"a":"\xff"}'), "not JSON that we can read"),
        (lambda: web.Response(text='{"a":NaN}'), "not JSON that we can read"),
        (lambda: web.Response(text="[" * 100_000), "not JSON that we can read"),
        (lambda: web.Response(text="[]"), "not an object"),
        (lambda: web.Response(text=" " * 300_000), "too large"),
        (
            lambda: web.Response(body=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}),
            "compressed although",
        ),
    ],
)
async def test_rubbish_is_unavailability(client, peer, answer, reason):
    peer.answer = lambda _: answer()

    with pytest.raises(PeerUnavailable, match=reason) as caught:
        await client.make_join(peer.server_name, ROOM, USER, ["11"])

    assert str(caught.value).startswith(peer.server_name)
    assert len(peer.requests) == 1


def _endless():
    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
            await writer.drain()

    return converse


def _dripping(head):
    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.02)

    return converse


def _saying(data):
    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()

    return converse


@pytest.mark.parametrize(
    ("converse", "reason"),
    [
        pytest.param(_endless(), "too large", id="endless"),
        pytest.param(
            _dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"), "timed out", id="drips"
        ),
        pytest.param(_dripping(b"HTTP/1.1 200 OK\r\nX: "), "timed out", id="drips headers"),
        pytest.param(_dripping(b""), "timed out|not HTTP", id="never says a word"),
        pytest.param(_saying(b""), "closed the connection", id="hangs up"),
        pytest.param(_saying(b"SSH-2.0-OpenSSH\r\n"), "not HTTP as it should be", id="not HTTP"),
        pytest.param(
            _saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
            "not HTTP as it should be",
            id="a header of 100 kB",
        ),
        pytest.param(
            _saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n"),
            "not HTTP as it should be",
            id="headers without end",
        ),
        pytest.param(
            _saying(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}"),
            "not HTTP as it should be|closed the connection",
            id="cut short",
        ),
        pytest.param(
            _saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            "not HTTP as it should be|closed the connection",
            id="bad chunk",
        ),
        pytest.param(
            _saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
            "closed|timed out",
            id="continue for ever",
        ),
    ],
)
async def test_a_rude_server_is_unavailable(
    client, authority, name_server, monkeypatch, converse, reason
):
    monkeypatch.setattr(client_module, "KEYS", Budget(64 * 1024, 0.5))
    name_server.addresses["example.org"] = ["127.0.0.1"]
    async with raw_server(converse, server_context(authority, "example.org")) as port:
        with pytest.raises(PeerUnavailable, match=reason):
            await client.server_keys(f"example.org:{port}")


def _saying_for_ever(head, rest):
    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(rest)
            await writer.drain()

    return converse


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, id="interim answers"),
        pytest.param(
            b"",
            b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 8_000 + b"\r\n\r\n",
            id="long interim answers",
        ),
        pytest.param(CHUNKED + b"1;", b"x" * 4_096, id="an extension of a chunk"),
        pytest.param(CHUNKED, b"1;" + b"x" * 4_096 + b"\r\n \r\n", id="extensions of chunks"),
        pytest.param(CHUNKED, b"1\r\n \r\n" * 1_000, id="chunks of one byte"),
        pytest.param(CHUNKED + b"0\r\n", b"X: y\r\n" * 100, id="trailers"),
    ],
)
async def test_an_endless_answer_without_a_body_is_ended(
    client, authority, name_server, monkeypatch, head, rest
):
    """The size must end it; a time limit alone would keep us busy until then."""
    monkeypatch.setattr(client_module, "KEYS", Budget(1024 * 1024, 60.0))
    name_server.addresses["example.org"] = ["127.0.0.1"]
    converse = _saying_for_ever(head, rest)
    async with raw_server(converse, server_context(authority, "example.org")) as port:
        async with asyncio.timeout(60):
            with pytest.raises(PeerUnavailable, match="not HTTP as it should be"):
                await client.server_keys(f"example.org:{port}")


async def test_a_long_answer_in_small_chunks_is_read(client, authority, name_server):
    body = b'{"server": {"name": "' + b"x" * 40_000 + b'"}}'
    chunks = [body[start : start + 16] for start in range(0, len(body), 16)]
    said = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    name_server.addresses["example.org"] = ["127.0.0.1"]
    converse = _saying(b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + said + b"0\r\n\r\n")
    async with raw_server(converse, server_context(authority, "example.org")) as port:
        answer = await client.version(f"example.org:{port}")

    assert answer == {"server": {"name": "x" * 40_000}}


async def test_a_server_without_tls_is_unavailable(client, name_server):
    name_server.addresses["example.org"] = ["127.0.0.1"]

    async def converse(reader, writer):
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(converse) as port:
        with pytest.raises(PeerUnavailable, match="TLS handshake failed"):
            await client.server_keys(f"example.org:{port}")


async def test_a_certificate_for_another_name_is_named_as_the_reason(
    client, open_peer, name_server
):
    name_server.addresses["example.org"] = ["127.0.0.1"]
    peer = await open_peer("other.example")

    with pytest.raises(PeerUnavailable, match="TLS certificate refused: Hostname mismatch"):
        await client.server_keys(f"example.org:{peer.port}")


async def test_a_large_room_is_read_whole_with_all_its_numbers(client, peer):
    member = {"type": "m.room.member", "content": {"membership": "join"}, "pad": "x" * 900}
    odd = {"unsigned": {"age": 1.5}, "depth": 2**63}
    room = {"state": [{**member, **odd, "n": n} for n in range(20_000)], "auth_chain": []}
    body = json.dumps(room).encode()
    peer.answer = lambda _: web.Response(body=body)

    answer = await client.send_join(peer.server_name, ROOM, EVENT, {})

    assert list(answer["state"]) == room["state"]
    assert "auth_chain" not in answer


async def test_a_cancelled_request_lets_go(client, peer, monkeypatch):
    monkeypatch.setattr(client, "_places", asyncio.Semaphore(1))
    started, may_end = asyncio.Event(), asyncio.Event()

    async def stall(_request):
        started.set()
        await may_end.wait()
        return web.json_response({})

    peer.answer = stall
    task = asyncio.create_task(client.version(peer.server_name))
    await started.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    peer.answer = lambda _: web.json_response({})

    assert await client.version(peer.server_name) == {}
    may_end.set()


async def test_a_request_that_waits_too_long_for_its_turn_is_given_up(client, peer, monkeypatch):
    monkeypatch.setattr(client, "_places", asyncio.Semaphore(0))
    monkeypatch.setattr(client_module, "KEYS", Budget(64 * 1024, 0.1))

    with pytest.raises(PeerUnavailable, match="timed out"):
        await client.server_keys(peer.server_name)


class TestWhatTheDoctorAsks:
    @pytest.mark.parametrize(
        ("date", "clock_ts"),
        [
            ("Sun, 15 Jun 2025 15:06:40 GMT", 1_750_000_000_000),
            ("Sun, 15 Jun 2025 15:06:40 -0000", 1_750_000_000_000),
            ("yesterday", None),
            ("Sun, 99 Jun 2025 15:06:40 GMT", None),
        ],
    )
    async def test_the_clock_of_a_peer_is_read_from_its_answer(self, client, peer, date, clock_ts):
        peer.answer = lambda _: web.json_response({"server": {}}, headers={"Date": date})

        assert await client.clock_ts(peer.server_name) == clock_ts

    async def test_the_policy_key_that_a_host_publishes(self, open_client, open_peer, name_server):
        name_server.addresses["example.org"] = ["127.0.0.1"]
        peer = await open_peer("example.org")
        client = await open_client(well_known_port=peer.port)

        def answer(request):
            if request.path == "/.well-known/matrix/policy_server":
                elsewhere = f"https://example.org:{peer.port}/elsewhere"
                return web.Response(status=302, headers={"Location": elsewhere})
            return web.json_response({"public_keys": {"ed25519": "key"}})

        peer.answer = answer
        found = await client.client_document("example.org", "policy_server")
        assert found == ({"public_keys": {"ed25519": "key"}}, False)
        assert (await client.page(f"https://example.org:{peer.port}/r/x")) == (
            200,
            "application/json",
        )

        peer.answer = lambda _: web.json_response({}, headers={"Access-Control-Allow-Origin": "*"})
        assert await client.client_document("example.org", "support") == ({}, True)

        peer.answer = lambda _: web.Response(status=302, headers={"Location": "http://a.example/"})
        with pytest.raises(PeerUnavailable, match="redirected"):
            await client.client_document("example.org", "policy_server")

        peer.answer = lambda _: web.Response(status=404, text="<html>")
        with pytest.raises(PeerUnavailable):
            await client.client_document("example.org", "policy_server")


class TestHowFarWeGot:
    """Each step on the way to a server can fail, and is told apart."""

    async def trouble(self, client, server_name):
        with pytest.raises(PeerUnavailable) as caught:
            await client.server_keys(server_name)
        return caught.value.trouble

    async def test_no_such_name(self, client):
        assert await self.trouble(client, "nowhere.example:1") is Trouble.NAME
        assert await self.trouble(client, "nowhere.example") is Trouble.NAME

    async def test_no_name_server_tells(self, client, name_server):
        name_server.broken |= {"nowhere.example", "_matrix-fed._tcp.nowhere.example"}

        assert await self.trouble(client, "nowhere.example:1") is Trouble.NAME_SERVERS
        assert await self.trouble(client, "nowhere.example") is Trouble.NAME_SERVERS

    async def test_an_address_that_we_do_not_connect_to(self, open_client, peer, name_server):
        client = await open_client(guard=AddressGuard())
        name_server.addresses["two.example"] = ["127.0.0.1", "10.0.0.1"]

        assert await self.trouble(client, peer.server_name) is Trouble.ADDRESS
        assert await self.trouble(client, f"two.example:{peer.port}") is Trouble.ADDRESS

    async def test_nobody_there(self, client):
        assert await self.trouble(client, "127.0.0.1:1") is Trouble.CONNECTION

    async def test_another_certificate(self, client, peer):
        assert await self.trouble(client, f"127.0.0.1:{peer.port}") is Trouble.TLS

    async def test_no_tls(self, client):
        async def speak_plainly(reader, writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with raw_server(speak_plainly) as port:
            assert await self.trouble(client, f"127.0.0.1:{port}") is Trouble.TLS

    async def test_another_answer(self, client, peer):
        peer.answer = lambda _: web.Response(status=502)

        assert await self.trouble(client, peer.server_name) is Trouble.ANSWER


@pytest.mark.parametrize("seed", range(150))
async def test_whatever_comes_back_is_trouble_and_no_crash(client, name_server, authority, seed):
    answer = mangled_answer(Random(seed))

    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    name_server.addresses["example.org"] = ["127.0.0.1"]
    async with raw_server(converse, server_context(authority, "example.org")) as port:
        for ask in (client.server_keys, client.version, client.clock_ts):
            with suppress(PeerUnavailable, PeerRefused):
                await ask(f"example.org:{port}")


def mangled_answer(chance):
    """Return an answer with a few bytes wrong, or headers that nobody sends."""
    headers = [
        b"Content-Length: 2",
        b"Content-Type: application/json",
        b"Date: Tue, 15 Nov 1994 08:12:31 GMT",
        *chance.sample(
            [
                b"Content-Length: 99999999999999999999999",
                b"Content-Length: -1",
                b"Content-Length: 1e3",
                b"Content-Length: 3",
                b"Content-Encoding: gzip",
                b"Content-Encoding: \xff",
                b"Transfer-Encoding: chunked",
                b"Transfer-Encoding: gzip, chunked",
                b"Content-Type: text/plain; charset=\xff\xfe",
                b"Date: Thu, 99 Foo 99999999 99:99:99 +9999",
                b"Date: \x80",
                b"Connection: upgrade\r\nUpgrade: h2c",
                b"Set-Cookie: a=b; Expires=\xff; Domain=..",
                b'Link: <\xff>; rel="',
                b"X: " + b"y" * 9_000,
                b"X: y\r\n" * 300 + b"X: y",
                b" folded: yes",
                b"no colon",
                b": no name",
                b"X:\x00",
            ],
            chance.randint(0, 3),
        ),
    ]
    chance.shuffle(headers)
    status = chance.choice(
        b"200 OK|200|100 Continue|101 Switching|204 No Content|404 \xff|304 Not Modified|302 Found"
        b"|999 X|000 X|99999 X|-1 X|abc|".split(b"|")
    )
    body = chance.choice([b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"[" * 9_000])
    version = chance.choice([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9.9", b"HTTP/2", b"ICY"])
    answer = bytearray(b"\r\n".join([version + b" " + status, *headers, b"", body]))
    for _ in range(chance.choice([0, 0, 1, 5])):
        answer[chance.randrange(len(answer))] = chance.randrange(256)
    return bytes(answer[: chance.choice([len(answer), len(answer) // 2])])
