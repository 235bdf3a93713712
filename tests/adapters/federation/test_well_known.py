"""Tests of `/.well-known/matrix/server`: a valid answer is used, an invalid one delays nothing."""

import asyncio

import pytest
from aiohttp import web

from countersign.adapters.federation import well_known as well_known_module
from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.federation.well_known import (
    BACKOFF,
    MAX_BYTES,
    MAX_REDIRECTS,
    WellKnownFetcher,
    cache_seconds,
)
from tests.adapters.federation.conftest import LOOPBACK, raw_server, server_context

HOUR = 3600
GOOD = {"m.server": "matrix.example.org:443"}


@pytest.fixture
async def open_fetcher(tls, name_server, clock):
    """Opens a fetcher that looks for well-known files at the given port of 127.0.0.1."""
    dns = DnsResolver([name_server.address])
    name_server.addresses["example.org"] = ["127.0.0.1"]
    sessions = []

    def open_fetcher(port, guard=LOOPBACK):
        sessions.append(open_session(guard, dns, tls))
        return WellKnownFetcher(sessions[-1], clock, https_port=port)

    yield open_fetcher
    for session in sessions:
        await session.close()
    await dns.close()


@pytest.fixture
async def peer(open_peer):
    peer = await open_peer("example.org", "other.example.org")
    peer.answer = lambda _: web.json_response(GOOD)
    return peer


@pytest.fixture
async def fetcher(open_fetcher, peer):
    return open_fetcher(peer.port)


async def test_a_host_may_delegate(fetcher, peer):
    assert await fetcher.find("example.org") == "matrix.example.org:443"

    [(method, path, headers, _)] = peer.requests
    assert (method, path) == ("GET", "/.well-known/matrix/server")
    assert "Authorization" not in headers


async def test_the_media_type_does_not_matter(fetcher, peer):
    peer.answer = lambda _: web.Response(
        text='{"m.server": "matrix.example.org"}', content_type="text/html"
    )

    assert await fetcher.find("example.org") == "matrix.example.org"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(web.json_response, id="204 and nothing"),
        pytest.param(lambda: web.Response(status=404), id="not there"),
        pytest.param(lambda: web.Response(status=500), id="broken"),
        pytest.param(lambda: web.Response(text="<html>"), id="not JSON"),
        pytest.param(lambda: web.json_response(["m.server"]), id="not an object"),
        pytest.param(lambda: web.json_response({}), id="no m.server"),
        pytest.param(lambda: web.json_response({"m.server": 7}), id="a number"),
        pytest.param(lambda: web.json_response({"m.server": "a@b"}), id="a user"),
        pytest.param(lambda: web.json_response({"m.server": "b/../c"}), id="a path"),
        pytest.param(lambda: web.json_response({"m.server": "b.org\n"}), id="a newline"),
        pytest.param(lambda: web.json_response({"m.server": "b.org:99999"}), id="no such port"),
        pytest.param(
            lambda: web.Response(
                body=b'{"m.server":"b.org"}', headers={"Content-Encoding": "gzip"}
            ),
            id="compressed unasked",
        ),
        pytest.param(
            lambda: web.Response(text='{"m.server":"b.org"}' + " " * MAX_BYTES), id="too long"
        ),
        pytest.param(
            lambda: web.json_response(GOOD, status=302, headers={}), id="redirect to nowhere"
        ),
    ],
)
async def test_a_bad_answer_delegates_to_nobody(fetcher, peer, answer):
    peer.answer = lambda _: answer()

    assert await fetcher.find("example.org") is None


async def test_an_endless_answer_is_cut_off(open_fetcher, authority):
    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
            await writer.drain()

    async with raw_server(converse, server_context(authority, "example.org")) as port:
        assert await open_fetcher(port).find("example.org") is None


async def test_a_dripping_answer_is_given_up(open_fetcher, authority, monkeypatch):
    monkeypatch.setattr(well_known_module, "TIMEOUT_SECONDS", 0.3)

    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.02)

    async with raw_server(converse, server_context(authority, "example.org")) as port:
        assert await open_fetcher(port).find("example.org") is None


