"""Tests of server discovery with real lookups, from a server name to its address."""

import asyncio

import pytest
from aiohttp import web

from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import open_session
from countersign.adapters.federation.resolver import (
    MAX_STALE_SRV_SECONDS,
    SRV_CACHE_SECONDS,
    ServerResolver,
)
from countersign.adapters.federation.well_known import WellKnownFetcher
from countersign.ports.errors import PeerUnavailable
from countersign.protocol.server_discovery import Target
from countersign.testing.clocks import RepeatableRandomness
from tests.adapters.federation.conftest import LOOPBACK

SRV = 33


@pytest.fixture
async def peer(open_peer):
    peer = await open_peer("example.org")
    peer.answer = lambda _: web.Response(status=404)
    return peer


@pytest.fixture
async def resolver(tls, name_server, clock, peer):
    name_server.addresses["example.org"] = ["127.0.0.1"]
    dns = DnsResolver([name_server.address])
    async with open_session(LOOPBACK, dns, tls) as session:
        fetcher = WellKnownFetcher(session, clock, https_port=peer.port)
        resolver = ServerResolver(dns, fetcher, clock, RepeatableRandomness())
        yield resolver
        await resolver.close()
    await dns.close()


async def test_an_address_needs_no_look_up(resolver, name_server, peer):
    assert await resolver.targets("192.0.2.1") == (
        Target("192.0.2.1", 8448, "192.0.2.1", "192.0.2.1", is_ip_literal=True),
    )
    assert await resolver.targets("[2001:db8::1]:99") == (
        Target("2001:db8::1", 99, "2001:db8::1", "[2001:db8::1]:99", is_ip_literal=True),
    )
    assert await resolver.targets("example.org:99") == (
        Target("example.org", 99, "example.org", "example.org:99"),
    )
    assert name_server.asked == peer.requests == []


async def test_the_default_port_is_the_last_resort(resolver):
    assert await resolver.targets("example.org") == (
        Target("example.org", 8448, "example.org", "example.org"),
    )


async def test_a_delegation_is_followed(resolver, peer):
    peer.answer = lambda _: web.json_response({"m.server": "matrix.example.org:443"})

    assert await resolver.targets("example.org") == (
        Target("matrix.example.org", 443, "matrix.example.org", "matrix.example.org:443"),
    )


async def test_a_service_record_moves_the_machine_and_not_the_name(resolver, name_server):
    name_server.services["_matrix-fed._tcp.example.org"] = [
        (20, 0, 2, "b.example.org"),
        (10, 0, 1, "a.example.org"),
    ]

    assert await resolver.targets("example.org") == (
        Target("a.example.org", 1, "example.org", "example.org"),
        Target("b.example.org", 2, "example.org", "example.org"),
    )


async def test_service_records_of_a_delegation_count(resolver, name_server, peer):
    peer.answer = lambda _: web.json_response({"m.server": "matrix.example.org"})
    name_server.services["_matrix._tcp.matrix.example.org"] = [(1, 0, 9, "host.example.net")]

    assert await resolver.targets("example.org") == (
        Target("host.example.net", 9, "matrix.example.org", "matrix.example.org"),
    )


@pytest.mark.parametrize("target", [".", "a b.example", "x@y.example", "127.0.0.1"])
async def test_a_service_that_is_nowhere_is_unreachable(resolver, name_server, target):
    name_server.services["_matrix-fed._tcp.example.org"] = [(0, 0, 8448, target)]

    with pytest.raises(PeerUnavailable, match="no such service"):
        await resolver.targets("example.org")


async def test_a_broken_name_server_is_trouble_that_may_pass(resolver, name_server):
    name_server.broken.add("_matrix-fed._tcp.example.org")
    with pytest.raises(PeerUnavailable, match=r"example\.org: DNS: "):
        await resolver.targets("example.org")

    name_server.broken.clear()
    assert await resolver.targets("example.org")


@pytest.mark.parametrize("name", ["", "a b", "example.org/path", "-@x", "[::1", "x:0", "\n"])
async def test_a_name_that_is_none_is_unreachable(resolver, name):
    with pytest.raises(PeerUnavailable):
        await resolver.targets(name)


async def test_service_records_are_remembered_for_a_while(resolver, name_server, clock):
    def count():
        return sum(kind == SRV for _, kind in name_server.asked)

    await resolver.targets("example.org")
    first = count()
    await resolver.targets("example.org")
    assert count() == first

    # The name server's word, so what c-ares itself remembers must not outlive our memory.
    clock.advance(SRV_CACHE_SECONDS + 1)
    name_server.services["_matrix-fed._tcp.example.org"] = [(1, 0, 7, "new.example.org")]
    assert [target.port for target in await resolver.targets("example.org")] == [7]


async def test_a_broken_name_server_does_not_hide_what_it_said_before(resolver, name_server, clock):
    name_server.services["_matrix-fed._tcp.example.org"] = [(1, 0, 7, "host.example.org")]
    known = await resolver.targets("example.org")
    name_server.broken.add("_matrix-fed._tcp.example.org")

    clock.advance(SRV_CACHE_SECONDS + 1)
    assert await resolver.targets("example.org") == known
    clock.advance(MAX_STALE_SRV_SECONDS)
    with pytest.raises(PeerUnavailable, match=r"DNS: "):
        await resolver.targets("example.org")


async def test_all_spellings_of_a_host_are_looked_up_once(resolver, name_server, peer):
    for name in ("example.org", "EXAMPLE.org", "Example.Org"):
        (target,) = await resolver.targets(name)
        assert target.tls_name == target.host_header == name

    assert len(peer.requests) == 1
    assert sum(kind == SRV for _, kind in name_server.asked) == 2


async def test_all_who_ask_at_once_share_one_search(resolver, peer):
    requesters = [asyncio.create_task(resolver.targets("example.org")) for _ in range(10)]
    await asyncio.sleep(0)
    requesters[0].cancel()

    found = await asyncio.gather(*requesters[1:])

    assert len(set(found)) == 1
    assert len(peer.requests) == 1
