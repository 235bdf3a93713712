"""`make chaos`: SIGKILLs at random moments under load, and faults; every answer is checked.

Each start has the opposite policy of the one before: what was signed would now be refused, and the
other way round. So a decision that got lost is decided anew the wrong way, and noticed.

Now and then the policy key is exchanged, as an operator and a room's moderator do it. The signature
in each answer must be of the key that the room listed when it was asked, or listed meanwhile.

Now and then a backup is put back: what was decided since is gone from the database. An event that
comes with the signature that we made must be signed again, whatever the policy says by now.

    python -m campaigns.chaos [--kills 200] [--faults 22] [--restores 4] [--stored 1000000]
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: the moments of the kills can be repeated
from typing import Any, Final

from tests.blackbox import oracle

from campaigns.acknowledged import Acknowledged, decision_of
from campaigns.faults import FAULTS, PROGRAM, Fault, copy_database, restore_database
from campaigns.homeservers import (
    Homeserver,
    make_event,
    make_homeservers,
    make_room,
    read_object,
    sign,
    signed_request,
    transaction_request,
)
from campaigns.judge import POLICY_KEY_ID, is_signature_on, signed_bytes
from campaigns.server import NAME, Server, stop_cleanly_when_told
from campaigns.stored_decisions import fill_decisions, read_verdicts
from campaigns.tables import table
from campaigns.wire import Answer, Connection

WORDS: Final = ("sunshine", "thunder")
ROOM_VERSION: Final = "11"
CONNECTIONS: Final = 16
SHORTEST_SECONDS, LONGEST_SECONDS = 0.05, 0.8
FAULT_SECONDS: Final = 2.0
RECOVERY_SECONDS: Final = 5.0
KNOWN_ASKED: Final = 50
KILLS_PER_KEY: Final = 25


@dataclass
class FaultSeen:
    """One kind of fault: how often, and what the server answered in the seconds around it.

    Attributes:
        momentary: answers that decided nothing.
        decisions: answers that did; with those of the moments just before and after the fault.
        known_asked: events decided long before, asked about in the middle of the fault.
        known_decided: those of them that were answered with their decision.
        recovery_seconds: the longest from the fault's end to a decision on a new event.
    """

    times: int = 0
    momentary: int = 0
    decisions: int = 0
    known_asked: int = 0
    known_decided: int = 0
    recovery_seconds: float = 0.0


@dataclass
class ChaosResults:
    """Faults of the server, and its behaviour."""

    kills: int = 0
    keys_exchanged: int = 0
    backups_restored: int = 0
    signed_again: int = 0
    faults: dict[str, FaultSeen] = field(default_factory=dict)
    asked: int = 0
    acknowledged: int = 0
    replayed: int = 0
    temporary: int = 0
    cut_off: int = 0
    start_seconds: list[float] = field(default_factory=list)
    peak_memory_mb: float = 0.0
    troubles: list[str] = field(default_factory=list)

    def report(self) -> str:
        starts = sorted(self.start_seconds) or [0.0]
        rows: list[list[object]] = [
            ["SIGKILLs under load", self.kills],
            ["policy keys exchanged", self.keys_exchanged],
            ["backups restored", self.backups_restored],
            ["signed again for the signature they came with", self.signed_again],
            ["faults", sum(seen.times for seen in self.faults.values())],
            ["events asked about", self.asked],
            ["acknowledged with a decision", self.acknowledged],
            ["answers of a moment (503, 401)", self.temporary],
            ["cut off by a kill", self.cut_off],
            ["replays of acknowledged events", self.replayed],
            ["start to first right answer, median", f"{starts[len(starts) // 2]:.2f} s"],
            ["start to first right answer, worst", f"{starts[-1]:.2f} s"],
            ["peak memory", f"{self.peak_memory_mb:.0f} MB"],
            *([f"**{kind}**", sum(kind in one for one in self.troubles)] for kind in KINDS),
            ["other troubles", sum(not any(k in one for k in KINDS) for one in self.troubles)],
        ]
        faults: list[list[object]] = [
            [
                name,
                seen.times,
                seen.decisions,
                seen.momentary,
                f"{seen.known_decided} of {seen.known_asked}",
                f"{seen.recovery_seconds:.2f} s",
            ]
            for name, seen in self.faults.items()
        ]
        header = ["fault", "times", "decisions", "503, 401", "known answered", "slowest recovery"]
        return table(["what", "count"], rows) + (f"\n\n{table(header, faults)}" if faults else "")


KINDS: Final = ("lost", "contradictory", "wrongly final", "wrong signature", "known unanswered")


class Chaos:
    """One server that is killed and started again.

    Args:
        server: filled, not running.
        homeservers: who asks.
        seed: of the campaign.
        fault_seconds: how long each fault lasts.
    """

    def __init__(
        self,
        server: Server,
        homeservers: Sequence[Homeserver],
        seed: int,
        fault_seconds: float = FAULT_SECONDS,
    ) -> None:
        self._server = server
        self._fault_seconds = fault_seconds
        self._homeservers = homeservers
        self._room = make_room(ROOM_VERSION, homeservers, "chaos")
        self._chance = Random(f"{seed} chaos")
        self._next = 0
        self._answers = Acknowledged()
        self._requests: dict[int, bytes] = {}
        self._messages: dict[int, bytes] = {}
        self._signed: dict[int, bytes] = {}
        self._warm: set[int] = set()
        self._keys: list[str] = []
        self._settled = 0
        self.results = ChaosResults()

    async def run(self, kills: int, faults: int, restores: int = 0) -> ChaosResults:
        """Kill so often, with so much else in between; then replay all there ever was."""
        self._keys = [self._server.public_keys()[0]]
        await self._start()
        await self._have_room_list(self._keys[0])
        inflicted = 0
        for kill in range(1, kills + 1):
            is_new_key = kill % KILLS_PER_KEY == 1 and kills > 1
            if is_new_key:
                self._server.change_settings(self._server.command("keys", "rotate")["settings"])
            await self._kill_under_load()
            await self._start()
            await self._replay(self._some_numbers())
            if is_new_key:
                await self._exchange_key()
            while inflicted < faults * kill // kills:
                await self._fault(FAULTS[inflicted % len(FAULTS)])
                inflicted += 1
            while self.results.backups_restored < restores * kill // kills:
                await self._restore_backup()
        await self._replay(list(self._requests))
        self.results.peak_memory_mb = max(
            self.results.peak_memory_mb, self._server.peak_memory_mb()
        )
        self._server.stop()
        self._check_store()
        self.results.acknowledged = len(self._answers)
        self.results.troubles += self._answers.troubles
        return self.results

    async def _start(self) -> None:
        word = WORDS[self._server.starts % 2]
        self._server.write_policy(f"filters: [{{keyword: {{words: [{word}]}}, says: 'No.'}}]\n")
        started = time.perf_counter()
        self._warm.clear()
        self._server.start()
        number = self._answers.any(self._chance)
        if number is not None:
            await self._replay([number])
            self.results.start_seconds.append(time.perf_counter() - started)

    async def _exchange_key(self) -> None:
        """Have the room list the new key in the midst of traffic; then take the old one away."""
        load = asyncio.create_task(self._load(2 * SHORTEST_SECONDS + self._fault_seconds / 2))
        await asyncio.sleep(SHORTEST_SECONDS)
        new = self._server.command("keys")["policy_keys"][0]["public_key"]
        self._keys.append(new)
        await self._have_room_list(new)
        await load
        await self._replay(self._some_numbers())
        self._server.change_settings(self._server.command("keys", "retire")["settings"])
        self.results.keys_exchanged += 1

    async def _restore_backup(self) -> None:
        """Lose what was decided since a backup, and ask about what carries our signature."""
        database, backup = self._server.database, self._server.folder / "backup"
        self._server.kill()
        copy_database(database, backup)
        before = {number for number, _ in self._answers.items()}
        await self._start()
        await self._load(SHORTEST_SECONDS + self._fault_seconds / 2)
        self._server.kill()
        restore_database(database, backup)
        since = {number: told for number, told in self._answers.items() if number not in before}
        # A refusal leaves no trace but in the database: what of it is gone may be decided anew.
        self._answers.forget(since)
        await self._start()
        connection = Connection(self._server.port)
        for number in [number for number, told in since.items() if told.status == 200]:
            await self._ask_with_our_signature(connection, number)
        connection.close()
        self.results.backups_restored += 1
        await self._replay(self._some_numbers())

    async def _ask_with_our_signature(self, connection: Connection, number: int) -> None:
        event = read_object(self._requests[number].partition(b"\r\n\r\n")[2]) or {}
        event["signatures"] |= read_object(self._signed[number]) or {}
        requester = self._homeservers[number % len(self._homeservers)]
        answer = await connection.ask(signed_request(NAME, requester, event))
        self._note(number, answer, self._settled)
        if answer.status == 200:
            self.results.signed_again += 1
        else:
            said = f"{answer.status} {answer.body[:200]!r}"
            self.results.troubles.append(f"lost: event {number} came with our signature: {said}")

    async def _have_room_list(self, public_key: str) -> None:
        moderator = self._homeservers[0]
        event = make_event(
            self._room,
            moderator,
            len(self._keys),
            "m.room.policy",
            {"via": NAME, "public_keys": {"ed25519": public_key}},
            state_key="",
            depth=2_000_000 + len(self._keys),
        )
        request = transaction_request(NAME, moderator, sign(self._room, moderator, event))
        connection = Connection(self._server.port)
        answer = await connection.ask(request)
        connection.close()
        if answer.status != 200 or b"error" in answer.body:
            self.results.troubles.append(f"m.room.policy was not taken: {answer.body!r}")
        self._settled = len(self._keys) - 1

    def _note(self, number: int, answer: Answer, settled: int) -> None:
        """Take an answer to a question that was asked when the key `settled` was listed."""
        if answer.status == 200 and not self._is_signed(number, answer, self._keys[settled:]):
            self.results.troubles.append(f"wrong signature: event {number}: {answer.body!r}")
        if answer.status == 200:
            self._signed[number] = answer.body
        if decision_of(answer) is not None:
            self._warm.add(number)
        self._answers.note(number, answer, self._server.starts)

    def _is_signed(self, number: int, answer: Answer, keys: Sequence[str]) -> bool:
        match read_object(answer.body):
            case {**said} if list(said) == [NAME] and list(said[NAME]) == [POLICY_KEY_ID]:
                signature = oracle.decode_base64(said[NAME][POLICY_KEY_ID])
                message = self._messages[number]
                return any(is_signature_on(message, signature, key) for key in keys)
        return False

    async def _kill_under_load(self) -> None:
        wait = self._chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
        load = asyncio.create_task(self._load(wait + 10))
        await asyncio.sleep(wait)
        self.results.peak_memory_mb = max(
            self.results.peak_memory_mb, self._server.peak_memory_mb()
        )
        self._server.kill()
        self.results.kills += 1
        await load

    async def _load(self, seconds: float) -> None:
        """Ask about fresh events, and now and then an old one, until the server is gone."""
        until = time.perf_counter() + seconds

        async def work() -> None:
            connection = Connection(self._server.port)
            while time.perf_counter() < until:
                number = self._number()
                if not await self._ask(connection, number):
                    break
            connection.close()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    def _number(self) -> int:
        if self._next and self._chance.random() < 0.2:
            return self._chance.randrange(self._next)
        number = self._next
        self._next += 1
        homeserver = self._homeservers[number % len(self._homeservers)]
        text = f"{WORDS[number % 2]} {number}"
        event = make_event(self._room, homeserver, number, content={"body": text})
        signed = sign(self._room, homeserver, event)
        self._requests[number] = signed_request(NAME, homeserver, signed)
        self._messages[number] = signed_bytes(signed, ROOM_VERSION)
        return number

    async def _ask(self, connection: Connection, number: int) -> bool:
        """Ask about an event and note the answer; tell whether there was one."""
        self.results.asked += 1
        settled = self._settled
        answer = await connection.ask(self._requests[number])
        if not answer.status:
            self.results.cut_off += 1
            return False
        if decision_of(answer) is None:
            self.results.temporary += 1
        self._note(number, answer, settled)
        return True

    async def _replay(self, numbers: Sequence[int]) -> None:
        """Ask again about events until each gives a decision, which must be the one it had."""
        waiting = iter(numbers)

        async def work() -> None:
            connection = Connection(self._server.port)
            for number in waiting:
                await self._replay_one(connection, number)
            connection.close()

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    async def _replay_one(self, connection: Connection, number: int) -> None:
        until = time.perf_counter() + 12 * RECOVERY_SECONDS
        while time.perf_counter() < until:
            settled = self._settled
            answer = await connection.ask(self._requests[number])
            self._note(number, answer, settled)
            if answer.status and decision_of(answer) is not None:
                self.results.replayed += 1
                return
            await asyncio.sleep(0.02)
        self.results.troubles.append(f"event {number} got no decision any more")

    def _some_numbers(self) -> list[int]:
        """Return the newest events and a sample of all others."""
        newest = range(max(0, self._next - 200), self._next)
        older = range(max(0, self._next - 200))
        return [*newest, *self._chance.sample(older, min(100, len(older)))]

    async def _fault(self, fault: Fault) -> None:
        results = self.results
        seen = results.faults.setdefault(fault.name, FaultSeen())
        seen.times += 1
        momentary, asked = results.temporary, results.asked
        load = asyncio.create_task(self._load(self._fault_seconds + 0.6))
        await asyncio.sleep(0.3)
        with fault.inflicted(self._server):
            await asyncio.sleep(self._fault_seconds / 2)
            await self._ask_known(fault, seen)
            await asyncio.sleep(self._fault_seconds / 2)
        ended = time.perf_counter()
        if self._server.is_running:
            await self._replay(self._fresh())
            seen.recovery_seconds = max(seen.recovery_seconds, time.perf_counter() - ended)
        await load
        seen.momentary += results.temporary - momentary
        seen.decisions += results.asked - asked - (results.temporary - momentary)
        if not self._server.is_running:
            results.troubles.append(f"the server died of the fault: {fault.name}")
            await self._start()
        await self._replay(self._some_numbers())

    async def _ask_known(self, fault: Fault, seen: FaultSeen) -> None:
        """Ask about events that were decided before the fault; each must be told so still."""
        numbers = self._answers.some(self._chance, KNOWN_ASKED)
        if fault.spares_memory_only:
            numbers = self._chance.sample(sorted(self._warm), min(KNOWN_ASKED, len(self._warm)))
        connection = Connection(self._server.port)
        for number in numbers:
            answer = await connection.ask(self._requests[number], timeout_seconds=5)
            self._note(number, answer, self._settled)
            seen.known_asked += 1
            if decision_of(answer) is None:
                said = f"{answer.status} {answer.body!r}"
                self.results.troubles.append(f"known unanswered: {fault.name}: {number}: {said}")
            else:
                seen.known_decided += 1
        connection.close()

    def _fresh(self) -> list[int]:
        """Return one event that nobody asked about before."""
        while True:
            number = self._number()
            if number == self._next - 1:
                return [number]

    def _check_store(self) -> None:
        """Look each acknowledged decision up in the file itself."""
        verdicts = read_verdicts(self._server.database)
        for number, decision in self._answers.items():
            said = "sign" if decision.status == 200 else "refuse"
            kept: Any = verdicts.get(sha256(self._messages[number]).digest())
            if kept != said:
                self.results.troubles.append(f"lost: event {number} was {said}, the store {kept}")


def run(
    folder: Path,
    *,
    kills: int,
    faults: int,
    restores: int = 0,
    stored: int = 0,
    seed: int = 1,
    fault_seconds: float = FAULT_SECONDS,
    program: Sequence[str] = PROGRAM,
) -> ChaosResults:
    """Run the campaign in a folder of its own."""
    homeservers = make_homeservers(6)
    server = Server(folder, program=program)
    server.fill([make_room(ROOM_VERSION, homeservers, "chaos")], homeservers)
    fill_decisions(server.database, stored)
    try:
        return asyncio.run(
            Chaos(server, homeservers, seed, fault_seconds).run(kills, faults, restores)
        )
    finally:
        server.kill()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--faults", type=int, default=22)
    options.add_argument("--restores", type=int, default=4, help="backups that are put back")
    options.add_argument("--stored", type=int, default=1_000_000, help="decisions at the start")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    stop_cleanly_when_told()
    print(f"seed {chosen.seed}", flush=True)
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        results = run(
            Path(folder),
            kills=chosen.kills,
            faults=chosen.faults,
            restores=chosen.restores,
            stored=chosen.stored,
            seed=chosen.seed,
        )
    print(results.report())
    print(f"\n{time.perf_counter() - started:.0f} s with {chosen.stored:,} decisions at the start")
    if results.troubles:
        sys.exit("\n".join(results.troubles[:50]))


if __name__ == "__main__":
    main()
