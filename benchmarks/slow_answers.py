"""Work in progress in a server during its slowest answers, at half of its maximum rate.

A real server notes when each request was there in full and when its answer left, what each group of
writes was for and what it cost, and each late round of the event loop. Of groups and rounds it says
how long the thread had a processor, and how long it waited for one, which is the machine's doing.
What is left of the time, the thread waited for the interpreter's lock or for the disk.

On a busy machine, --real-time puts the server before all other processes, and the generator behind
it, for some seconds (Linux, as root). With TMPDIR on a file system in memory, the disk is left out.

Usage: python benchmarks/slow_answers.py [--events 3000] [--connections 32] [--real-time]
"""

import argparse
import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from bench_server import Server, Setup, make_peers
from countersign.testing.peers import Peer
from instrumented_server import instrumented_server
from sign_load import as_fast_as_possible, at_a_rate, prepare, quantile_ms

SLOW_SHARE = 0.98
MOST_SHOWN = 12
LONG_GROUP_SECONDS = 0.004

_SITE = """
import asyncio
import gc
import json
import os
import signal
import sys
import threading
import time

ROUND_SECONDS = 0.002
LATE_SECONDS = 0.004
now = time.perf_counter
answers, groups, rounds, collections = noted = [], [], [], []


def processor_times():
    text = open(f"/proc/self/task/{threading.get_native_id()}/schedstat").read()
    ran, waited, _ = map(int, text.split())
    return ran / 1e9, waited / 1e9


def note_answers():
    from countersign.web.http.exchange import Exchange

    began = {}
    start, end_body, finish = Exchange.start_plain, Exchange.end_body, Exchange._finish

    def started(exchange, *args):
        if not exchange.more_body:  # the body came with the head
            began[id(exchange)] = now()
        start(exchange, *args)

    def ended(exchange):
        began[id(exchange)] = now()
        end_body(exchange)

    def finished(exchange):
        since = began.pop(id(exchange), None)
        if since is not None:
            answers.append({"began": since, "ended": now()})
        finish(exchange)

    Exchange.start_plain, Exchange.end_body, Exchange._finish = started, ended, finished


def note_groups():
    from countersign.adapters.sql import writer

    carry_out, results = writer.Writer._carry_out, writer._results
    thread = threading.local()

    def name(job):
        work = job.work or job.on_all
        work = getattr(work, "func", work)
        return getattr(work, "__qualname__", str(work)).replace(".<locals>", "")

    def carried_out(self, group):
        changed = os.stat(self._path).st_mtime_ns
        began, (ran, waited) = now(), processor_times()
        thread.written = began
        outcomes = carry_out(self, group)
        ended, (ran_until, waited_until) = now(), processor_times()
        work = sorted(set(map(name, group)))
        # SQLite writes to the database itself only to empty the log into it.
        if os.stat(self._path).st_mtime_ns != changed:
            work.append("checkpoint")
        groups.append({
            "began": began, "written": thread.written, "ended": ended, "jobs": len(group),
            "ran": ran_until - ran, "waited": waited_until - waited, "work": work,
        })
        return outcomes

    def written(driver, group):
        outcomes = results(driver, group)
        thread.written = now()
        return outcomes

    writer.Writer._carry_out, writer._results = carried_out, written


def note_rounds():
    loop = asyncio.get_running_loop()
    last = now(), *processor_times()

    def look():
        nonlocal last
        before, last = last, (now(), *processor_times())
        began, ended = before[0], last[0]
        if ended - began > ROUND_SECONDS + LATE_SECONDS:
            ran, waited = last[1] - before[1], last[2] - before[2]
            rounds.append({"began": began, "ended": ended, "ran": ran, "waited": waited})
        loop.call_later(ROUND_SECONDS, look)

    look()


def note_collection(phase, about):
    if phase == "start":
        collections.append({"began": now(), "ended": now(), "generation": about["generation"]})
    elif collections:
        collections[-1]["ended"] = now()


def clear(*_):
    for each in noted:
        each.clear()


def tell(*_):
    told = os.environ["BENCHMARK_TOLD_FILE"]
    with open(told + ".new", "w") as file:
        json.dump(dict(zip(("answers", "groups", "rounds", "collections"), noted)), file)
    os.replace(told + ".new", told)


class Serving:
    # Waits until the program is imported, so that its modules exist.
    def find_spec(self, name, path=None, target=None):
        if name == "countersign.cli":
            sys.meta_path.remove(self)
            from countersign.bootstrap import serving

            serve = serving.serve

            async def noting(*args):
                note_answers()
                note_groups()
                note_rounds()
                gc.callbacks.append(note_collection)
                await serve(*args)

            serving.serve = noting


if "serve" in open("/proc/self/cmdline").read().split("\\0"):
    signal.signal(signal.SIGUSR1, clear)
    signal.signal(signal.SIGUSR2, tell)
    sys.meta_path.insert(0, Serving())
"""
"""Makes the server, a real process, note what it does."""

Noted = list[dict[str, Any]]


