"""Cost of counting one event: in memory, and in a Valkey server shared with other processes.

    python benchmarks/shared_counters.py [--sender newcomer] [--events 5000] [--at-once 1]
        [--apart-ms 2]

The questions about a newcomer's message are those of a policy with rates, a wave, a mention rate,
retries and raids, and many people write the same; those about a member's are what the preset
`newcomer-safe` asks, and no text is like another. With `--apart-ms`, time passes before each
settlement and each next event, as it does while a decision is stored: then the two do not share a
call. Processor time of this process and of the server are told apart; what others do on the machine
changes the wall clock, not these. The server has as much time for a reply as it needs.
"""

import argparse
import asyncio
import random  # noqa: TID251 - a benchmark draws its own words
import sys
import tempfile
import time
from pathlib import Path

import uvloop

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.contracts.counted_events import make_event
from tests.valkey_servers import ServerProcess, running_server

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.system import SystemClock
from countersign.adapters.valkey import client as client_module
from countersign.adapters.valkey import operations
from countersign.adapters.valkey.client import ValkeyClient
from countersign.adapters.valkey.counters import SharedCounters
from countersign.adapters.valkey.scripts import counting_library
from countersign.policy.text.minhash import minhash_of
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterQuestion,
    Counters,
    CountGroup,
    Namespace,
    RecentMembers,
    SameThing,
    Settlement,
    SimilarText,
)
from countersign.ports.people_counts import People, RecentSayings, Unsigned
from countersign.ports.shared_memory import SharedMemoryAddress

MINUTE_MS = 60_000
WORDS = Path(__file__).read_text(encoding="utf-8").split()
TEXTS = [" ".join(WORDS[at : at + 16]).replace("{", "").replace("}", "") for at in range(0, 400, 4)]
BEGINNING = "countersign:policy.example.org:"


def event_of(number: int) -> CountedEvent:
    sender, room = f"@user{number % 500}:example.org", f"!room{number % 20}:example.org"
    return make_event(f"event {number}", sender, room_id=room)


def questions_about_member(number: int) -> list[CounterQuestion]:
    """Return four questions, as `newcomer-safe` asks them about a member's message."""
    event = event_of(number)
    words = random.Random(number).choices(WORDS, k=40)
    return [
        Count(Namespace.EVENTS, ("sender", event.sender), MINUTE_MS),
        SimilarText(minhash_of(" ".join(words)), 85, 10 * MINUTE_MS),
        RecentMembers(event.room_id, 60 * MINUTE_MS, 500, is_added=True, is_listed=False),
        Unsigned(f"{number:032x}", 60 * MINUTE_MS),
    ]


def questions_about_newcomer(number: int) -> list[CounterQuestion]:
    """Return nine questions, as a policy asks them about a newcomer's message."""
    event = event_of(number)
    text = TEXTS[number % len(TEXTS)]
    words = frozenset(range(number % 50, number % 50 + 20))
    return [
        Count(Namespace.EVENTS, ("sender", event.sender), MINUTE_MS),
        Count(Namespace.EVENTS, ("room", event.room_id), 10_000),
        Count(Namespace.EVENTS, ("attempts", event.sender), MINUTE_MS, on=None),
        Count(Namespace.MENTIONS, (event.sender,), 10 * MINUTE_MS, 0),
        SameThing((number % 300).to_bytes(16), 10 * MINUTE_MS),
        SimilarText(minhash_of(text), 60, 10 * MINUTE_MS),
        RecentMembers(event.room_id, 60 * MINUTE_MS, 500, is_added=True, is_listed=False),
        Unsigned(f"{number % 400:032x}", 60 * MINUTE_MS),
        CountGroup(
            (
                People(("raid", "came"), MINUTE_MS),
                People(("raid", "refused"), MINUTE_MS),
                RecentSayings(words, True, "example.org", MINUTE_MS, 48),
            )
        ),
    ]


async def count_all(
    counters: Counters,
    prepared: list[tuple[CountedEvent, list[CounterQuestion]]],
    at_once: int,
    apart_seconds: float,
) -> tuple[float, float]:
    """Return the processor time of this process and the wall clock, in µs for each event."""

    async def count_one(event: CountedEvent, questions: list[CounterQuestion]) -> None:
        await counters.reserve(event, questions)
        if apart_seconds:
            await asyncio.sleep(apart_seconds)
        counters.settle(event.key, Settlement.SIGNED)
        if apart_seconds:
            await asyncio.sleep(apart_seconds)

    began, began_cpu = time.perf_counter(), time.process_time()
    for first in range(0, len(prepared), at_once):
        await asyncio.gather(*(count_one(*each) for each in prepared[first : first + at_once]))
    cpu, wall = time.process_time() - began_cpu, time.perf_counter() - began
    return cpu / len(prepared) * 1e6, wall / len(prepared) * 1e6


def server_cpu_seconds(server: ServerProcess) -> float:
    with server.client() as client:
        told = client.info("cpu")
    return float(told["used_cpu_user"]) + told["used_cpu_sys"]


def busy_microseconds(server: ServerProcess) -> float:
    """Return how long the function has run in all, as the server tells it."""
    with server.client() as client:
        return float(client.info("commandstats")["cmdstat_fcall"]["usec"])


QUESTIONS = {"member": questions_about_member, "newcomer": questions_about_newcomer}
PATIENCE_SECONDS = 60.0


async def measure(events: int, at_once: int, apart_seconds: float, sender: str) -> None:
    client_module.ANSWER_WITHIN_SECONDS = PATIENCE_SECONDS  # type: ignore[misc]
    prepared = [(event_of(number), QUESTIONS[sender](number)) for number in range(events)]
    cpu, wall = await count_all(MemoryCounters(SystemClock()), prepared, at_once, apart_seconds)
    print(f"in memory: {cpu:.0f} µs of this process, {wall:.0f} µs in all")
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        client = ValkeyClient(
            SharedMemoryAddress.parse(server.url),
            library=counting_library(),
            name="benchmark",
            probe_prefix=f"{BEGINNING}{{probe}}:",
            probe=operations.probe(),
            channel=f"{BEGINNING}told",
        )
        running = asyncio.create_task(client.run())
        while not client.is_up:  # noqa: ASYNC110 - it has no event for that
            await asyncio.sleep(0.01)
        alone = PrometheusMetrics()
        counters = SharedCounters(
            client,
            MemoryCounters(SystemClock()),
            key_prefix=BEGINNING,
            counted_alone=alone.counter("countersign_counted_alone_total", "See the server."),
            communities=lambda: ["default"],
        )
        before = server_cpu_seconds(server)
        cpu, wall = await count_all(counters, prepared, at_once, apart_seconds)
        theirs = (server_cpu_seconds(server) - before) / events * 1e6
        print(f"in Valkey: {cpu:.0f} µs of this process, {theirs:.0f} µs of the server's,")
        print(f"  {busy_microseconds(server) / events:.0f} µs of them in the function,")
        print(f"  {wall:.0f} µs in all, {at_once} at once")
        with server.client() as client:
            used = client.info("memory")["used_memory"] / 1e6
            print(f"  {client.dbsize()} keys, {used:.1f} MB")
        print(*[line for line in alone.render().decode().splitlines() if "alone_total " in line])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sender", choices=QUESTIONS, default="newcomer")
    parser.add_argument("--events", type=int, default=5_000)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--apart-ms", type=float, default=0)
    asked = parser.parse_args()
    uvloop.run(measure(asked.events, asked.at_once, asked.apart_ms / 1_000, asked.sender))


if __name__ == "__main__":
    main()
