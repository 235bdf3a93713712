"""Rolling upgrade under load, and back: two machines on one PostgreSQL and one Valkey.

Two servers of an earlier version, as two machines have them, answer for one server name. Under load
the database is migrated by the new version, then each server is stopped and started with the new
version, the other one answering meanwhile; then back, in the same way. In each phase the policy
changes to its opposite every second, and each event is asked about by several clients at once, at
both servers. What a moderator says at one server is looked for at the other one, whatever version
they have. At the end every event is asked about again.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

from campaigns.changing_policies import changing_policy
from campaigns.killed_workers import PLENTY, Tally, ask_again, load, write_policy
from countersign.testing.peers import Peer

BEFORE: Final = "8c9c7bb4"
"""The first version that serves from PostgreSQL; its schema is 24."""
NAME: Final = "policy.example.com"
START_SECONDS: Final = 180.0
"""Time for a start: on a machine that is busy it takes a while."""
STOP_SECONDS: Final = 30.0
_PUT_IN_ROOM: Final = """
import sys
from pathlib import Path
from types import SimpleNamespace
from tests.cli.running_server import put_in_room
put_in_room(SimpleNamespace(config=Path(sys.argv[1])))
"""


@dataclass(frozen=True, slots=True)
class Program:
    """A version of the program.

    Attributes:
        name: for the report.
        python: the interpreter that has what it needs.
        source: the folder of its repository.
    """

    name: str
    python: str
    source: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which this version is imported and no other."""
        paths = os.pathsep.join(map(str, (self.source / "src", self.source)))
        return {**os.environ, "PYTHONPATH": paths, "COLUMNS": "200"}

    def run(self, *arguments: object) -> str:
        """Run a command to its end; return what it prints.

        Raises:
            RuntimeError: it failed; has what it said.
        """
        return self._run("-m", "countersign", *arguments)

    def put_in_room(self, config: Path) -> None:
        """Have servers of these settings, none running, be in a room of the tests."""
        self._run("-c", _PUT_IN_ROOM, config)

    def _run(self, *arguments: object) -> str:
        done = subprocess.run(
            [self.python, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=self.source,
            env=self.environment,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{self.name}: {arguments} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serve(self, config: Path, log: Path) -> "subprocess.Popen[bytes]":
        """Start a server, which writes into a log."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [self.python, "-m", "countersign", "serve", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.source,
                env=self.environment,
            )


@dataclass(slots=True)
class Machine:
    """A folder with settings and keys, and the server that runs there.

    Attributes:
        folder: where they are.
        port: where it answers.
        program: what runs, or ran last.
        process: the server; None if none runs.
        is_ready: it answers, and heeds signals.
    """

    folder: Path
    port: int
    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    is_ready: bool = False

    @property
    def config(self) -> Path:
        """The settings."""
        return self.folder / "countersign.yaml"

    @property
    def log(self) -> Path:
        """Output of the servers."""
        return self.folder / "log"

    def start(self, program: Program) -> None:
        """Start a server of that version, and wait until it answers."""
        self.program = program
        self.process = program.serve(self.config, self.log)
        deadline = time.perf_counter() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() > deadline:
                status = self.process.poll()
                raise RuntimeError(f"no server ({status}):\n{self.log.read_text()[-4_000:]}")
            time.sleep(0.1)
        self.is_ready = True

    def stop(self) -> None:
        """Stop it as an operator does; what it answers is finished."""
        self.is_ready = False
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)
            self.process = None

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(STOP_SECONDS)

    def say(self, *arguments: object) -> str:
        """Run a command of its version against it."""
        return self.program.run(*arguments, "--config", self.config)

    def _answers(self) -> bool:
        try:
            self.say("rooms", "list")
        except RuntimeError:
            return False
        return True


@dataclass(slots=True)
class Upgrade:
    """Two machines on the way from one version to another and back.

    Attributes:
        machines: both.
        troubles: what one machine said and the other did not know.
    """

    machines: Sequence[Machine]
    troubles: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def check_word_spreads(self) -> None:
        """Have a moderator say something at each machine, and look for it at the other one."""
        for at, other in (self.machines, self.machines[::-1]):
            person = f"@person{next(self._numbers)}:example.org"
            at.say("trust", "set", person, "trusted")
            deadline = time.perf_counter() + 10
            while "trusted" not in (said := other.say("trust", "show", person)):
                if time.perf_counter() > deadline:
                    self.troubles.append(
                        f"{other.program.name} does not know of what {at.program.name} did: {said}"
                    )
                    break
                time.sleep(0.5)

    def move(self, machine: Machine, program: Program, *, seconds: float) -> None:
        """Replace a machine's server, and go on for a while."""
        machine.stop()
        machine.start(program)
        time.sleep(seconds)
        self.check_word_spreads()


def change_policy(machines: Sequence[Machine], is_strict: bool) -> None:
    """Have one of the servers put a policy in force, and all have its file at their start."""
    for machine in machines:
        write_policy(machine.folder / "policy.yaml", is_strict=is_strict)
    for machine in machines:
        process = machine.process
        if machine.is_ready and process is not None:
            process.send_signal(signal.SIGHUP)
            break


def get_program(commit: str, folder: Path) -> Program:
    """Return an earlier version, taken from the repository into a folder, with what it needs.

    Raises:
        subprocess.CalledProcessError: the commit is not in this clone, or its packages cannot
            be installed.
    """
    here = Path(__file__).parents[1]
    source = folder / "before"
    source.mkdir()
    archive = subprocess.run(
        ["git", "archive", commit], cwd=here, capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "x", "-C", source], input=archive, check=True)
    subprocess.run([sys.executable, "-m", "venv", source / ".venv"], check=True)
    python = source / ".venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r",
         source / "requirements" / "dev.txt"],
        check=True,
    )  # fmt: skip
    return Program(f"{commit} (before)", str(python), source)


