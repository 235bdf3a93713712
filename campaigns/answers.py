"""`make answers`: a server queries a hostile server whose answers are as expensive as possible.

Good traffic goes on meanwhile, at a steady rate and from a process of its own. Its p99 in each case
is held against the calm phases of the same run; memory is what the whole server ever had resident.

    python -m campaigns.answers [--megabytes 60] [--seconds 4] [--only send_join,state] [--kinds …]
"""

import argparse
import http.client
import json
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Final

from examples.demo.certificates import CertificateAuthority
from examples.demo.policy_server import CommandFailedError, PolicyServer
from examples.demo.server_process import ServerProcess
from tests import hostile_answers
from tests.blackbox.fake_homeserver import FakeHomeserver, Loop
from tests.blackbox.fake_room import POLICY, FakeRoom
from tests.blackbox.wire import SIGN

from campaigns.server import stop_cleanly_when_told
from campaigns.tables import table

RATE: Final = 50
SERVED_GOAL: Final = 0.995
P99_GOAL: Final = 2.0
MEMORY_GOAL_MB: Final = 256
COMMAND_GOAL_SECONDS: Final = 60.0
NOISE_MS: Final = 10.0
"""Tolerance of the p99 above its goal, for delays by the operating system's scheduler."""

ENDPOINTS: Final = ("send_join", "state", "state_ids", "event", "make_join", "make_leave")
PATHS: Final = {
    name: f"/_matrix/federation/{'v2' if name == 'send_join' else 'v1'}/{name}/"
    for name in ENDPOINTS
}
NO_FILTERS: Final[Mapping[str, Any]] = {"filters": []}
_VERSION: Final = "11"


@dataclass
class Case:
    """Measurements of good traffic, and of the server, while one hostile answer was read.

    Attributes:
        name: the endpoint and the kind of answer.
        latencies: of good requests, in seconds.
        served: how many of them were signed.
        command_seconds: how long the command took that asked the hostile server.
        memory_mb: the most the server has had so far.
    """

    name: str
    latencies: list[float] = field(default_factory=list)
    served: int = 0
    command_seconds: float = 0.0
    memory_mb: float = 0.0

    @property
    def p99_ms(self) -> float:
        ordered = sorted(self.latencies) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]

    @property
    def share(self) -> float:
        return self.served / max(1, len(self.latencies))