@contextmanager
def first_of_all(server: Server, *, is_wanted: bool) -> Iterator[None]:
    """Put a server, and behind it this process, before all others while the block lasts."""

    def schedule(policy: int, of_server: int, of_us: int) -> None:
        for thread in Path(f"/proc/{server.process.pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), policy, os.sched_param(of_server))
        os.sched_setscheduler(0, policy, os.sched_param(of_us))

    if not is_wanted:
        yield
        return
    schedule(os.SCHED_RR, 2, 1)
    try:
        yield
    finally:
        schedule(os.SCHED_OTHER, 0, 0)


def ms(seconds: float) -> str:
    """Return a time in milliseconds, to be printed."""
    return f"{1000 * seconds:.1f} ms"


def lengths(noted: Noted) -> list[float]:
    """Return how long each of these took, in seconds."""
    return [each["ended"] - each["began"] for each in noted]


def during(noted: Noted, began: float, ended: float) -> Noted:
    """Return those that were under way at any time of a span."""
    return [each for each in noted if each["began"] < ended and each["ended"] > began]


def spans_of(slow: Noted) -> list[tuple[float, float, int]]:
    """Return the spans that slow answers cover, and how many are in each."""
    spans: list[tuple[float, float, int]] = []
    for each in sorted(slow, key=lambda one: float(one["began"])):
        if spans and each["began"] < spans[-1][1]:
            began, ended, count = spans[-1]
            spans[-1] = began, max(ended, each["ended"]), count + 1
        else:
            spans.append((each["began"], each["ended"], 1))
    return spans


def show_quantiles(name: str, seconds: Sequence[float]) -> None:
    """Print the median, the 99th percentile and the longest of some times."""
    median, late = quantile_ms(seconds, 0.5), quantile_ms(seconds, 0.99)
    print(f"{name:28} p50 {median:6.1f}  p99 {late:6.1f}  longest {1000 * max(seconds):6.1f} ms")


def show(told: dict[str, Noted]) -> None:
    """Print what was noted, first of all requests and then of the slowest."""
    answers, groups = told["answers"], told["groups"]
    show_quantiles("answers, in the server", lengths(answers))
    show_quantiles("groups: statements", [each["written"] - each["began"] for each in groups])
    show_quantiles("groups: commit", [each["ended"] - each["written"] for each in groups])
    by_work: dict[str, Noted] = {}
    for group in groups:
        by_work.setdefault(" + ".join(group["work"]), []).append(group)
    for work, theirs in sorted(by_work.items(), key=lambda item: -len(item[1])):
        longest = ms(max(each["ran"] for each in theirs))
        print(f"{len(theirs):6} groups, the longest {longest} of CPU: {work}")
    limit = sorted(lengths(answers))[int(SLOW_SHARE * len(answers))]
    slow = [each for each in answers if each["ended"] - each["began"] > limit]
    print(f"\nthe slowest {len(slow)} answers took more than {ms(limit)}")
    spans = sorted(spans_of(slow), key=lambda span: -span[2])[:MOST_SHOWN]
    start = answers[0]["began"]
    for began, ended, count in sorted(spans):
        print(f"{began - start:8.3f} s: {count} of them in {ms(ended - began)}")
        for each in during(groups, began, ended):
            took = each["ended"] - each["began"]
            if took > LONG_GROUP_SECONDS:
                print(
                    f"      a group of {each['jobs']} took {ms(took)}, "
                    f"{ms(each['ended'] - each['written'])} of it the commit; CPU "
                    f"{ms(each['ran'])}, waited for it {ms(each['waited'])}: "
                    + " + ".join(each["work"])
                )
        for each in during(told["rounds"], began, ended):
            print(
                f"      a round of {ms(each['ended'] - each['began'])}; CPU {ms(each['ran'])}, "
                f"waited for it {ms(each['waited'])}"
            )
        for each in during(told["collections"], began, ended):
            print(
                f"      a collection of generation {each['generation']}: "
                f"{ms(each['ended'] - each['began'])}"
            )


async def measure(
    server: Server, peers: list[Peer], chosen: argparse.Namespace, told: Path
) -> None:
    """Print what went on at half of the top rate."""
    warm_up, _ = prepare(peers, 500, 0, server.setup)
    await as_fast_as_possible("", server, warm_up, chosen.connections)
    fast, _ = prepare(peers, chosen.events, 1_000_000, server.setup)
    with first_of_all(server, is_wanted=chosen.real_time):
        full = await as_fast_as_possible("", server, fast, chosen.connections)
    # Right before they are asked: of events that are some seconds old the server asks the database.
    steady, _ = prepare(peers, chosen.events, 2_000_000, server.setup)
    with first_of_all(server, is_wanted=chosen.real_time):
        server.process.send_signal(signal.SIGUSR1)
        time.sleep(0.2)  # noqa: ASYNC251 - nothing else is to happen
        half = await at_a_rate(
            "",
            server,
            steady,
            4 * chosen.connections,
            full.per_second / 2,
            # Linux takes the processor away for 50 ms from what had it for 950 by priority.
            stays_awake=not chosen.real_time,
        )
    server.process.send_signal(signal.SIGUSR2)
    time.sleep(1.0)  # noqa: ASYNC251 - as above
    print(f"{full.per_second:.0f} events a second at most, then {half.per_second:.0f}")
    show_quantiles("answers, at the generator", half.latencies)
    show_quantiles("requests sent late", half.lateness)
    show(json.loads(told.read_text()))  # noqa: ASYNC240 - nothing else goes on


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=3_000)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--preset", default="", help="the preset in force, not four filters")
    options.add_argument("--real-time", action="store_true")
    chosen = options.parse_args()
    peers = make_peers()
    setup = Setup("watched", preset=chosen.preset)
    with instrumented_server(_SITE, peers, setup) as (server, told):
        uvloop.run(measure(server, peers, chosen, told))


if __name__ == "__main__":
    main()