def this_program() -> Program:
    """Return the version of this repository."""
    return Program("this version", sys.executable, Path(__file__).parents[1])


def make_machines(
    folder: Path, before: Program, database: str, counters: str, ports: Sequence[int]
) -> list[Machine]:
    """Set up two machines of one server, in a room, with the schema of the earlier version."""
    import yaml

    first = folder / "machine0"
    before.run("init", "--server-name", NAME, "--dir", first)
    config = first / "countersign.yaml"
    settings: dict[str, Any] = yaml.safe_load(config.read_text())
    settings |= {
        "admin": {"token_file": "admin.token", "port": 0},
        "database": database,
        "shared_counters": counters,
        "limits": dict.fromkeys(("per_origin", "per_host", "per_domain"), PLENTY)
        | {"unseen_signatures": 100_000},
    }
    settings.pop("dashboard", None)
    machines = []
    for number, port in enumerate(ports):
        own = folder / f"machine{number}"
        if number:
            subprocess.run(["cp", "-a", first, own], check=True)
        settings["listen"] = [{"address": "127.0.0.1", "port": port}]
        (own / "countersign.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
        machines.append(Machine(own, port, before))
    before.run("database", "migrate", "--config", config)
    before.put_in_room(config)
    return machines


def run(
    before: Program, after: Program, machines: Sequence[Machine], peer: Peer, room_id: str,
    *, seconds: float, clients: int,
) -> tuple[Tally, list[str], int]:  # fmt: skip
    """Upgrade and go back under load; return the answers, troubles, and how many were changed."""
    upgrade = Upgrade(machines)
    ports = [machine.port for machine in machines]
    for machine in machines:
        machine.start(before)
    with (
        changing_policy(partial(change_policy, machines)),
        load(ports, peer, room_id, NAME, clients=clients, requesters=4) as tally,
    ):
        time.sleep(seconds)
        upgrade.check_word_spreads()
        print(after.run("database", "migrate", "--config", machines[0].config).strip(), flush=True)
        time.sleep(seconds)
        for program in (after, before):
            for machine in machines:
                upgrade.move(machine, program, seconds=seconds)
                versions = " and ".join(each.program.name for each in machines)
                print(f"{versions}: {len(tally.events):,} events", flush=True)
    return tally, upgrade.troubles, ask_again(ports, peer, NAME, tally)


def main() -> int:
    """Run the campaign; return 0 if everything held."""
    from tests.cli.running_server import PEER, ROOM_ID
    from tests.postgres_server import PostgresServer, free_port
    from tests.valkey_servers import running_server

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", default=BEFORE, help="the commit of the earlier version")
    parser.add_argument("--before-source", type=Path, help="a folder with it and its .venv")
    parser.add_argument("--seconds", type=float, default=20, help="of each phase")
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if options.before_source is None:
            before = get_program(options.before, folder)
        else:
            python = options.before_source / ".venv" / "bin" / "python"
            before = Program(f"{options.before} (before)", str(python), options.before_source)
        postgres = PostgresServer()
        stack.callback(postgres.close)
        valkey = stack.enter_context(running_server(folder))
        machines = make_machines(
            folder,
            before,
            postgres.url(postgres.new_database()),
            valkey.url,
            [free_port(), free_port()],
        )
        for machine in machines:
            stack.callback(machine.kill)
        tally, troubles, wrong = run(
            before, this_program(), machines, PEER, ROOM_ID,
            seconds=options.seconds, clients=options.clients,
        )  # fmt: skip
    print("\n".join(troubles))
    print(
        f"{tally.asked:,} questions about {len(tally.events):,} events:"
        f" {len(tally.contradicted)} contradicted, {wrong} lost or changed,"
        f" {len(tally.wrongly_final)} final for trouble of our own,"
        f" {tally.answered_share:.3%} answered within 5 s,"
        f" {tally.retried} asked again on a new connection, by status {dict(tally.statuses)}"
    )
    is_wrong = tally.contradicted or tally.wrongly_final or wrong or troubles
    return int(bool(is_wrong or tally.answered_share < 0.999))


if __name__ == "__main__":
    sys.exit(main())
