"""Latency of signatures while management room, dashboard and metrics are in full use, as a ratio.

Two real servers get the same load by turns, a second each, at the same rate: events of which every
second one is refused. One of them has a management room, a dashboard and metrics: refusals become
incidents and alerts there; moderators write a command each second, the most that a room may give
for long, which is heard, executed and recorded; a lead opens a page of the dashboard each second,
one after the other; and Prometheus reads the metrics each second. The homeservers are on paper, so
an answer ends where a real one would be asked for its place in the room.

Turns are compared in pairs, as a busy machine changes from one second to the next. A turn has few
events for a 99th percentile, so that is taken of all turns together, too.

Usage: python benchmarks/management_room.py [--rounds 15] [--per-second 60]
"""

import argparse
import asyncio
import http.client
import itertools
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from bench_server import NAME, Server, make_peers, member, request_by, room_name, state_event
from countersign.bootstrap.stores import open_stores
from countersign.config import read_config
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.canonical_json import encode_canonical
from countersign.testing.events import make_room_id
from countersign.testing.peers import Peer
from sign_load import Load, at_a_rate, connect, quantile_ms

OFFICE = make_room_id("11", "office")
COMMAND_EVERY_SECONDS = 1.0
LEADS = 3
SHARES = (0.5, 0.9, 0.99)
PAGES = ("/now", "/review", "/decisions", "/filters", "/people", "/rooms", "/raids", "/audit")


class ServerWithOffice(Server):
    """The same server with a management room that its first peer leads, a dashboard and metrics."""

    async def fill(self, peers: list[Peer]) -> None:
        self.dashboard_port, self.metrics_port = free_port(), free_port()
        with self.config_file.open("a") as settings:
            settings.write(
                f"management_room: '{OFFICE}'\n"
                f"dashboard: {{listen: {{port: {self.dashboard_port}}}}}\n"
                f"metrics: {{port: {self.metrics_port}}}\n"
            )
        await super().fill(peers)
        config = read_config(self.config_file)
        lead, *others = [peer.user() for peer in peers[:LEADS]]
        async with open_stores(config) as stores:
            await stores.rooms.save(
                StoredRoom(
                    room_id=OFFICE,
                    room_version="11",
                    membership="joined",
                    via=(),
                    joined_ts=time.time_ns() // 1_000_000,
                    state=(
                        state_event("m.room.create", "", lead, {"room_version": "11"}, 1),
                        state_event("m.room.member", lead, lead, {"membership": "join"}, 2),
                        state_event(
                            "m.room.power_levels",
                            "",
                            lead,
                            {"users": dict.fromkeys([lead, *others], 100)},
                            3,
                        ),
                        *(
                            state_event("m.room.member", each, each, {"membership": "join"}, 5)
                            for each in others
                        ),
                        state_event(
                            "m.room.member",
                            config.user_id,
                            config.user_id,
                            {"membership": "join"},
                            4,
                        ),
                    ),
                    note="",
                )
            )


def free_port() -> int:
    """Return a port of the loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def prepare(peers: list[Peer], count: int, first: int) -> list[bytes]:
    """Return requests for fresh events, every second of which is refused."""
    requests = []
    for number in range(first, first + count):
        peer, sender = member(peers, number)
        words = "spam word 7" if number % 2 else "fine weather"
        event = peer.event(
            content={"msgtype": "m.text", "body": f"{words}, said {number} times " + "la " * 100},
            sender=sender,
            room_id=room_name(0),
            depth=number + 10,
        )
        requests.append(request_by(peer, event))
    return requests


async def give_commands(server: Server, leads: list[Peer], heard: list[int]) -> None:
    """Write a command in the management room every second, until cancelled."""
    (connection,) = await connect(server, 1)
    while True:
        number = len(heard)
        lead = leads[number % len(leads)]
        event = lead.event(
            content={"msgtype": "m.text", "body": f"!cs status {number}"},
            room_id=OFFICE,
            depth=number + 10,
            origin_server_ts=time.time_ns() // 1_000_000,
        )
        uri = f"/_matrix/federation/v1/send/{time.time_ns()}"
        body = {"origin": lead.server_name, "origin_server_ts": 1, "pdus": [event]}
        written = encode_canonical(body)
        head = (
            f"PUT {uri} HTTP/1.1\r\nHost: {NAME}\r\n"
            f"Authorization: {lead.sign_request('PUT', uri, NAME, body)}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(written)}\r\n\r\n"
        )
        heard.append(await connection.ask(head.encode() + written))
        await asyncio.sleep(COMMAND_EVERY_SECONDS)


def ask(
    port: int, path: str, headers: dict[str, str], body: str | None = None
) -> tuple[int, str | None]:
    """Ask a server of ours for a page; return the status and the cookie that it sets."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Set-Cookie")
    finally:
        connection.close()


