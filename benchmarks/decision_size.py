"""Bytes of disk for a decision, and the time to record and to find it.

    python benchmarks/decision_size.py [DECISIONS]

Records plain decisions (an event was signed, nothing to say) the way a mid-sized server would:
200 rooms and 20,000 senders, of whom a few do most of the talking.
"""

import asyncio
import random  # noqa: TID251 - a benchmark repeats itself, so it seeds its own
import sys
import tempfile
import time
from pathlib import Path

from countersign.adapters.sql.database_files import prepare_database
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.decisions import SqlDecisionStore
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.protocol import unpadded_base64

ROOMS = 200
SENDERS = 20_000
AT_ONCE = 256
FINDS = 20_000


def make_decisions(count: int, chance: random.Random) -> list[RecordedDecision]:
    decision = Decision(verdict=Verdict.SIGN, policy_revision="3f2a9c51d0b7")
    return [
        RecordedDecision(
            key=(key := chance.randbytes(32)),
            room_id=f"!{int(chance.paretovariate(1)) % ROOMS:018d}:example.org",
            event_id=f"${unpadded_base64.encode_url_safe(key)}",
            event_type=chance.choice(["m.room.message", "m.room.encrypted", "m.reaction"]),
            sender=f"@somebody-{int(chance.paretovariate(0.5)) % SENDERS}:example.com",
            asked_by=f"homeserver-{int(chance.paretovariate(1)) % 50}.example.com",
            decided_ts=1_750_000_000_000 + number * 7,
            decision=decision,
        )
        for number in range(count)
    ]


async def record_all(store: SqlDecisionStore, decisions: list[RecordedDecision]) -> None:
    waiting = iter(decisions)

    async def record_some() -> None:
        for decision in waiting:
            await store.record(decision)

    await asyncio.gather(*(record_some() for _ in range(AT_ONCE)))


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "countersign.db"
        prepare_database(path)
        decisions = make_decisions(count, random.Random(1))
        database = SqliteDatabase(path)
        store = SqlDecisionStore(database)

        started, started_cpu = time.perf_counter(), time.process_time()
        await record_all(store, decisions)
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu
        print(f"recorded      {count:,} decisions, {AT_ONCE} at once")
        print(f"  {count / seconds:,.0f} a second, {cpu_seconds / count * 1e6:.0f} us of CPU each")

        fresh = SqlDecisionStore(database)
        sample = random.Random(2).choices(decisions, k=FINDS)
        started = time.perf_counter()
        for decision in sample:
            await fresh.find(decision.key)
        print(f"find, on disk   {(time.perf_counter() - started) / FINDS * 1e6:.1f} us")
        started = time.perf_counter()
        for decision in sample:
            await fresh.find(decision.key[::-1])
        print(f"find, in vain   {(time.perf_counter() - started) / FINDS * 1e6:.1f} us")

        await database.close()
        size = path.stat().st_size
        print(f"size          {size / count:.0f} bytes a decision, with all indexes and names")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000))
