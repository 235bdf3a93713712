"""`python -m campaigns.longest_callbacks`: callbacks that block a server's event loop longest.

Not in elapsed time, which others on the machine change, but in CPU time of the event loop's thread
for each callback (see `campaigns/timed_callbacks.py`). The server is driven through hostile and
ordinary work, inbound and outbound; each phase tells its longest callback and the place in our
code. It ends with 1 if one took more than `--most-ms`; its start-up does not count.

    python -m campaigns.longest_callbacks [--only sign,send] [--megabytes 15] [--members 20000]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from examples.demo.policy_server import CommandFailedError
from tests import hostile_answers
from tests.blackbox import oracle
from tests.blackbox.fake_room import MEMBER, MESSAGE, POLICY, FakeRoom
from tests.blackbox.wire import SIGN, Requester

from campaigns.answers import PATHS, Answers, bodies
from campaigns.homeservers import Homeserver
from campaigns.server import stop_cleanly_when_told
from campaigns.stored_decisions import fill_decisions
from campaigns.tables import table
from campaigns.timed_callbacks import CALLBACKS_FILE

MOST_MS: Final = 10.0
SIGN_BODY_BYTES: Final = 64 * 1024
SEND_BODY_BYTES: Final = 8 * 1024 * 1024
DECISIONS: Final = 200_000
SETTLE_SECONDS: Final = 0.3
"""After each piece of work, so that what it leaves behind is counted for it."""

POLICY_DOCUMENT: Final = {
    "filters": [
        "shape",
        "hidden-characters",
        "text-layout",
        "display-name",
        "mention-flood",
        "inline-image",
        {"link": {}},
        {
            "keyword": {
                "words": [f"spam{number}" for number in range(2_000)],
                "patterns": [f"buy [a-z ]{{1,20}} now{number}" for number in range(10)],
            }
        },
    ]
}

Run = Callable[[], object]
"""A piece of work that returns a line for the report."""


@dataclass(frozen=True)
class Phase:
    """The longest callback of one kind of work.

    Attributes:
        name: of the work.
        longest_ms: of CPU time.
        gc_ms: the part of it that was garbage collection.
        beyond: how many callbacks took longer than allowed.
        place: where the longest was seen, in our code.
        told: what is to tell of the work, such as the status of an answer.
    """

    name: str
    longest_ms: float = 0.0
    gc_ms: float = 0.0
    beyond: int = 0
    place: str = ""
    told: str = ""


class Work:
    """A server whose callbacks are timed, and all that it is driven through."""

    def __init__(self, folder: Path, stack: ExitStack, megabytes: float, members: int) -> None:
        self._file = folder / "callbacks"
        os.environ[CALLBACKS_FILE] = str(self._file)
        self._size = int(megabytes * (1 << 20))
        self._members = members
        program = (sys.executable, "-m", "campaigns.timed_callbacks")
        self._answers = Answers(folder, stack, policy=POLICY_DOCUMENT, program=program)
        self._server = self._answers.server
        self._requester = self._make_requester()

    def phases(self, only: set[str]) -> Iterator[tuple[str, Run]]:
        """Yield each piece of work with its name."""
        works: dict[str, Callable[[], Iterator[tuple[str, Run]]]] = {
            "sign": self._sign,
            "send": self._send,
            "commands": self._commands,
            "reload": self._reload,
            "join": self._join,
            "asked": self._asked,
        }
        for name, work in works.items():
            if not only or name in only:
                for kind, run in work():
                    yield f"{name}: {kind}", run

    def time(self, name: str, run: Run, most_ms: float) -> Phase:
        """Do one piece of work; return its longest callback."""
        before = self._file.stat().st_size
        try:
            told = str(run() or "")
        except (CommandFailedError, OSError) as error:
            told = str(error).strip().splitlines()[-1][:70]
        time.sleep(SETTLE_SECONDS)
        self._server.process.check_running()
        with self._file.open() as file:
            file.seek(before)
            noted = [json.loads(line) for line in file]
        if not noted:
            return Phase(name, told=told)
        longest = max(noted, key=lambda callback: callback["cpu_ms"])
        beyond = sum(callback["cpu_ms"] > most_ms for callback in noted)
        return Phase(name, longest["cpu_ms"], longest["gc_ms"], beyond, longest["place"], told)

    def _make_requester(self) -> Requester:
        class Program:
            authority = self._answers.authority
            address = self._server.address
            port = self._server.port
            server_name = self._server.server_name

        return Requester(Program)

    def _sign(self) -> Iterator[tuple[str, Run]]:
        """Bodies for `/sign`, by a member's server and by nobody."""
        room, honest = self._answers.room, self._answers.honest
        for name, value in hostile_answers.VALUES.items():
            for where in ("beside", "content"):
                yield f"{name} in {where}, by a member", lambda v=value, w=where: self._ask(v, w)
        words = {
            "long text": "cheap pill " * 5_000,
            "many links": "https://a.example/x " * 2_800,
            "many lines": "a\n" * 28_000,
            "marks": "a\u0301\u0302" * 11_000,
        }
        for name, text in words.items():
            event = room.event(honest, MESSAGE, {"msgtype": "m.text", "body": text})
            yield name, lambda event=event: self._requester.ask(event, honest).status
        formatted = "<a href='https://a.example'>b</a>" * 1_700
        content = {
            "msgtype": "m.text",
            "body": "x",
            "format": "org.matrix.custom.html",
            "formatted_body": formatted,
        }
        event = room.event(honest, MESSAGE, content)
        yield "tags", lambda: self._requester.ask(event, honest).status

    def _ask(self, value: Callable[[int], bytes], where: str) -> int:
        junk = value(SIGN_BODY_BYTES - 6_000)
        honest = self._answers.honest
        try:
            read = json.loads(junk)
        except (ValueError, RecursionError):
            read = None
        content: dict[str, Any] = {"msgtype": "m.text", "body": "hello"}
        authorization = honest.authorization("POST", SIGN, self._server.server_name, {})
        try:
            if read is not None and where == "content":
                event = self._answers.room.event(honest, MESSAGE, {**content, "x": read})
                return int(self._requester.ask(event, honest).status)
        except Exception:  # noqa: BLE001 - no event can hold this: send it as it is
            read = None
        event = self._answers.room.event(honest, MESSAGE, content)
        text = oracle.canonical(event)
        body = b'{"unsigned":' + junk + b"," + text[1:]
        return int(self._requester.ask_with(authorization, body).status)

    def _send(self) -> Iterator[tuple[str, Run]]:
        """Bodies for `/send`, by nobody and by a member's server."""
        for by in ("a stranger", "a member"):
            for name, body in self._transactions():
                yield f"{name}, by {by}", lambda b=body, w=by: self._push(b, w == "a member")
        room, honest = self._answers.room, self._answers.honest
        junk = {str(n): n for n in range(4_500)}
        events = [
            room.event(honest, MESSAGE, {"msgtype": "m.text", "body": str(number), "x": junk})
            for number in range(50)
        ]
        content = {"origin": honest.server_name, "origin_server_ts": 1, "pdus": events}
        body = oracle.canonical(content)
        yield "50 large events of a member", lambda: self._push(body, True)

    def _transactions(self) -> Iterator[tuple[str, bytes]]:
        pdu = b'{"content":"' + b"x" * (SEND_BODY_BYTES // 50 - 100) + b'"}'
        yield "8 MiB of long PDUs", b'{"pdus":[' + b",".join([pdu] * 50) + b"]}"
        for name, value in hostile_answers.VALUES.items():
            small = value(60_000)
            pdus = b",".join([b'{"content":' + small + b',"room_id":"!a:b"}'] * 50)
            yield f"{name} as PDUs", b'{"origin":"a","pdus":[' + pdus + b"]}"
            yield f"{name} beside", b'{"pdus":[],"x":' + value(SEND_BODY_BYTES - 100) + b"}"

    def _push(self, body: bytes, is_member: bool) -> int:
        target = f"/_matrix/federation/v1/send/{time.time_ns()}"
        honest = self._answers.honest
        if is_member:
            signer = Homeserver(honest.server_name)  # has the same key
            header = signer.authorization(self._server.server_name, body, method="PUT", uri=target)
        else:
            header = (
                f'X-Matrix origin="stranger.invalid",destination="{self._server.server_name}",'
                f'key="ed25519:0",sig="{"A" * 86}"'
            )
        headers = {"Content-Type": "application/json", "Authorization": header}
        return int(self._requester.connection.request("PUT", target, body, headers).status)

    def _commands(self) -> Iterator[tuple[str, Run]]:
        """Commands of an operator's, with many decisions in the database."""
        yield (
            "fill the database",
            lambda: fill_decisions(self._server.directory / "countersign.db", DECISIONS),
        )
        for command in (
            "decisions stats",
            "decisions list --limit 1000",
            "decisions list --limit 1000 --sender @user-7:x.invalid",
            "decisions list --limit 1000 --step keyword",
            "rooms list",
            "leaks list",
            "policy status",
            "doctor",
        ):
            yield command, lambda command=command: self._run(command)

    def _run(self, command: str) -> None:
        self._server.run(*command.split())

    def _reload(self) -> Iterator[tuple[str, Run]]:
        large = json.loads(json.dumps(POLICY_DOCUMENT))
        words = [f"some words {number}" for number in range(100_000)]
        large["filters"].append({"keyword": {"words": words}, "name": "many"})

        def reload(policy: dict[str, Any]) -> None:
            self._server.write_policy(policy)
            self._server.run("policy", "reload")

        yield "a policy with 100,000 words", lambda: reload(large)
        yield "the former policy", lambda: reload(POLICY_DOCUMENT)

    def _join(self) -> Iterator[tuple[str, Run]]:
        honest, hostile = self._answers.honest, self._answers.hostile
        room = FakeRoom("11", honest, "large")
        room.add_state(honest, "m.room.power_levels", "", {"users": {honest.user(): 100}})
        room.add_state(honest, "m.room.join_rules", "", {"join_rule": "public"})
        room.join(hostile)
        for number in range(self._members):
            server = (honest, hostile)[number % 2]
            user = server.user(f"somebody-{number}")
            content = {"membership": "join", "displayname": f"Somebody number {number}"}
            room.add_state(server, MEMBER, user, content, sender=user)
        room.add_state(honest, POLICY, "", self._server.room_policy())
        for server in (honest, hostile):
            server.host(room)
        server_name = honest.server_name
        yield f"{self._members:,} members", lambda: self._server.join(room.room_id, server_name)
        yield "check", lambda: self._run(f"rooms check {room.room_id}")
        path = "/_matrix/federation/v1/state_ids/"

        def differing() -> None:
            ids = [f"${number:043d}" for number in range(self._members)]
            hostile.lies = {path: lambda *_: (200, {"pdu_ids": ids})}
            self._run(f"rooms check {room.room_id}")
            hostile.lies = {}

        yield "check, one server differs", differing
        yield "leave", lambda: self._run(f"rooms leave {room.room_id}")

    def _asked(self) -> Iterator[tuple[str, Run]]:
        """Answers of a hostile server."""
        for endpoint in PATHS:
            for name, body in bodies(endpoint, self._size, set()):
                yield (
                    f"{endpoint}: {name}",
                    lambda e=endpoint, b=body: self._answers.ask(e, b),
                )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default="", help="kinds of work, such as sign,send")
    options.add_argument("--megabytes", type=float, default=15.0, help="of one answer, at most")
    options.add_argument("--members", type=int, default=20_000, help="of the large room")
    options.add_argument("--most-ms", type=float, default=MOST_MS, help="of CPU time a callback")
    given = options.parse_args()
    stop_cleanly_when_told()
    only = {name for name in given.only.split(",") if name}
    phases = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work = Work(Path(folder), stack, given.megabytes, given.members)
        for name, run in work.phases(only):
            phase = work.time(name, run, given.most_ms)
            phases.append(phase)
            print(
                f"{phase.longest_ms:7.1f} ms {name} [{phase.told}] {phase.place}", file=sys.stderr
            )
    rows = [
        [phase.name, phase.longest_ms, phase.gc_ms, phase.beyond, phase.place] for phase in phases
    ]
    print(table(["work", "longest ms", "of it gc", "beyond", "place"], rows))
    if any(phase.beyond for phase in phases):
        sys.exit(f"The event loop was kept for more than {given.most_ms:g} ms of CPU time.")


if __name__ == "__main__":
    main()