def good_traffic(pipe: Pipe, address: str, port: int, authority: str) -> None:
    """Send prepared requests at a steady rate while told to; answer with statuses and latencies."""
    tls = ssl.create_default_context(cafile=authority)
    while (requests := pipe.recv()) is not None:
        found: list[tuple[int, float]] = []
        waiting = iter(enumerate(requests))
        lock = threading.Lock()
        start = time.perf_counter()

        def ask(waiting: Any, lock: Any, start: float, found: list[tuple[int, float]]) -> None:
            connection = http.client.HTTPSConnection(address, port, timeout=15, context=tls)
            while not pipe.poll():
                with lock:
                    number, (headers, body) = next(waiting, (0, (None, b"")))
                if headers is None:
                    break
                due = start + number / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                try:
                    connection.request("POST", SIGN, body, headers)
                    response = connection.getresponse()
                    response.read()
                    status = response.status
                except (OSError, http.client.HTTPException):
                    connection.close()
                    status = 0
                found.append((status, time.perf_counter() - due))
            connection.close()

        threads = [
            threading.Thread(target=ask, args=(waiting, lock, start, found)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        pipe.recv()  # the word to stop
        pipe.send(found)


class Answers:
    """One server, one honest homeserver, one hostile one.

    Args:
        folder: where the server's files go.
        stack: ends what is started here.
        policy: the server's.
        program: the command that stands for `countersign`; the real one if it is empty.
    """

    def __init__(
        self,
        folder: Path,
        stack: ExitStack,
        *,
        policy: Mapping[str, Any] = NO_FILTERS,
        program: Sequence[str] = (),
    ) -> None:
        authority = CertificateAuthority(folder / "authority")
        loop = Loop()
        stack.callback(loop.close)
        self.honest = FakeHomeserver(loop, authority, "127.0.68.1")
        self.hostile = FakeHomeserver(loop, authority, "127.0.68.2")
        for homeserver in (self.honest, self.hostile):
            homeserver.start()
            stack.callback(homeserver.stop)
        directory = folder / "server"
        directory.mkdir()
        limits = {"limits": _plenty()}
        self.server = PolicyServer(
            directory, "127.0.68.3", authority, policy=dict(policy), settings=limits
        )
        if program:
            command = [*program, "serve", "--config", str(self.server.config)]
            self.server.process = ServerProcess(command, directory / "countersign.log")
        self.authority = authority
        self.server.start()
        stack.callback(self.server.process.stop)
        self.server.wait_until_ready()
        self.room = self._room(self.honest, "good")
        self.server.join(self.room.room_id, self.honest.server_name)
        self.hostile_room = self._room(self.hostile, "hostile")
        self.server.join(self.hostile_room.room_id, self.hostile.server_name)
        self.other_room = self._room(self.hostile, "other")
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, "127.0.68.3", self.server.port, str(authority.certificate))
        process = context.Process(target=good_traffic, args=arguments, daemon=True)
        process.start()
        stack.callback(process.kill)

    def run(self, name: str, seconds: float, command: Callable[[], None] | None = None) -> Case:
        """Have good traffic beside a command, or for so many seconds if it is shorter."""
        case = Case(name)
        self._pipe.send([self._good_request() for _ in range(int(RATE * 30))])
        started = time.perf_counter()
        if command is not None:
            with suppress(CommandFailedError):  # what is hostile is refused, in whichever words
                command()
            case.command_seconds = time.perf_counter() - started
        time.sleep(max(0.0, started + seconds - time.perf_counter()))
        self._pipe.send("stop")
        for status, latency in self._pipe.recv():
            case.latencies.append(latency)
            case.served += status == http.client.OK
        case.memory_mb = self.peak_memory_mb()
        return case

    def peak_memory_mb(self) -> float:
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def ask(self, endpoint: str, body: bytes) -> None:
        """Have the server ask the hostile one at an endpoint, by a command of its operator."""
        self.hostile.lies = {PATHS[endpoint]: lambda *_: (200, body)}
        unknown = {"state": 300, "event": 5}.get(endpoint)
        if unknown:
            ids = [f"${number:043d}" for number in range(unknown)]
            self.hostile.lies[PATHS["state_ids"]] = lambda *_: (200, {"pdu_ids": ids})
        if endpoint in ("send_join", "make_join"):
            self.server.join(self.other_room.room_id, self.hostile.server_name)
        else:
            self.server.run("rooms", "check", self.hostile_room.room_id)

    def check_good_room(self) -> None:
        """Have the server ask the honest one: a command is a process that takes its share too."""
        self.server.run("rooms", "check", self.room.room_id)

    def _room(self, homeserver: FakeHomeserver, name: str) -> FakeRoom:
        room = FakeRoom(_VERSION, homeserver, name)
        levels = {"users": {homeserver.user(): 100}}
        room.add_state(homeserver, "m.room.power_levels", "", levels)
        room.add_state(homeserver, "m.room.join_rules", "", {"join_rule": "public"})
        room.add_state(homeserver, POLICY, "", self.server.room_policy())
        return homeserver.host(room)

    def _good_request(self) -> tuple[dict[str, str], bytes]:
        event = self.room.event(self.honest)
        header = self.honest.authorization("POST", SIGN, self.server.server_name, event)
        body = json.dumps(event).encode()
        return {"Authorization": header, "Content-Type": "application/json"}, body


def _plenty() -> dict[str, Any]:
    each = {"per_second": 1_000_000, "burst": 10_000_000}
    names = ("per_origin", "per_host", "per_domain", "per_network", "stranger_bodies")
    return dict.fromkeys(names, each)


def bodies(endpoint: str, size: int, kinds: set[str]) -> Iterator[tuple[str, bytes]]:
    """Yield hostile bodies for an endpoint, no longer than it may answer."""
    limits = {"send_join": 63 << 20, "state": 63 << 20, "state_ids": 15 << 20}
    size = min(size, limits.get(endpoint, 250_000))
    for name, body in hostile_answers.answers(endpoint, size, size):
        if not kinds or any(kind in name for kind in kinds):
            yield name, body


def report(calm: list[Case], cases: list[Case]) -> tuple[str, list[str]]:
    """Return the table, and what did not hold."""
    calm_ms = max(case.p99_ms for case in calm)
    rows = [
        [
            case.name,
            len(case.latencies),
            f"{100 * case.share:.1f} %",
            case.p99_ms,
            f"{case.p99_ms / calm_ms:.1f}",
            case.command_seconds,
            f"{case.memory_mb:.0f} MB",
        ]
        for case in (*calm, *cases)
    ]
    troubles = []
    for case in cases:
        if case.share < SERVED_GOAL:
            troubles.append(f"{case.name}: {100 * case.share:.1f} % served")
        if case.p99_ms > P99_GOAL * calm_ms + NOISE_MS:
            troubles.append(f"{case.name}: p99 {case.p99_ms:.0f} ms, calm {calm_ms:.0f} ms")
        if case.command_seconds > COMMAND_GOAL_SECONDS:
            troubles.append(f"{case.name}: the command took {case.command_seconds:.0f} s")
    if (peak := max(case.memory_mb for case in cases)) > MEMORY_GOAL_MB:
        troubles.append(f"{peak:.0f} MB of memory")
    header = ["answer", "good", "served", "p99 ms", "p99/calm", "command s", "memory"]
    return table(header, rows), troubles


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--megabytes", type=float, default=60.0, help="of one answer, at most")
    options.add_argument("--seconds", type=float, default=4.0, help="of good traffic a case")
    options.add_argument("--only", default=",".join(ENDPOINTS), help="endpoints")
    options.add_argument("--kinds", default="", help="parts of names of kinds; all by default")
    given = options.parse_args()
    kinds = {kind for kind in given.kinds.split(",") if kind}
    stop_cleanly_when_told()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        answers = Answers(Path(folder), stack)
        calm = [
            answers.run("calm", 2 * given.seconds),
            answers.run("calm, beside a command", given.seconds, answers.check_good_room),
        ]
        cases: list[Case] = []
        for endpoint in given.only.split(","):
            for name, body in bodies(endpoint, int(given.megabytes * (1 << 20)), kinds):
                cases.append(
                    answers.run(
                        f"{endpoint}: {name}",
                        given.seconds,
                        lambda endpoint=endpoint, body=body: answers.ask(endpoint, body),
                    )
                )
                print(cases[-1].name, f"{cases[-1].p99_ms:.0f} ms", file=sys.stderr)
        calm.append(answers.run("calm again", 2 * given.seconds))
    text, troubles = report(calm, cases)
    print(text)
    if troubles:
        sys.exit("\n".join(troubles))


if __name__ == "__main__":
    main()
