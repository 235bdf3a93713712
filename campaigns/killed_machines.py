"""Machines killed under load: no decision may be lost or contradicted, and few answers late.

Three servers of one name, as on three machines, over a real PostgreSQL and a real Valkey. Clients
go to the next one when a connection is cut, as a load balancer has it. Each event is asked about by
several of them at once, at different servers, while the policy changes to its opposite every second
and one server is killed every few seconds, the leader among them, and started anew. At the end
every event is asked about again.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from campaigns.changing_policies import changing_policy
from campaigns.killed_workers import (
    Tally,
    ask_again,
    conclude,
    load,
    parse_options,
    set_up,
    wait_until_ready,
    write_policy,
)
from countersign.testing.peers import Peer

NAME = "policy.example.com"


class Machines:
    """Servers of one name, each with a folder and a port of its own.

    Args:
        folder: where their folders go.
        database: the address of the PostgreSQL database.
        counters: the address of the Valkey server.
        number: how many there are.
    """

    def __init__(self, folder: Path, database: str, counters: str, number: int) -> None:
        from examples.demo.loopback import free_port
        from tests.cli.conftest import Home, run_command
        from tests.cli.running_server import put_in_room

        first = Home(folder / "machine0")
        run_command("init", "--server-name", NAME, "--dir", first.folder)
        set_up(first, database, 1)
        first.set(shared_counters=counters)
        assert first.run("database", "migrate").status == 0
        put_in_room(first)
        self._homes = [first]
        for place in range(1, number):
            shutil.copytree(first.folder, folder / f"machine{place}")
            self._homes.append(Home(folder / f"machine{place}"))
        self.ports = [free_port() for _ in self._homes]
        for home, port in zip(self._homes, self.ports, strict=True):
            home.set(listen=[{"address": "127.0.0.1", "port": port}])
        self._servers: list[Any] = [None] * number

    def start(self, place: int) -> None:
        """Start a server, and return once it answers."""
        from tests.cli.conftest import start_server
        from tests.cli.running_server import RunningServer

        home = self._homes[place]
        server = RunningServer(home, start_server(home))
        wait_until_ready(server)
        self._servers[place] = server

    def kill(self, place: int) -> None:
        """End a server with SIGKILL; does nothing if none runs."""
        server, self._servers[place] = self._servers[place], None
        if server is not None:
            server.kill()

    def change_policy(self, is_strict: bool) -> None:
        """Have one of the servers put the policy in force, and all have its file at their start."""
        for home in self._homes:
            write_policy(home.policy, is_strict=is_strict)
        running = next((each for each in self._servers if each is not None), None)
        if running is not None:
            running.hang_up()

    def log(self) -> str:
        """Return what the running servers logged."""
        return "".join(line for each in self._servers if each is not None for line in each.err)

    def close(self) -> None:
        """End all servers."""
        for place in range(len(self._servers)):
            self.kill(place)


def torment(
    machines: Machines, *, seconds: float, kill_every: float, note: Callable[[float], None]
) -> int:
    """Kill one server after the other and start each anew; return the number of kills.

    Args:
        machines: the servers.
        seconds: for how long; longer until each was killed once.
        kill_every: pause from one kill to the next in seconds; longer if a start takes longer.
        note: gets the time that each took to start, in seconds.
    """
    began, kills = time.perf_counter(), 0
    while time.perf_counter() - began < seconds or kills < len(machines.ports):
        killed_at = time.perf_counter()
        place = kills % len(machines.ports)
        machines.kill(place)
        kills += 1
        machines.start(place)
        started_at = time.perf_counter()
        note(started_at - killed_at)
        time.sleep(max(0.0, kill_every - (started_at - killed_at)))
    return kills


def run(
    machines: Machines,
    peer: Peer,
    room_id: str,
    *,
    seconds: float,
    kill_every: float,
    clients: int,
) -> tuple[Tally, Sequence[float], int]:
    """Run the campaign; return the answers, times of starts, and how many answers were lost."""
    starts: list[float] = []
    for place in range(len(machines.ports)):
        machines.start(place)
    with (
        load(machines.ports, peer, room_id, NAME, clients=clients, requesters=3) as tally,
        changing_policy(machines.change_policy),
    ):
        torment(machines, seconds=seconds, kill_every=kill_every, note=starts.append)
    return tally, starts, ask_again(machines.ports, peer, NAME, tally)


def main() -> int:
    """Run the campaign; return 0 if everything held."""
    from tests.cli.running_server import PEER, ROOM_ID
    from tests.postgres_server import PostgresServer
    from tests.valkey_servers import running_server

    options = parse_options(__doc__, "machines")
    postgres = PostgresServer(durable=options.durable)
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as valkey:
        machines = Machines(
            Path(folder), postgres.url(postgres.new_database()), valkey.url, options.machines
        )
        try:
            tally, starts, wrong = run(
                machines,
                PEER,
                ROOM_ID,
                seconds=options.seconds,
                kill_every=options.kill_every,
                clients=options.clients,
            )
        finally:
            machines.close()
            postgres.close()
    kills = f"{len(starts)} kills, each started again within {max(starts):.1f} s"
    return conclude(kills, tally, wrong)


if __name__ == "__main__":
    sys.exit(main())
