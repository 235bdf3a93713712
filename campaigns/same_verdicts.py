"""Verdicts of several processes, by turns, compared with those of one on the same streams.

    python -m campaigns.same_verdicts --processes 3 [--kinds WORD,WORD] [--seeds 1] [--show]

Every kind of `tests/waves` is a stream. The processes are simulated: each has memory of its own,
and they share a database, counters and broadcasts, which arrive late. All kinds take some twelve
minutes of processor time.
"""

import argparse
import asyncio
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from tests.waves.every_kind import EVERY_KIND, play
from tests.waves.simulated_community import Outcome, Verdict

from campaigns.tables import table
from campaigns.waves import quietly

Difference = tuple[str, bool, str]
"""An event as it was sent, whether several processes refused it, and by which steps."""


class Compared(NamedTuple):
    """One stream: how many events it has, and those with different verdicts."""

    kind: str
    events: int
    abuse: list[Difference]
    honest: list[Difference]


def compare(name: str, seed: int, processes: int) -> Compared:
    """Return the events of one stream whose verdicts differ."""
    quietly()
    one, several = (asyncio.run(play(EVERY_KIND[name], seed, processes=n)) for n in (1, processes))
    differences: tuple[list[Difference], list[Difference]] = ([], [])
    for (sent, was_refused, by_one), (_, is_refused, by_several) in _pairs(one, several):
        if was_refused != is_refused:
            what = f"{sent.at_seconds:.0f} {sent.sender} {sent.content}"[:160]
            labels = ", ".join(by_one if was_refused else by_several)
            differences[sent.is_abuse].append((what, is_refused, labels))
    honest, abuse = differences
    return Compared(name, len(one.verdicts), abuse, honest)


def _pairs(one: Outcome, several: Outcome) -> list[tuple[Verdict, Verdict]]:
    # Who reacts to a refusal sends other events if it is not refused: these have no pair.
    at = {
        (each[0].at_seconds, each[0].sender, str(each[0].content)): each
        for each in several.verdicts
    }
    found = []
    for each in one.verdicts:
        other = at.get((each[0].at_seconds, each[0].sender, str(each[0].content)))
        if other is not None:
            found.append((each, other))
    return found


def main() -> None:
    """Compare, and print where verdicts differ."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--kinds", default="", help="only kinds with one of these words, by commas")
    parser.add_argument("--seeds", type=int, default=1, help="streams of each kind")
    parser.add_argument("--jobs", type=int, default=2, help="streams that are compared at once")
    parser.add_argument("--show", action="store_true", help="show events with different verdicts")
    options = parser.parse_args()
    words = options.kinds.split(",")
    names = [name for name in EVERY_KIND if any(word in name for word in words)]
    runs = [(name, seed, options.processes) for name in names for seed in range(options.seeds)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        compared = []
        for each in pool.map(compare, *zip(*runs, strict=True)):
            compared.append(each)
            print(f"{len(compared)} of {len(runs)}: {each.kind}", file=sys.stderr)
    rows = [
        [
            each.kind,
            each.events,
            *(
                sum(is_refused is refused for _, is_refused, _ in differences)
                for differences in (each.abuse, each.honest)
                for refused in (False, True)
            ),
        ]
        for each in compared
        if each.abuse or each.honest
    ]
    header = ["kind", "events", "abuse signed", "abuse refused", "honest signed"]
    print(table([*header, "honest refused"], rows))
    events = sum(each.events for each in compared)
    differing = sum(len(each.abuse) + len(each.honest) for each in compared)
    print(f"\n{differing} of {events} verdicts differ, in {len(rows)} of {len(runs)} streams.")
    for each in compared if options.show else ():
        for what, is_refused, labels in (*each.abuse, *each.honest):
            print(f"{each.kind}: {'refused' if is_refused else 'signed'} {what} {labels}")


if __name__ == "__main__":
    main()
