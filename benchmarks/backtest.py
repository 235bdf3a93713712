"""Duration of a backtest of 100,000 archived events.

python benchmarks/backtest.py [POLICY]: by the preset newcomer-safe unless a document is named.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - the same numbers in every run

from countersign.adapters.sql.stores.archive import SqliteArchive
from countersign.policy.events import Event
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.ports.stores.archive import ArchivedEvent

EVENTS = 100_000
APART_MS = 3_000
LEVELS = (Trust.NEW, Trust.MEMBER, Trust.TRUSTED)
SYLLABLES = ("ka", "lo", "mi", "ren", "tas", "ver", "no", "pul", "shi", "gan", "dor", "be")
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]


def events(now_ts: int) -> Iterator[ArchivedEvent]:
    for number in range(EVENTS):
        sender = f"@user{number * 7919 % 500}:server{number % 40}.example"
        chance = Random(number)
        body = " ".join(chance.choices(WORDS, k=4 + number % 30))
        content = {"msgtype": "m.text", "body": body, "m.mentions": {}}
        if number % 10 == 0:
            content["body"] += f" https://example.org/page/{number % 300}"
        ts = now_ts - (EVENTS - number) * APART_MS
        event = Event(
            type="m.room.message",
            sender=sender,
            server=sender.partition(":")[2],
            room_id=f"!room{number % 25}:example.org",
            state_key=None,
            content=content,
            origin_server_ts=ts,
            size_bytes=900,
            received_ts=ts,
            standing=Standing(
                level=(Trust.NEW, Trust.MEMBER, Trust.TRUSTED)[number % 3], because="-"
            ),
        )
        yield ArchivedEvent(
            community="default", event=event, decided_ts=ts, is_refused=False, labels=()
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        countersign = [sys.executable, "-m", "countersign"]
        init = ["init", "--server-name", "policy.example.com", "--dir", str(home)]
        subprocess.run([*countersign, *init], check=True, stdout=subprocess.DEVNULL)
        batch = list(events(time.time_ns() // 1_000_000))
        archive = SqliteArchive(home / "archive.db")
        for start in range(0, EVENTS, 2_000):
            asyncio.run(archive.add(batch[start : start + 2_000]))
        size = (home / "archive.db").stat().st_size
        print(f"{EVENTS:,} events archived in {size / EVENTS:.0f} bytes each")
        policy = Path(folder) / "policy.yaml"
        given = Path(sys.argv[1]).read_text() if sys.argv[1:] else "preset: newcomer-safe\n"
        policy.write_text(given)
        config = ["--config", str(home / "countersign.yaml"), "--json"]
        started = time.perf_counter()
        done = subprocess.run(
            [*countersign, "policy", "backtest", str(policy), "--since", "30d", *config],
            check=True,
            stdout=subprocess.PIPE,
        )
        seconds = time.perf_counter() - started
        said = json.loads(done.stdout)
        print(f"{said['events']:,} judged in {seconds:.1f} s, {said['refused_now']:,} refused")


if __name__ == "__main__":
    main()
