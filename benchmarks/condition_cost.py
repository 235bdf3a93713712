"""Cost of conditions: the longest time of each, over events built to be slow.

    .venv/bin/python benchmarks/condition_cost.py [--json]

For every condition of `tests/policy/filters/cel/hostile_conditions.py` that a policy takes: the
cost that was worked out when it was read, as a share of what one condition may cost, and the
longest that one evaluation took over all contents there, the best of three. Last comes how long a
hostile condition takes to be refused.
"""

import argparse
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.policy.filters.cel.hostile_conditions import REFUSED, TAKEN, hostile_contents

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.cel.conditions import (
    Condition,
    ConditionInvalid,
    ConditionTooCostly,
)
from countersign.policy.filters.cel.costs import MAX_COST
from countersign.policy.questions.raids import RaidUnderWay

SAMPLES = 3
FACTS = Facts({RaidUnderWay(): None})


def make_event(content: dict[str, Any]) -> Event:
    return Event(
        type="m.room.message",
        sender="@alice:example.org",
        server="example.org",
        room_id="!room:example.org",
        state_key=None,
        content=content,
        origin_server_ts=0,
        received_ts=1,
        size_bytes=60_000,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    is_json = parser.parse_args().json
    events = [make_event(content) for content in hostile_contents()]
    for event in events:
        len(event.seen.normalized), event.seen.links, event.seen.mentions  # read beforehand
    taken = sorted(
        (measure(source, events) for source in TAKEN), key=lambda each: -each["worst_ms"]
    )
    refusals = [measure_refusal(source) for source in REFUSED]
    if is_json:
        print(json.dumps({"taken": taken, "slowest_refusal_ms": max(refusals)}))
        return
    print(f"{'worst':>9} {'cost':>6}  condition")
    for each in taken:
        print(f"{each['worst_ms']:6.2f} ms {each['cost']:6.1%}  {each['condition'][:90]}")
    print(f"{len(refusals)} hostile conditions are refused, in {max(refusals):.1f} ms at most.")


def measure(source: str, events: list[Event]) -> dict[str, Any]:
    condition = Condition(source)
    worst = max(min(timed(condition, event) for _ in range(SAMPLES)) for event in events)
    return {"condition": source, "cost": condition.cost / MAX_COST, "worst_ms": worst}


def timed(condition: Condition, event: Event) -> float:
    start = time.perf_counter()
    with suppress(ConditionTooCostly):  # that ends it, and takes time too
        condition.holds(event, FACTS)
    return (time.perf_counter() - start) * 1_000


def measure_refusal(source: str) -> float:
    start = time.perf_counter()
    try:
        Condition(source)
    except ConditionInvalid:
        return (time.perf_counter() - start) * 1_000
    raise AssertionError(f"taken: {source}")


if __name__ == "__main__":
    main()
