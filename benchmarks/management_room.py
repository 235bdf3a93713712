"""Latency of signatures beside a management room in full use, as a ratio within one run.

Two real servers get the same load by turns, a second each, at the same rate: events of which every
second one is refused. One of them has a management room: refusals become incidents there, and
moderators write a command each second, the most that a room may give for long, which is heard,
executed and recorded. The homeservers are on paper, so an answer ends where a real one would be
asked for its place in the room.

Turns are compared in pairs, as a busy machine changes from one second to the next.

Usage: python benchmarks/management_room.py [--rounds 15] [--per-second 60]
"""

import argparse
import asyncio
import statistics
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
COMMAND_EVERY_SECONDS = 1.0
LEADS = 3
SHARES = (0.5, 0.9)


class ServerWithOffice(Server):
    """The same server with a management room that its first peer leads."""

    async def fill(self, peers: list[Peer]) -> None:
        with self.config_file.open("a") as settings:
            settings.write(f"management_room: '{OFFICE}'\n")
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


async def measure(
    servers: dict[str, Server], peers: list[Peer], chosen: argparse.Namespace
) -> tuple[dict[str, list[Load]], list[int]]:
    """Return what each server did in each turn, and the answers to the commands' servers."""
    loads: dict[str, list[Load]] = {name: [] for name in servers}
    heard: list[int] = []
    commands = asyncio.create_task(give_commands(servers["with"], peers[:LEADS], heard))
    count = round(chosen.per_second)
    for turn in range(chosen.rounds + 2):
        # Neither is always the first one of a pair.
        for name in sorted(servers, reverse=bool(turn % 2)):
            requests = prepare(peers, count, (turn + 1) * 1_000_000)
            load = await at_a_rate(name, servers[name], requests, 16, chosen.per_second)
            if turn > 1:  # the first ones warm up
                loads[name].append(load)
    commands.cancel()
    return loads, heard


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
            loads, heard = uvloop.run(measure(servers, peers, chosen))
        finally:
            for server in servers.values():
                server.stop()
    for name, turns in loads.items():
        medians = [statistics.median(load.quantile_ms(each) for load in turns) for each in SHARES]
        print(f"{name:8} p50 {medians[0]:6.2f} ms  p90 {medians[1]:6.2f} ms, median of the turns")
    print(f"commands heard: {heard.count(200)} of {len(heard)}")
    for share in SHARES:
        ratios = [
            having.quantile_ms(share) / lacking.quantile_ms(share)
            for having, lacking in zip(loads["with"], loads["without"], strict=True)
        ]
        print(
            f"p{100 * share:.0f} with a management room is {statistics.median(ratios):.2f} times "
            f"that without (median of {len(ratios)} pairs)"
        )


if __name__ == "__main__":
    main()