@pytest.mark.parametrize("rubbish", [b"", b"\0" * 100, b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n"])
async def test_rubbish_is_no_delegation(open_fetcher, authority, rubbish):
    async def converse(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(rubbish)

    async with raw_server(converse, server_context(authority, "example.org")) as port:
        assert await open_fetcher(port).find("example.org") is None


async def test_nobody_listening_is_no_delegation(open_fetcher):
    async with raw_server(None) as port:
        pass

    assert await open_fetcher(port).find("example.org") is None
    assert await open_fetcher(port).find("nobody.example") is None


async def test_a_redirect_is_followed(fetcher, peer, name_server):
    name_server.addresses["other.example.org"] = ["127.0.0.1"]

    def answer(request):
        if request.path == "/.well-known/matrix/server":
            raise web.HTTPFound(f"https://other.example.org:{peer.port}/moved?x=1#y")
        return web.json_response(GOOD)

    peer.answer = answer

    assert await fetcher.find("example.org") == "matrix.example.org:443"
    assert [path for _, path, _, _ in peer.requests] == [
        "/.well-known/matrix/server",
        "/moved?x=1",
    ]


async def test_a_redirect_loop_ends(fetcher, peer):
    def answer(request):
        raise web.HTTPMovedPermanently(request.path)

    peer.answer = answer

    assert await fetcher.find("example.org") is None
    assert len(peer.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "location",
    [
        "http://example.org:{port}/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:secret@example.org:{port}/",
        "https://10.0.0.1:{port}/",
        "https://0x7f.1:{port}/",
        "https://2130706433:{port}/",
        "https://[::ffff:127.0.0.1]:{port}/",
        "https://:{port}/",
        "https://[/",
        "https://example.org:99999/",
    ],
)
async def test_a_redirect_leads_nowhere_else(fetcher, peer, location):
    def answer(request):
        if request.path == "/.well-known/matrix/server":
            return web.Response(status=307, headers={"Location": location.format(port=peer.port)})
        return web.json_response(GOOD)

    peer.answer = answer

    assert await fetcher.find("example.org") is None
    assert len(peer.requests) == 1


async def test_our_own_network_is_not_asked(open_fetcher, peer):
    assert await open_fetcher(peer.port, AddressGuard()).find("example.org") is None
    assert peer.requests == []


async def test_an_answer_is_remembered_for_a_day(fetcher, peer, clock):
    for _ in range(3):
        assert await fetcher.find("example.org")
        clock.advance(11 * HOUR)
    assert len(peer.requests) == 1

    assert await fetcher.find("example.org")
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 24 * HOUR),
        ("public", 24 * HOUR),
        ("max-age=7200", 2 * HOUR),
        ("public, MAX-AGE = 7200", 2 * HOUR),
        ('max-age="7200"', 2 * HOUR),
        ("s-maxage=10", 24 * HOUR),
        ("max-age=0", 300),
        ("no-store", 300),
        ("no-cache, max-age=7200", 300),
        ("max-age=999999999", 48 * HOUR),
        ("max-age=" + "9" * 100, 48 * HOUR),
        ("max-age=-5", 24 * HOUR),
        ("max-age=x", 24 * HOUR),
    ],
)
def test_the_host_says_for_how_long_within_bounds(header, seconds):
    assert cache_seconds(header) == seconds


async def test_a_failing_host_is_asked_ever_more_rarely(fetcher, peer, clock):
    peer.answer = lambda _: web.Response(status=503)
    pauses = []
    for _ in range(10):
        before, seconds = len(peer.requests), 0
        while len(peer.requests) == before:
            assert await fetcher.find("example.org") is None
            clock.advance(60)
            seconds += 60
        pauses.append(seconds)

    assert pauses[:5] == [60, 60, 120, 240, 480]
    assert pauses[-1] == BACKOFF.longest


async def test_the_last_good_answer_outlives_passing_trouble(fetcher, peer, clock):
    assert await fetcher.find("example.org")
    peer.answer = lambda _: web.Response(status=503)
    clock.advance(25 * HOUR)
    assert await fetcher.find("example.org") == "matrix.example.org:443"

    clock.advance(24 * HOUR)
    assert await fetcher.find("example.org") is None


async def test_a_delegation_that_was_taken_back_is_gone(fetcher, peer, clock):
    assert await fetcher.find("example.org")
    peer.answer = lambda _: web.Response(status=404)
    clock.advance(25 * HOUR)

    assert await fetcher.find("example.org") is None


async def test_only_so_many_hosts_are_remembered(open_fetcher, peer, monkeypatch):
    monkeypatch.setattr(well_known_module, "MAX_HOSTS", 5)
    fetcher = open_fetcher(peer.port)
    for number in range(20):
        assert await fetcher.find(f"h{number}.example") is None

    assert len(fetcher._known) == 5
