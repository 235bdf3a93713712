"""Measured costs of the capacity model, checked by simulated traffic and written to the docs.

Usage: python benchmarks/capacity_docs.py [--events 1000] [--only-model]

Runs `capacity_costs.py` and `python -m campaigns.capacity`, some minutes on a machine that has
nothing else to do, and replaces what stands between the marks in docs/capacity.md. With
`--only-model` nothing is measured: the document gets what follows from capacity_costs.json.
"""

import argparse
import json
import re
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import capacity_costs  # noqa: E402
from benchmarks.capacity import BUSY, COSTS_FILE, Costs, Traffic, explain, need, read_costs, table  # noqa: E402  # noqa: E402

if TYPE_CHECKING:
    from campaigns.capacity import Phase

DOCUMENT: Final = ROOT / "docs" / "capacity.md"
VERIFY_US: Final = 100.0
"""Processors of the machines in the documented examples."""
LINE_CHARS: Final = 138
LARGEST: Final = Traffic(messages_per_second=350, rooms=5_000, people_per_room=500, servers=20)
_COSTS: Final = (
    ("a new event: processor time of a process", "{fresh} verifications"),
    ("a repeat", "{repeat} verifications"),
    ("an event that another server asks about while it is decided", "{together} verifications"),
    ("an event that comes by `/send` alone", "{heard} verifications"),
    ("a join that is decided", "{joined} verifications"),
    ("a join that comes by `/send`", "{followed} verifications"),
    ("a raid's message, which is refused", "{raid} verifications"),
    ("a process without requests, each second", "{idle} verifications"),
    ("a new event: processor time of PostgreSQL", "{database_fresh} verifications"),
    ("a new event: processor time of Valkey", "{counters_fresh} verifications"),
    (
        "a join that comes by `/send`: processor time of PostgreSQL",
        "{database_followed} verifications",
    ),
    ("a raid's message: processor time of PostgreSQL", "{database_raid} verifications"),
    ("a raid's message: processor time of Valkey", "{counters_raid} verifications"),
    (
        "a new event: rows and bytes in PostgreSQL",
        "{database_rows} rows, {database_bytes} bytes with indexes",
    ),
    ("a new event: PostgreSQL's write-ahead log", "{log_bytes} bytes"),
    ("a new event: memory of Valkey until it expires", "{counters_bytes} bytes"),
    ("memory of a process, at most, with 2,000 people", "{process_mb} MB"),
    ("a room more: memory of each process", "{room_kb} kB"),
    ("a person more in a room: memory of each process", "{person_kb} kB"),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=1_000)
    options.add_argument("--only-model", action="store_true", help="measure nothing")
    chosen = options.parse_args()
    parts: dict[str, str] = {}
    wrong = 0
    if not chosen.only_model:
        capacity_costs.write_costs(chosen.events, COSTS_FILE)
        parts["simulated"], wrong = simulate(chosen.events)
    parts |= model_parts()
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(), parts))
    return int(bool(wrong))


def model_parts() -> dict[str, str]:
    """Return the parts of the document that follow from the file of costs."""
    written = json.loads(COSTS_FILE.read_text())
    costs, verify_us = read_costs()
    return {
        "costs": costs_table(written["costs"]),
        "measured": how_measured(written, verify_us),
        "processes": table(Traffic(messages_per_second=0), costs, VERIFY_US, BUSY),
        "largest": largest(costs),
    }


def with_parts(document: str, parts: Mapping[str, str]) -> str:
    """Return the document with other texts between the marks of some parts.

    Raises:
        ValueError: it has no marks of a part.
    """
    for name, text in parts.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        if mark.search(document) is None:
            raise ValueError(f"the document has no place for {name!r}")
        document = mark.sub(lambda found, text=text: f"{found[1]}{text}{found[2]}", document)
    return document


def costs_table(costs: Mapping[str, float]) -> str:
    """Return the costs as a table in Markdown."""
    shown = {name: f"{value:,.10g}" for name, value in costs.items()}
    rows = [f"| {what} | {cost.format(**shown)} |" for what, cost in _COSTS]
    return "\n".join(["| what | cost |", "|---|---:|", *rows])


def how_measured(written: Mapping[str, Any], verify_us: float) -> str:
    """Return how the costs were measured, as a sentence."""
    return _wrapped(
        f"The command was `{written['command']}` on {written['date']}, at a load of"
        f" {written['load']} on {written['processors']} processors, where a verification took"
        f" {verify_us:.0f} µs."
    )


def largest(costs: Costs) -> str:
    """Return what the largest public instance needs, as the command prints it."""
    needed = explain(LARGEST, need(LARGEST, costs, VERIFY_US))
    used = f"One verification takes {VERIFY_US:.0f} µs; {BUSY:.0%} of each processor is used."
    return f"```text\n{used}\n{needed}\n```"


def simulate(events: int) -> tuple[str, int]:
    """Run the campaign; return its part of the document, and how many answers were wrong."""
    from campaigns.capacity import HEADER, row, run

    load = capacity_costs.load_now()
    phases, wrong, start_seconds = run(servers=300, events=events, raiders=50, workers=2)
    contradicted = sum(len(phase.told.contradicted) for phase in phases)
    told = (
        f"`python -m campaigns.capacity --events {events}` on {capacity_costs.today()}, at a load"
        f" of {load} before it began:"
    )
    rows = [row(phase) for phase in phases]
    ending = conclusion(phases, contradicted + wrong, start_seconds)
    return "\n".join([told, "", HEADER, *rows, "", ending]), contradicted + wrong


def conclusion(phases: Sequence["Phase"], wrong: int, start_seconds: float) -> str:
    """Return what follows from the phases of the campaign, in sentences."""
    ratios = [each.measured / each.predicted for each in phases if each.measured is not None]
    troubled = [each for each in phases if each.measured is None]
    late = ", ".join(
        f"{each.told.late} of {sum(each.told.statuses.values()) + each.told.late:,}"
        f" in the phase «{each.name}»"
        for each in troubled
    )
    return _wrapped(
        f"{wrong or 'No'} answers were contradicted, lost or changed. The measured processor time"
        f" was {min(ratios):.2f} to {max(ratios):.2f} times what the model predicts. Questions"
        f" without an answer within five seconds: {late}. After the restart of everything the"
        f" server was ready in {start_seconds:.1f} s."
    )


def _wrapped(sentences: str) -> str:
    return textwrap.fill(sentences, LINE_CHARS, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    sys.exit(main())
