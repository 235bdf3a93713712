"""Traffic of a large public instance against a whole system, compared with the model's prediction.

`serve --workers N` over PostgreSQL and Valkey, and hundreds of homeservers: a steady load of new
events, repeats and `/send`; events that came without a signature, about which every server asks
within seconds; a raid; a restart of everything under load; and the loss of a process under load.
Every answer is compared with the first one on its event, and at the end all are asked again.
benchmarks/capacity.py predicts the processor time of each phase from its costs.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.bench_server import Server, Setup, crypto_microseconds
from benchmarks.capacity import Costs, Work, read_costs
from benchmarks.capacity_load import (
    LoadResults,
    Question,
    ask_all,
    is_signed,
    join,
    message,
    others,
    owner,
    question,
    raid_message,
    signed,
    system,
    transaction,
)

from campaigns.killed_workers import children_of
from countersign.testing.peers import Peer

PEOPLE = 3_000
CONNECTIONS = 24


@dataclass(frozen=True)
class Phase:
    """Result of one part of the campaign.

    Attributes:
        name: by which it is printed.
        told: what was answered in it.
        seconds: how long it took.
        measured: processor time of the server; None if processes ended meanwhile.
        predicted: processor time by the model.
    """

    name: str
    told: LoadResults
    seconds: float
    measured: float | None
    predicted: float


class Campaign:
    """One system, and the homeservers that ask it.

    Args:
        server: what is asked.
        peers: the homeservers.
        costs: of the model.
    """

    def __init__(self, server: Server, peers: list[Peer], costs: Costs) -> None:
        self.server = server
        self.peers = peers
        self.phases: list[Phase] = []
        self._costs = costs
        self._asked: dict[str, Question] = {}
        self._first: dict[str, tuple[int, str]] = {}

    def play(
        self,
        name: str,
        questions: Sequence[Question],
        work: Work,
        trouble: Callable[[], None] | None = None,
    ) -> LoadResults:
        """Ask, with trouble in the middle if there is to be some, and note the phase.

        Args:
            name: of the phase.
            questions: in the order in which they are asked.
            work: of what kinds they are.
            trouble: is called in a thread of its own after the first seconds.
        """
        told = LoadResults(answers=self._first)
        self._asked |= {each.event: each for each in questions if each.event}
        verify_us, _ = crypto_microseconds(self.peers[0], 1_000)
        before, began = self.server.cpu_seconds(), time.perf_counter()
        asyncio.run(self._ask(questions, told, trouble))
        seconds = time.perf_counter() - began
        measured = None if trouble else self.server.cpu_seconds() - before
        after, _ = crypto_microseconds(self.peers[0], 1_000)
        verify_us = (verify_us + after) / 2
        predicted = work.cpu_seconds(self._costs, verify_us)
        predicted += self.server.setup.workers * seconds * self._costs.idle * verify_us / 1e6
        self.phases.append(Phase(name, told, seconds, measured, predicted))
        print(row(self.phases[-1]), flush=True)
        return told

    async def _ask(
        self, questions: Sequence[Question], told: LoadResults, trouble: Callable[[], None] | None
    ) -> None:
        asking = asyncio.create_task(ask_all(self.server.port, questions, CONNECTIONS, told))
        if trouble is not None:
            await asyncio.sleep(1)
            await asyncio.to_thread(trouble)
        await asking

    def warm_up(self, count: int) -> None:
        """Warm up: the first requests in each process are more expensive."""
        events = [message(self.peers, 9_000_000 + number, people=PEOPLE) for number in range(count)]
        questions = [question(owner(self.peers, event), event) for event in events]
        asyncio.run(
            ask_all(self.server.port, questions, CONNECTIONS, LoadResults(answers=self._first))
        )
        self._asked |= {each.event: each for each in questions}

    def steady(self, count: int) -> None:
        """New events, one repeat in four, and all of them by `/send` afterwards."""
        events = [message(self.peers, number, people=PEOPLE) for number in range(count)]
        again = [event for number, event in enumerate(events) if number % 4 == 0]
        questions = [question(owner(self.peers, event), event) for event in events]
        questions += [question(others(self.peers, event, 1)[0], event) for event in again]
        told = self.play("steady", questions, Work(fresh=count, repeat=len(again)))
        sent = [
            transaction(owner(self.peers, event), number, [signed(event, told)])
            for number, event in enumerate(events)
        ]
        self.play("heard by /send", sent, Work(heard=count))

    def unsigned(self, count: int, servers: int) -> None:
        """Events about which every server asks within seconds, since nobody asked before."""
        questions: list[Question] = []
        for number in range(count):
            event = message(self.peers, 1_000_000 + number, people=PEOPLE)
            questions += [question(each, event) for each in others(self.peers, event, servers)]
        at_once = count * min(servers - 1, CONNECTIONS - 1)
        repeat = len(questions) - count - at_once
        self.play("unsigned events", questions, Work(fresh=count, together=at_once, repeat=repeat))

    def raid(self, count: int, servers: int) -> None:
        """Newcomers join, every server asks about their joins, and they say the same at once."""
        joins = [join(self.peers, 2_000_000 + number) for number in range(count)]
        questions = [
            question(each, joined)
            for joined in joins
            for each in others(self.peers, joined, servers)
        ]
        work = Work(joined=count, together=len(questions) - count)
        told = self.play("raid: joins", questions, work)
        joins = [joined for joined in joins if is_signed(joined, told)]
        owners = [owner(self.peers, joined) for joined in joins]
        sent = [
            transaction(peer, 2_000_000 + number, [signed(joined, told)])
            for number, (peer, joined) in enumerate(zip(owners, joins, strict=True))
        ]
        said = [
            question(peer, raid_message(peer, str(joined["sender"]), number))
            for number, (peer, joined) in enumerate(zip(owners, joins, strict=True))
        ]
        work = Work(raid=len(said), followed=len(sent))
        self.play("raid: messages", [*sent, *said], work)

    def restart(self, count: int) -> None:
        """Restart everything while homeservers keep asking."""
        events = [message(self.peers, 4_000_000 + n, people=PEOPLE) for n in range(count)]
        questions = [question(owner(self.peers, event), event) for event in events]
        self.play("cold restart", questions, Work(fresh=count), self._restart)

    def lose_a_process(self, count: int) -> None:
        """Kill one of the processes while homeservers keep asking."""
        events = [message(self.peers, 5_000_000 + n, people=PEOPLE) for n in range(count)]
        questions = [question(owner(self.peers, event), event) for event in events]
        questions += [question(others(self.peers, event, 1)[0], event) for event in events]
        self.play("process lost", questions, Work(fresh=count, repeat=count), self._kill)

    def everything_again(self) -> int:
        """Ask about every event once more; return how many answers were lost or contradicted."""
        told = LoadResults()
        asyncio.run(ask_all(self.server.port, list(self._asked.values()), CONNECTIONS, told))
        return sum(told.answers.get(name) != first for name, first in self._first.items())

    def _restart(self) -> None:
        self.server.restart()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(children_of(self.server.process.pid)[-1], signal.SIGKILL)


HEADER = (
    "| phase | requests | in | 503 or cut, asked again | no answer within 5 s | contradicted |"
    " CPU predicted | CPU measured | ratio |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def row(phase: Phase) -> str:
    """Return a phase as a row of the table."""
    told = phase.told
    measured = ("", "")
    if phase.measured is not None:
        measured = (f"{phase.measured:.2f} s", f"{phase.measured / phase.predicted:.2f}")
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(told.statuses.items()))
    cells = (
        phase.name,
        statuses,
        f"{phase.seconds:.1f} s",
        told.troubles,
        told.late,
        len(told.contradicted),
        f"{phase.predicted:.2f} s",
        *measured,
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def run(*, servers: int, events: int, raiders: int, workers: int) -> tuple[list[Phase], int, float]:
    """Run the campaign.

    Returns:
        Its phases, how many answers were lost or contradicted when all were asked again, and how
        many seconds the server took to be ready after its restart.
    """
    costs, _ = read_costs()
    peers = [Peer(f"hs{number}.bench.example") for number in range(servers)]
    setup = Setup("campaign", preset="newcomer-safe", members=PEOPLE, workers=workers)
    with system(setup, peers) as whole:
        campaign = Campaign(whole.server, peers, costs)
        campaign.warm_up(max(50, events // 4))
        print(HEADER, flush=True)
        campaign.steady(events)
        campaign.unsigned(max(1, events // 100), servers - 1)
        campaign.raid(raiders, min(20, servers - 1))
        campaign.lose_a_process(events)
        campaign.restart(events)
        wrong = campaign.everything_again()
        return campaign.phases, wrong, whole.server.start_seconds


def main() -> int:
    """Run the campaign; return 0 if everything held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, default=300)
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--raiders", type=int, default=50)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    phases, wrong, start_seconds = run(
        servers=chosen.servers,
        events=chosen.events,
        raiders=chosen.raiders,
        workers=chosen.workers,
    )
    print(f"\nready again {start_seconds:.1f} s after the restart")
    contradicted = sum(len(phase.told.contradicted) for phase in phases)
    print(f"{contradicted} contradicted, {wrong} lost or changed when all were asked again")
    return int(bool(contradicted or wrong))


if __name__ == "__main__":
    sys.exit(main())
