"""`make names`: hostile server names, none of which may cause a connection to a forbidden address.

python -m campaigns.names [--names 10000] [--seed 1]
"""

import argparse
import asyncio
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import trustme
from aiohttp import web

from campaigns.hostile_dns import HostileNameServer
from campaigns.hostile_names import EVIL, LOOPBACK, PRIVATE, Scene, Stage
from campaigns.tables import table
from countersign.adapters.federation import guarded_connect
from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.client import HttpFederationClient
from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.federation.open_client import federation_client
from countersign.adapters.system import SystemClock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.testing.clocks import RepeatableRandomness
from countersign.testing.events import make_key

LAIR: Final = "127.0.0.200"
"""Address of the attacker's web server: the only one that we may connect to."""
US: Final = "policy.example.org"
AT_ONCE: Final = 64
DEFAULT_NAMES: Final = 10_000

GUARDED: Final = (ip_network(f"{LAIR}/32"),)
UNGUARDED: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""Networks that a guard which lets loopback pass would permit."""


@dataclass(slots=True)
class Results:
    """Results by name.

    Attributes:
        names: how many were tried, by kind.
        well_knowns: how many requests the attacker's web server had: else nothing was tried at all.
        attempts: addresses that we tried to connect to, besides the attacker's, by kind of name.
        caught: connections that the canaries had.
        crashes: what came out besides the port's own errors.
        seconds: how long it took.
    """

    names: Counter[str] = field(default_factory=Counter)
    well_knowns: int = 0
    attempts: list[str] = field(default_factory=list)
    caught: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def report(self) -> str:
        lines = [table(["how", "names"], sorted(self.names.items()))]
        lines.append(
            f"\n{sum(self.names.values()):,} names in {self.seconds:.0f} s; the attacker's own web "
            f"server was asked {self.well_knowns:,} times; connections to anybody else: "
            f"{len(self.attempts)} tried, {len(self.caught)} made; crashes: {len(self.crashes)}"
        )
        return "\n".join([*lines, *self.attempts[:20], *self.caught[:20], *self.crashes[:20]])


def run(
    names: int,
    seed: int,
    *,
    permitted: tuple[IPv4Network | IPv6Network, ...] = GUARDED,
    targets: tuple[str, ...] = LOOPBACK + PRIVATE,
) -> Results:
    """Try that many names on the real client; `permitted` is what its guard lets pass."""
    results = Results()
    started = time.perf_counter()
    asyncio.run(_run(results, names, seed, permitted, targets))
    results.seconds = time.perf_counter() - started
    return results


async def _run(
    results: Results,
    names: int,
    seed: int,
    permitted: tuple[IPv4Network | IPv6Network, ...],
    targets: tuple[str, ...],
) -> None:
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(_canaries(results.caught))
        dns = await stack.enter_async_context(_name_server())
        lair = _Lair(results)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        tls, lair_port = await stack.enter_async_context(lair.listen(folder))
        # Each request asks DNS anew, so that an answer can change in between.
        stack.enter_context(_set(guarded_connect, "DNS_CACHE_SECONDS", 0))
        client = await stack.enter_async_context(
            federation_client(
                server_name=US,
                key=make_key(US),
                clock=SystemClock(),
                randomness=RepeatableRandomness(),
                guard=AddressGuard(permitted),
                tls=tls,
                nameservers=[dns.address],
                well_known_port=lair_port,
            )
        )
        scenes = Stage(seed, port, LAIR, targets).scenes(names)

        async def try_in_turn() -> None:
            for scene in scenes:
                dns.learn(scene)
                lair.scenes[scene.server_name.lower()] = scene
                results.names[scene.kind] += 1
                await _try(client, scene, results)
                dns.forget(scene)
                lair.scenes.pop(scene.server_name.lower(), None)

        with _watched(results.attempts):
            await asyncio.gather(*(try_in_turn() for _ in range(AT_ONCE)))
        await asyncio.sleep(0.05)  # for the canaries to notice


async def _try(client: HttpFederationClient, scene: Scene, results: Results) -> None:
    try:
        await client.server_keys(scene.server_name)
    except (PeerUnavailable, PeerRefused):
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is found
        results.crashes.append(f"{scene.kind} {scene.server_name!r}: {error!r}")
        return
    # The attacker's own server answers no keys, so somebody else did.
    results.crashes.append(f"{scene.kind} {scene.server_name!r}: was answered")


class _Lair:
    """The attacker's web server: well-known files and redirects, with a good certificate."""

    def __init__(self, results: Results) -> None:
        self.scenes: dict[str, Scene] = {}
        self._results = results

    @asynccontextmanager
    async def listen(self, folder: Path) -> AsyncIterator[tuple[ssl.SSLContext, int]]:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0  # nobody comes again
        authority.issue_cert(EVIL, f"*.{EVIL}").configure_cert(context)
        runner = web.ServerRunner(web.Server(self._answer))
        await runner.setup()
        try:
            site = web.TCPSite(runner, LAIR, 0, ssl_context=context)
            await site.start()
            yield make_tls_context(folder / "ca.pem"), runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self._results.well_knowns += 1
        scene = self.scenes.get(request.host.rpartition(":")[0].lower())
        if scene is None:
            return web.Response(status=404)
        if scene.redirect is not None:
            # As it is: aiohttp would not let everything through.
            head = f"HTTP/1.1 302 Found\r\nLocation: {scene.redirect}\r\nContent-Length: 0\r\n\r\n"
            assert request.transport is not None
            request.transport.write(head.encode())
            request.transport.close()
            return web.Response(status=204)
        return web.Response(body=scene.document or b"{}", content_type="application/json")


@asynccontextmanager
async def _canaries(caught: list[str]) -> AsyncIterator[int]:
    """Listen at every canary's address, at one and the same port; give the port."""

    async def converse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.append(f"a canary was connected to: {writer.get_extra_info('sockname')}")
        writer.close()

    async with AsyncExitStack() as stack:
        port = 0
        for host in LOOPBACK if socket.has_dualstack_ipv6() else LOOPBACK[:-1]:
            server = await asyncio.start_server(converse, host, port)
            await stack.enter_async_context(server)
            port = server.sockets[0].getsockname()[1]
        yield port


@asynccontextmanager
async def _name_server() -> AsyncIterator[HostileNameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        HostileNameServer, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()


_watchers: list[Callable[[Any], None]] = []


@contextmanager
def _watched(attempts: list[str]) -> Iterator[None]:
    """Note every connection that Python tries, wherever it leads; a canary is not everywhere."""
    if not _watchers:
        sys.addaudithook(_audit)  # for good: Python knows no way to remove one
    _watchers.append(
        lambda address: (
            None if address[0] == LAIR else attempts.append(f"a connection to {address} was tried")
        )
    )
    try:
        yield
    finally:
        _watchers[-1] = lambda _: None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        _watchers[-1](arguments[1])


@contextmanager
def _set(module: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--names", type=int, default=DEFAULT_NAMES)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    results = run(chosen.names, chosen.seed)
    print(results.report())
    if results.attempts or results.caught or results.crashes:
        sys.exit("we were led where we must not go")


if __name__ == "__main__":
    main()
