"""Tests that no spelling, name, redirect or environment variable bypasses the address guard."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.dns import DnsResolver
from countersign.adapters.federation.guarded_connect import (
    AddressRefused,
    CertificatesInvalid,
    GuardedSockets,
    make_tls_context,
    open_session,
)
from tests.adapters.federation.conftest import LOOPBACK, raw_server, server_context


@asynccontextmanager
async def session_with(guard, tls, name_server):
    dns = DnsResolver([name_server.address])
    async with open_session(guard, dns, tls) as session:
        yield session
    await dns.close()


@pytest.fixture
async def open_world(tls, name_server):
    """A session as in production: nothing is allowed besides the open network."""
    async with session_with(AddressGuard(), tls, name_server) as session:
        yield session


@pytest.fixture
async def loopback(tls, name_server):
    async with session_with(LOOPBACK, tls, name_server) as session:
        yield session


@asynccontextmanager
async def trap():
    """A port on loopback that nobody must connect to."""
    caught = []

    async def converse(reader, writer):
        caught.append(writer.get_extra_info("peername"))

    async with raw_server(converse) as port:
        yield port, caught
        await asyncio.sleep(0.05)
    assert caught == []


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(("127.0.0.1", 443), id="loopback"),
        pytest.param(("127.1", 443), id="short form"),
        pytest.param(("0x7f.1", 443), id="hexadecimal"),
        pytest.param(("2130706433", 443), id="one number"),
        pytest.param(("0177.0.0.1", 443), id="octal"),
        pytest.param(("localhost", 443), id="a name where an address must be"),
        pytest.param(("", 443), id="nothing"),
    ],
)
def test_no_socket_is_made_for_a_refused_ipv4_address(address):
    make_socket = GuardedSockets(AddressGuard())

    with pytest.raises(AddressRefused):
        make_socket((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address))


@pytest.mark.parametrize("host", ["::1", "::ffff:127.0.0.1", "fe80::1%lo", "64:ff9b::7f00:1"])
def test_no_socket_is_made_for_a_refused_ipv6_address(host):
    address = (host, 443, 0, 0)
    make_socket = GuardedSockets(AddressGuard())

    with pytest.raises(AddressRefused):
        make_socket((socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address))


def test_no_socket_is_made_for_another_family():
    with pytest.raises(AddressRefused):
        GuardedSockets(AddressGuard())((socket.AF_UNIX, socket.SOCK_STREAM, 0, "", ("8.8.8.8", 1)))


def test_a_socket_is_made_for_an_address_on_the_open_network():
    make_socket = GuardedSockets(AddressGuard())
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("8.8.8.8", 443))

    with make_socket(info) as made:
        assert made.family == socket.AF_INET


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "2130706433",
        "017700000001",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "LOCALHOST",
        "x.localhost",
        "evil.example",
        "mixed.example",
    ],
)
async def test_no_spelling_of_loopback_is_ever_connected_to(open_world, name_server, host):
    name_server.addresses["evil.example"] = ["127.0.0.1"]
    name_server.addresses["mixed.example"] = ["10.0.0.1", "127.0.0.1", "0.0.0.0"]
    async with trap() as (port, _caught):
        with pytest.raises(aiohttp.ClientError):
            await open_world.get(URL(f"https://{host}:{port}/", encoded=True))


async def test_a_name_that_changes_its_address_is_checked_each_time(tls, name_server, monkeypatch):
    monkeypatch.setattr("countersign.adapters.federation.guarded_connect.DNS_CACHE_SECONDS", 0)
    async with trap() as (port, _caught), session_with(AddressGuard(), tls, name_server) as session:
        for address in ("127.0.0.1", "127.0.0.2", "127.0.0.1"):
            name_server.addresses["rebinding.example"] = [address]
            with pytest.raises(aiohttp.ClientConnectorError, match="not an address on the open"):
                await session.get(f"https://rebinding.example:{port}/")


async def test_an_allowed_network_is_reached(loopback, name_server, open_peer):
    peer = await open_peer("peer.example")
    name_server.addresses["peer.example"] = ["127.0.0.1"]

    async with loopback.get(f"https://peer.example:{peer.port}/") as response:
        assert response.status == 200


async def test_a_dead_address_does_not_hide_a_living_one(loopback, name_server, open_peer):
    peer = await open_peer("peer.example", host="127.0.0.9")
    name_server.addresses["peer.example"] = ["127.0.0.8", "10.0.0.1", "127.0.0.9"]

    async with loopback.get(f"https://peer.example:{peer.port}/") as response:
        assert response.status == 200


async def test_the_environment_is_ignored(loopback, name_server, open_peer, monkeypatch, tmp_path):
    peer = await open_peer("peer.example")
    name_server.addresses["peer.example"] = ["127.0.0.1"]
    netrc = tmp_path / "netrc"
    netrc.write_text("machine peer.example login us password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    async with trap() as (port, _caught):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        async with loopback.get(f"https://peer.example:{peer.port}/") as response:
            assert response.status == 200

    [(_, _, headers, _)] = peer.requests
    assert "Authorization" not in headers
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"].startswith("Countersign/")


async def test_cookies_are_not_kept(loopback, name_server, open_peer):
    peer = await open_peer("peer.example")
    peer.answer = lambda _: web.Response(headers={"Set-Cookie": "who=you; Path=/"})
    name_server.addresses["peer.example"] = ["127.0.0.1"]
    for _ in range(2):
        async with loopback.get(f"https://peer.example:{peer.port}/") as response:
            assert response.status == 200

    assert all("Cookie" not in headers for _, _, headers, _ in peer.requests)


async def test_an_address_may_have_a_certificate_of_its_own(loopback, open_peer):
    peer = await open_peer("127.0.0.1")

    async with loopback.get(f"https://127.0.0.1:{peer.port}/") as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("certified", "asked"),
    [
        pytest.param("other.example", "peer.example", id="another name"),
        pytest.param("peer.example", "127.0.0.1", id="a name for an address"),
        pytest.param("127.0.0.2", "127.0.0.1", id="another address"),
    ],
)
async def test_a_certificate_for_something_else_is_refused(
    loopback, name_server, open_peer, certified, asked
):
    peer = await open_peer(certified)
    name_server.addresses["peer.example"] = ["127.0.0.1"]

    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await loopback.get(f"https://{asked}:{peer.port}/")

    assert peer.requests == []


async def test_an_expired_certificate_is_refused(loopback, open_peer, authority):
    from datetime import UTC, datetime

    past = datetime(2020, 1, 1, tzinfo=UTC)
    context = server_context(authority, "127.0.0.1", not_after=past)
    peer = await open_peer(context=context)

    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="expired"):
        await loopback.get(f"https://127.0.0.1:{peer.port}/")


async def test_a_certificate_of_an_unknown_authority_is_refused(open_peer, name_server):
    peer = await open_peer("127.0.0.1")
    async with session_with(LOOPBACK, make_tls_context(), name_server) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"https://127.0.0.1:{peer.port}/")


def test_old_tls_is_not_spoken(tls):
    assert tls.minimum_version == ssl.TLSVersion.TLSv1_2
    assert tls.verify_mode == ssl.CERT_REQUIRED
    assert tls.check_hostname


@pytest.mark.parametrize("content", [None, "", "not a certificate\n"])
def test_a_useless_file_of_authorities_is_named(tmp_path, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(
        CertificatesInvalid, match=r"ca\.pem (can't be read: |holds no certificates of authorities)"
    ):
        make_tls_context(path)