def sign_in(server: ServerWithOffice) -> str:
    """Sign in to the dashboard as a lead; return the cookie of the session."""
    made = subprocess.run(
        [
            *(*server.command, "tokens", "create", "--name", "lead", "--role", "lead"),
            *("--community", "default", "--json", "--config", str(server.config_file)),
        ],
        check=True,
        stdout=subprocess.PIPE,
    )
    headers = {
        "Origin": f"http://127.0.0.1:{server.dashboard_port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = urlencode({"token": json.loads(made.stdout)["token"]})
    status, cookie = ask(server.dashboard_port, "/sign-in", headers, form)
    if status != 303 or cookie is None:
        sys.exit(f"the dashboard did not let us in: {status}")
    return cookie.partition(";")[0]


async def look(server: ServerWithOffice, seen: list[int]) -> None:
    """Open a page of the dashboard and read the metrics every second, until cancelled."""
    headers = {"Cookie": await asyncio.to_thread(sign_in, server)}
    for page in itertools.cycle(PAGES):
        for port, path, sent in (
            (server.dashboard_port, page, headers),
            (server.metrics_port, "/metrics", {}),
        ):
            status, _ = await asyncio.to_thread(ask, port, path, sent)
            seen.append(status)
        await asyncio.sleep(COMMAND_EVERY_SECONDS)


async def measure(
    servers: dict[str, Server], peers: list[Peer], chosen: argparse.Namespace
) -> tuple[dict[str, list[Load]], list[int], list[int]]:
    """Return what each server did in each turn, and the answers to commands and to lookers."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    heard: list[int] = []
    seen: list[int] = []
    busy = servers["with"]
    assert isinstance(busy, ServerWithOffice)
    tasks = [
        asyncio.create_task(give_commands(busy, peers[:LEADS], heard)),
        asyncio.create_task(look(busy, seen)),
    ]
    count = round(chosen.per_second)
    for turn in range(chosen.rounds + 2):
        # Neither is always the first one of a pair.
        for name in sorted(servers, reverse=bool(turn % 2)):
            requests = prepare(peers, count, (turn + 1) * 1_000_000)
            load = await at_a_rate(name, servers[name], requests, 16, chosen.per_second)
            if turn > 1:  # the first ones warm up
                loads[name].append(load)
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    return loads, heard, seen


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--per-second", type=float, default=60.0)
    chosen = options.parse_args()
    peers = make_peers()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        servers = {"without": Server(Path(first), peers)}
        try:
            servers["with"] = ServerWithOffice(Path(second), peers)
            loads, heard, seen = uvloop.run(measure(servers, peers, chosen))
        finally:
            for server in servers.values():
                server.stop()
    together = {
        name: [latency for load in turns for latency in load.latencies]
        for name, turns in loads.items()
    }
    for name, latencies in together.items():
        shown = (f"p{100 * each:.0f} {quantile_ms(latencies, each):7.2f} ms" for each in SHARES)
        print(f"{name:8} {'  '.join(shown)}, of {len(latencies):,} answers")
    print(f"commands heard: {heard.count(200)} of {len(heard)}")
    print(f"pages and metrics read: {seen.count(200)} of {len(seen)}")
    for share in SHARES:
        ratios = [
            having.quantile_ms(share) / lacking.quantile_ms(share)
            for having, lacking in zip(loads["with"], loads["without"], strict=True)
        ]
        of_all = quantile_ms(together["with"], share) / quantile_ms(together["without"], share)
        print(
            f"p{100 * share:.0f} in full use is {statistics.median(ratios):.2f} times that without "
            f"(median of {len(ratios)} pairs); of all answers {of_all:.2f}"
        )


if __name__ == "__main__":
    main()
