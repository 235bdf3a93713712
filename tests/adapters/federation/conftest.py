"""Servers on loopback: a name server, HTTPS peers with an authority, and misbehaving ones."""

import asyncio
import ssl
import struct
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network

import pytest
import trustme
from aiohttp import web

from countersign.adapters.federation import dns as _dns
from countersign.adapters.federation import guarded_connect as _guarded_connect
from countersign.adapters.federation import well_known as _well_known
from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.testing.clocks import ManualClock

# Other limits than these end what a test wants ended; a machine that stands still ends nothing.
_dns.LOOKUP_TIMEOUT_SECONDS = _guarded_connect.CONNECT_TIMEOUT_SECONDS = 60.0
_well_known.TIMEOUT_SECONDS = 60.0

LOOPBACK = AddressGuard([ip_network("127.0.0.0/8")])

_A, _SRV, _NXDOMAIN, _SERVFAIL = 1, 33, 3, 2


class NameServer(asyncio.DatagramProtocol):
    """A DNS server with A and SRV records from two dictionaries."""

    def __init__(self):
        self.addresses = {}
        self.services = {}
        self.broken = set()
        self.asked = []
        self.is_silent = False
        self.transport = None

    @property
    def address(self):
        host, port = self.transport.get_extra_info("sockname")
        return f"{host}:{port}"

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        labels, position = [], 12
        while length := data[position]:
            labels.append(data[position + 1 : position + 1 + length].decode())
            position += 1 + length
        name = ".".join(labels).lower()
        kind = int.from_bytes(data[position + 1 : position + 3], "big")
        self.asked.append((name, kind))
        if self.is_silent:
            return
        records = []
        if kind == _A:
            records = [bytes(map(int, a.split("."))) for a in self.addresses.get(name, ())]
        elif kind == _SRV:
            records = [
                struct.pack(">HHH", priority, weight, port) + _encoded(target)
                for priority, weight, port, target in self.services.get(name, ())
            ]
        is_there = name in self.addresses or name in self.services
        code = _SERVFAIL if name in self.broken else 0 if is_there else _NXDOMAIN
        header = data[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0)
        answer = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(record)) + record
            for record in records
        )
        self.transport.sendto(header + data[12 : position + 5] + answer, peer)


def _encoded(name):
    parts = [part for part in name.split(".") if part]
    return b"".join(bytes([len(part)]) + part.encode() for part in parts) + b"\0"


@pytest.fixture
async def name_server():
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    yield server
    transport.close()


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def tls(ca_file):
    return make_tls_context(ca_file)


@pytest.fixture
def clock():
    return ManualClock()


def server_context(authority, *names, **kwargs):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **kwargs).configure_cert(context)
    return context


class Peer:
    """A homeserver that answers by a function, and records the requests."""

    def __init__(self):
        self.requests = []
        self.connections = set()
        self.answer = lambda _request: web.json_response({})
        self.host = self.port = None

    async def handle(self, request):
        body = await request.read()
        self.requests.append((request.method, request.raw_path, dict(request.headers), body))
        self.connections.add(request.transport.get_extra_info("peername"))
        answer = self.answer(request)
        return await answer if asyncio.iscoroutine(answer) else answer


@pytest.fixture
async def open_peer(authority):
    async with AsyncExitStack() as stack:

        async def open_peer(*names, host="127.0.0.1", context=None):
            peer = Peer()
            runner = web.ServerRunner(web.Server(peer.handle))
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            context = context or server_context(authority, *names)
            site = web.TCPSite(runner, host, 0, ssl_context=context)
            await site.start()
            peer.host, peer.port = runner.addresses[0][:2]
            return peer

        yield open_peer


@asynccontextmanager
async def raw_server(converse, context=None, host="127.0.0.1"):
    """Serve each connection by `converse(reader, writer)`; return the port."""
    tasks = set()

    async def handle(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await converse(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, host, 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
