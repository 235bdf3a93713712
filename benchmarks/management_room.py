"""How much later signatures come while a management room is in full use, within one run.

Two real servers get the same load by turns, at the same rate: events of which every second one is
refused. One of them has a management room: refusals become incidents there, and a moderator writes
a command every half second, which is heard, executed and recorded. The homeservers are on paper, so
an answer ends where a real one would be asked for its place in the room.

Usage: python benchmarks/management_room.py [--rounds 4] [--events 300] [--per-second 100]
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import uvloop

from bench_server import NAME, Server, make_peers, member, request_by, room_name, state_event
from countersign.bootstrap.stores import open_stores
from countersign.config import read_config
from countersign.ports.stores.rooms import StoredRoom
from countersign.protocol.canonical_json import encode_canonical
from countersign.testing.events import make_room_id
from countersign.testing.peers import Peer
from sign_load import Load, at_a_rate, connect

OFFICE = make_room_id("11", "office")
COMMAND_EVERY_SECONDS = 0.5


class ServerWithOffice(Server):
    """The same server with a management room that its first peer leads."""

    async def fill(self, peers: list[Peer]) -> None:
        with self.config_file.open("a") as settings:
            settings.write(f"management_room: '{OFFICE}'\n")
        await super().fill(peers)
        config = read_config(self.config_file)
        lead = peers[0].user()
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
                        state_event("m.room.power_levels", "", lead, {"users": {lead: 100}}, 3),
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


async def give_commands(server: Server, lead: Peer, heard: list[int]) -> None:
    """Write a command in the management room every half second, until cancelled."""
    (connection,) = await connect(server, 1)
    while True:
        number = len(heard)
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


async def measure(
    servers: dict[str, Server], peers: list[Peer], chosen: argparse.Namespace
) -> tuple[dict[str, Load], list[int]]:
    """Return what each server did over all rounds, and the answers to the commands' servers."""
    loads = {name: Load(name) for name in servers}
    heard: list[int] = []
    for turn in range(chosen.rounds + 1):
        for name, server in servers.items():
            requests = prepare(peers, chosen.events, (turn + 1) * 1_000_000)
            commands = None
            if isinstance(server, ServerWithOffice):
                commands = asyncio.create_task(give_commands(server, peers[0], heard))
            load = await at_a_rate(name, server, requests, 16, chosen.per_second)
            if commands is not None:
                commands.cancel()
            if turn:  # the first one warms up
                loads[name].latencies += load.latencies
                loads[name].requests += load.requests
                loads[name].cpu_seconds += load.cpu_seconds
    return loads, heard


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=4)
    options.add_argument("--events", type=int, default=300)
    options.add_argument("--per-second", type=float, default=100.0)
    chosen = options.parse_args()
    peers = make_peers()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        servers = {"without": Server(Path(first), peers)}
        try:
            servers["with"] = ServerWithOffice(Path(second), peers)
            loads, heard = uvloop.run(measure(servers, peers, chosen))
        finally:
            for server in servers.values():
                server.stop()
    for name, load in loads.items():
        print(
            f"{name:8} p50 {load.quantile_ms(0.5):6.2f} ms  p99 {load.quantile_ms(0.99):6.2f} ms  "
            f"CPU {load.cpu_us:5.0f} us"
        )
    print(f"commands heard: {heard.count(200)} of {len(heard)}")
    for quantile in (0.5, 0.99):
        ratio = loads["with"].quantile_ms(quantile) / loads["without"].quantile_ms(quantile)
        print(f"with a management room, p{quantile * 100:.0f} is {ratio:.2f} times that without")


if __name__ == "__main__":
    main()
