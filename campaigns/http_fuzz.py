"""Hostile requests over HTTP to a real server; each answer is compared with the judge's.

A scenario is one event and a dozen requests about it, in order: altered copies before, the event
itself, altered copies after. Scenario `n` of seed `s` is the same each time.
"""

import asyncio
import base64
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: a run can be repeated
from typing import Any, Final

from tests.blackbox import oracle

from campaigns import mutations
from campaigns.homeservers import (
    DAY_MS,
    Homeserver,
    http_request,
    make_homeservers,
    make_room,
    read_object,
)
from campaigns.judge import Judge, Judgement, Question, Verdict, signature_is_right, signed_bytes
from campaigns.mutations import DEPTHS, mutate_bytes, mutate_event, respell
from campaigns.seeds import Seed, make_seed
from campaigns.server import NAME, Server
from campaigns.wire import Answer, Connection

STEPS: Final = 12
TOO_SLOW_SECONDS: Final = 4.0
CONNECTIONS: Final = 12
WHOLE, COPY, HEADER, SAVED = "whole", "stripped or redacted", "header", "corpus"
NEUTRAL: Final = "valid and neutral"
FIRST_NEUTRAL: Final = 10_000_000
ROWS: Final = (WHOLE, COPY, *DEPTHS, HEADER, SAVED, NEUTRAL)
_LIKE_A_SIGNATURE: Final = re.compile(rb"[A-Za-z0-9+/_-]{86}")


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a scenario.

    Attributes:
        row: the row of the table in which it is counted.
        question: as the judge sees it.
        request: the bytes that go over the wire.
    """

    row: str
    question: Question
    request: bytes


@dataclass
class Results:
    """Observations of a campaign."""

    asked: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    statuses: Counter[tuple[int, str]] = field(default_factory=Counter)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    peak_memory_mb: float = 0.0
    saved: list[Path] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(self.asked.values())

    def rows(self) -> list[list[object]]:
        """Return the rows of the table."""
        rows: list[list[object]] = []
        for row in [row for row in ROWS if self.asked[row]]:
            counts = [self.verdicts[row, verdict] for verdict in Verdict]
            failed = [self.failures[row, kind] for kind in FAILURES]
            rows.append([row, self.asked[row], *counts, *failed])
        totals = [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)]
        return [*rows, ["all", *totals]]


WRONG_SIGNATURE, FALSE_REFUSAL = "wrong signature", "false refusal"
UNDECLARED, NO_OBJECT, SLOW = "undeclared answer", "not one object", "slower than 4 s"
FAILURES: Final = (WRONG_SIGNATURE, FALSE_REFUSAL, UNDECLARED, NO_OBJECT, SLOW)


class World:
    """The rooms and homeservers that every scenario happens among."""

    def __init__(self, room_versions: Sequence[str] = oracle.ROOM_VERSIONS) -> None:
        self.homeservers = make_homeservers(8)
        self.denied = self.homeservers[-1]
        denied = [self.denied.server_name]
        self.rooms = [
            make_room(version, self.homeservers, "fuzz", denied) for version in room_versions
        ]

    def homeserver(self, server_name: str) -> Homeserver:
        return next(one for one in self.homeservers if one.server_name == server_name)

    def judge(self) -> Judge:
        return Judge(
            NAME,
            {room.room_id: room for room in self.rooms},
            {one.server_name: one for one in self.homeservers},
            time.time_ns() // 1_000_000 + 7 * DAY_MS,
        )


class Scenario:
    """One event's requests.

    Args:
        world: where it happens.
        seed: of the campaign.
        number: which scenario.
    """

    def __init__(self, world: World, seed: int, number: int) -> None:
        self._world = world
        self._chance = Random(f"{seed} scenario {number}")
        room = world.rooms[number % len(world.rooms)]
        self.seed: Seed = make_seed(self._chance, room, number)

    def steps(self) -> Iterator[Step]:
        """Yield its requests in order."""
        whole_at = self._chance.randrange(STEPS - 3)
        for number in range(STEPS):
            yield self._whole() if number == whole_at else self._any()

    def _any(self) -> Step:
        chance = self._chance
        draw = chance.random()
        if draw < 0.05:
            return self._whole()
        if draw < 0.20:
            return self._copy()
        if draw < 0.27:
            return self._header()
        depth = chance.choice(DEPTHS)
        if depth == mutations.BYTES:
            body = mutate_bytes(chance, oracle.canonical(self.seed.event))
            return self._step(depth, body)
        return self._step(depth, self._write(self._mutated(depth)))

    def _whole(self) -> Step:
        event = self.seed.event
        if self._chance.random() < 0.3:
            return self._step(WHOLE, respell(self._chance, event))
        return self._step(WHOLE, oracle.canonical(event))

    def _copy(self) -> Step:
        event, chance = dict(self.seed.event), self._chance
        match chance.randrange(5):
            case 0:
                event = oracle.redact(self.seed.room.version, event)
                event.pop("unsigned", None)
            case 1:
                event["content"] = {}
            case 2:
                event["content"] = {"msgtype": "m.text", "body": "fine weather"}
            case 3:
                event["unsigned"] = {"age": chance.randrange(9)}
            case 4:
                event["signatures"] = {**event["signatures"], "127.90.7.7": {"ed25519:1": "A" * 86}}
        return self._step(COPY, self._write(event))

    def _header(self) -> Step:
        body = oracle.canonical(self.seed.event)
        requester, chance = self._requester(), self._chance
        header: str | None = requester.authorization(NAME, body)
        match chance.randrange(7):
            case 0:
                header = None
            case 1:
                header = requester.authorization("other.example.org", body)
            case 2:
                header = requester.authorization(NAME, body, signed_for="other.example.org")
            case 3:
                header = requester.authorization(NAME, body[:-1] + b',"x":1}')
            case 4:
                header = requester.authorization(NAME, body, uri="/_matrix/federation/v1/send/1")
            case 5:
                other = self._world.homeservers[chance.randrange(7)]
                wrong = next(one for one in self._world.homeservers if one is not other)
                header = wrong.authorization(NAME, body, origin=other.server_name)
            case 6:
                header = self._garbled(header or "")
        return self._step(HEADER, body, requester=requester, header=header, is_authentic=False)

    def _garbled(self, header: str) -> str:
        """Spoil the signature, never the origin: who that names would be looked for."""
        start = header.index('sig="') + 5
        at = self._chance.randrange(start, len(header) - 1)
        letter = "A" if header[at] != "A" else "Q"
        # The last letter of 64 bytes in base64 has four bits that say nothing.
        at = min(at, len(header) - 3)
        return header[:at] + letter + header[at + 1 :] if header[at] != letter else header + "x"

    def _mutated(self, depth: str) -> dict[str, Any]:
        return mutate_event(
            self._chance, depth, self.seed.room, self.seed.homeserver, self.seed.event
        )

    def _write(self, event: dict[str, Any]) -> bytes:
        try:
            body: bytes = oracle.canonical(event)
        except (ValueError, TypeError):
            body = json.dumps(event).encode("utf-8", "replace")
        return body

    def _requester(self) -> Homeserver:
        homeservers = self._world.homeservers
        return homeservers[-1 if self._chance.random() < 0.02 else self._chance.randrange(7)]

    def _step(
        self,
        row: str,
        body: bytes,
        *,
        requester: Homeserver | None = None,
        header: str | None = "",
        is_authentic: bool = True,
    ) -> Step:
        requester = requester or self._requester()
        if header == "":
            header = requester.authorization(NAME, signable(body))
        question = Question(
            body=body,
            requester=requester,
            is_authentic=is_authentic,
            is_spam=self.seed.is_spam,
            spam_body=str(self.seed.event["content"].get("body", "")),
        )
        return Step(row, question, http_request(NAME, body, header))


def signable(body: bytes) -> bytes:
    """Return the canonical JSON of what a body says, if it says anything."""
    try:
        canonical: bytes = oracle.canonical(json.loads(body.decode("utf-8")))
    except (ValueError, RecursionError):
        return b"{}"
    return canonical


class Fuzzer:
    """Runs scenarios against a server and counts.

    Args:
        server: running, with the world's rooms and keys in its stores.
        world: where the scenarios happen.
        seed: of the campaign.
        failures: the folder for what went wrong.
    """

    def __init__(self, server: Server, world: World, seed: int, failures: Path) -> None:
        self.world = world
        self.judge = world.judge()
        self._server = server
        self._seed = seed
        self._folder = failures
        self._keys = server.public_keys()
        self.results = Results()

    async def run(self, scenarios: Sequence[int]) -> Results:
        """Run these scenarios, several at once."""
        waiting = iter(scenarios)

        async def work() -> None:
            connection = Connection(self._server.port)
            for number in waiting:
                await self.run_one(connection, number)
            connection.close()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        return self.results

    async def run_neutral(self, count: int) -> Results:
        """Ask about so many valid events that the policy has nothing against, each once."""
        numbers = iter(range(FIRST_NEUTRAL, 10 * FIRST_NEUTRAL))

        async def work() -> None:
            connection = Connection(self._server.port)
            while self.results.asked[NEUTRAL] < count:
                number = next(numbers)
                step = self._neutral(number)
                if step is not None:
                    await self.ask(connection, step, name=f"{self._seed}-neutral-{number}")
            connection.close()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        return self.results

    def _neutral(self, number: int) -> Step | None:
        """Return a question that must be answered with a signature, if this number has one."""
        chance = Random(f"{self._seed} neutral {number}")
        seed = make_seed(chance, self.world.rooms[number % len(self.world.rooms)], number)
        body = oracle.canonical(seed.event)
        requester = self.world.homeservers[chance.randrange(len(self.world.homeservers) - 1)]
        question = Question(body=body, requester=requester, is_spam=seed.is_spam)
        if self.judge.judge(question).verdict is not Verdict.SIGN:
            return None
        return Step(
            NEUTRAL, question, http_request(NAME, body, requester.authorization(NAME, body))
        )

    async def run_one(self, connection: Connection, number: int) -> None:
        for index, step in enumerate(Scenario(self.world, self._seed, number).steps()):
            await self.ask(connection, step, name=f"{self._seed}-{number}-{index}")

    async def ask(self, connection: Connection, step: Step, name: str) -> str | None:
        """Ask one question; return what is wrong with its answer, if anything."""
        judgement = self.judge.judge(step.question)
        answer = await connection.ask(step.request)
        self.judge.note(judgement, answer.status)
        results = self.results
        results.asked[step.row] += 1
        results.verdicts[step.row, judgement.verdict] += 1
        results.slowest_seconds = max(results.slowest_seconds, answer.seconds)
        said = read_object(answer.body)
        results.statuses[answer.status, str((said or {}).get("errcode", ""))] += 1
        failure = self._failure(step, judgement, answer, said)
        if failure is not None:
            results.failures[step.row, failure] += 1
            self._save(step, judgement, answer, failure, name)
        return failure

    def _failure(
        self, step: Step, judgement: Judgement, answer: Answer, said: dict[str, Any] | None
    ) -> str | None:
        if said is None or answer.extra or b"application/json" not in answer.head.lower():
            return NO_OBJECT
        is_signed = answer.status == 200
        if is_signed and judgement.verdict not in (Verdict.SIGN, Verdict.EITHER):
            return WRONG_SIGNATURE
        if is_signed and not self._is_our_signature(step, said):
            return WRONG_SIGNATURE
        if not is_signed and self._leaks_a_signature(step, answer.body):
            return WRONG_SIGNATURE
        if judgement.verdict is Verdict.SIGN and not is_signed:
            return FALSE_REFUSAL
        errcode = "" if is_signed else said.get("errcode")
        if (answer.status, errcode) not in judgement.kinds:
            return UNDECLARED
        return SLOW if answer.seconds > TOO_SLOW_SECONDS else None

    def _is_our_signature(self, step: Step, said: dict[str, Any]) -> bool:
        """Return True if the answer is just the policy key's signature on the redacted event."""
        event = json.loads(step.question.body)
        version = self._version_of(event)
        match said:
            case {**others} if list(others) == [NAME] and isinstance(others[NAME], dict):
                of_us = others[NAME]
            case _:
                return False
        signature = of_us.get("ed25519:policy_server")
        if (
            len(of_us) != 1
            or type(signature) is not str
            or not re.fullmatch(r"[A-Za-z0-9+/]{86}", signature)
        ):
            return False
        return signature_is_right(event, version, oracle.decode_base64(signature), self._keys[0])

    def _leaks_a_signature(self, step: Step, body: bytes) -> bool:
        """Return True if an answer holds a signature of ours on anything that was asked."""
        found = _LIKE_A_SIGNATURE.findall(body)
        if not found:
            return False
        messages = [step.question.body]
        try:
            event = json.loads(step.question.body)
            messages.append(signed_bytes(event, self._version_of(event)))
        except Exception:  # noqa: BLE001 - then there is nothing else that could be signed
            messages.append(b"")
        return any(
            _verifies(key, message, text)
            for key in self._keys
            for message in messages
            for text in found
        )

    def _version_of(self, event: Any) -> str:
        room_id = event.get("room_id")
        return next(room.version for room in self.world.rooms if room.room_id == room_id)

    def _save(
        self, step: Step, judgement: Judgement, answer: Answer, failure: str, name: str
    ) -> None:
        if len(self.results.saved) >= 50:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{failure.replace(' ', '-')}-{name}.json"
        path.write_text(
            json.dumps(
                {
                    "failure": failure,
                    "seed, scenario and step": name,
                    "row": step.row,
                    "asker": step.question.requester.server_name,
                    "must be": judgement.verdict.value,
                    "because": judgement.why,
                    "kinds": sorted(judgement.kinds),
                    "status": answer.status,
                    "answer": answer.body.decode("utf-8", "replace"),
                    "body": base64.b64encode(step.question.body).decode(),
                },
                indent=1,
                ensure_ascii=False,
            )
        )
        self.results.saved.append(path)


def _verifies(public_key: str, message: bytes, text: bytes) -> bool:
    key = oracle.decode_verify_key_bytes("ed25519:x", oracle.decode_base64(public_key))
    try:
        key.verify(message, base64.b64decode(text.replace(b"-", b"+").replace(b"_", b"/") + b"=="))
    except Exception:  # noqa: BLE001 - whatever the library raises, it is no
        return False
    return True


def prepare(server: Server, world: World) -> None:
    """Put the world into the stores of a server that does not run yet."""
    server.fill(world.rooms, world.homeservers)
