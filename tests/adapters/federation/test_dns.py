"""Tests of name resolution: without threads, within two seconds, of names exactly as written."""

import asyncio
import socket
from pathlib import Path

import pytest
import uvloop

from countersign.adapters.federation import dns as dns_module
from countersign.adapters.federation.dns import MAX_SRV_RECORDS, DnsResolver, LookupFailed
from countersign.protocol.server_discovery import SrvRecord


@pytest.fixture
async def dns(name_server):
    resolver = DnsResolver([name_server.address])
    yield resolver
    await resolver.close()


def _a_name_in_etc_hosts():
    for line in Path("/etc/hosts").read_text().splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if address.startswith("127.") and set(names) - {"localhost"}:
            return address, next(name for name in names if name != "localhost")
    return "127.0.0.1", "localhost"


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_local_names_resolve_on_either_event_loop(loop):
    address, name = _a_name_in_etc_hosts()

    async def resolve():
        resolver = DnsResolver()
        try:
            local = await resolver.resolve("localhost", 8448)
            named = await resolver.resolve(name, 8448, socket.AF_INET)
        finally:
            await resolver.close()
        return {found["host"] for found in local}, {found["host"] for found in named}

    with asyncio.Runner(loop_factory=loop) as runner:
        local, named = runner.run(resolve())

    assert "127.0.0.1" in local
    assert address in named


async def test_a_name_gives_its_addresses(dns, name_server):
    name_server.addresses["peer.example"] = ["192.0.2.1", "192.0.2.2"]

    found = await dns.resolve("peer.example", 8448)

    assert {(entry["host"], entry["port"]) for entry in found} == {
        ("192.0.2.1", 8448),
        ("192.0.2.2", 8448),
    }


async def test_a_name_that_is_not_there_is_absent(dns):
    with pytest.raises(LookupFailed, match=r"nobody\.example: ") as caught:
        await dns.resolve("nobody.example", 8448)

    assert caught.value.is_absent


@pytest.mark.parametrize("name", ["a..example", "x" * 300, "b\0c", ""])
async def test_a_name_that_is_none_fails_as_any_other(dns, name):
    with pytest.raises(LookupFailed):
        await dns.resolve(name, 8448)


async def test_no_search_domain_is_tried(dns, name_server):
    with pytest.raises(LookupFailed):
        await dns.resolve("intranet", 8448)

    assert {name for name, _ in name_server.asked} == {"intranet"}


async def test_service_records_come_with_all_they_say(dns, name_server):
    name_server.services["_matrix-fed._tcp.example.org"] = [
        (20, 0, 8449, "b.example.org"),
        (10, 5, 8448, "a.example.org"),
    ]

    assert await dns.srv_records("_matrix-fed._tcp.example.org") == (
        SrvRecord(10, 5, 8448, "a.example.org"),
        SrvRecord(20, 0, 8449, "b.example.org"),
    )


async def test_no_service_records_are_no_trouble(dns, name_server):
    name_server.addresses["_matrix._tcp.example.org"] = ["192.0.2.1"]

    assert await dns.srv_records("_matrix-fed._tcp.example.org") == ()
    assert await dns.srv_records("_matrix._tcp.example.org") == ()


async def test_a_broken_name_server_is_trouble(dns, name_server):
    name_server.broken.add("_matrix._tcp.example.org")

    with pytest.raises(LookupFailed) as caught:
        await dns.srv_records("_matrix._tcp.example.org")

    assert not caught.value.is_absent


async def test_only_so_many_service_records_are_taken(dns, name_server):
    name_server.services["_matrix._tcp.example.org"] = [
        (number, 0, 8448, "t.example") for number in range(MAX_SRV_RECORDS + 4)
    ]

    assert len(await dns.srv_records("_matrix._tcp.example.org")) == MAX_SRV_RECORDS


async def test_a_silent_name_server_is_given_up(dns, name_server, monkeypatch):
    monkeypatch.setattr(dns_module, "LOOKUP_TIMEOUT_SECONDS", 0.1)
    name_server.is_silent = True

    results = await asyncio.gather(
        *(dns.resolve(f"s{number}.example", 8448) for number in range(100)),
        return_exceptions=True,
    )

    assert {type(result) for result in results} == {LookupFailed}
    assert "timed out" in str(results[0])
