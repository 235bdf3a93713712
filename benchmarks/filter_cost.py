"""What each filter costs: microseconds on an ordinary message and on events made to be slow.

Each event is new to the filter, so that reading its content is part of the price of the first
filter that looks at it; `reading` is that price alone.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from countersign.policy.builtin.event_rate import EventRate
from countersign.policy.builtin.event_size import EventSize
from countersign.policy.builtin.keyword import Keyword, Match
from countersign.policy.builtin.mention_flood import MentionFlood
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters import Filter
from countersign.policy.questions import Per, SignedEvents

SECONDS_EACH = 0.15
CHARACTERS = 60_000

HAM = "Shall we meet at eight? I bring the cake, you bring the coffee. " * 14
FORMATTED = "<p>Shall we <b>meet</b> at <a href='https://example.org/8'>eight</a>?</p>" * 12


def make_event(content: dict[str, Any]) -> Event:
    return Event(
        type="m.room.message",
        sender="@alice:example.org",
        server="example.org",
        room_id="!room:example.org",
        state_key=None,
        content=content,
        origin_server_ts=0,
        size_bytes=1_000,
    )


def body(text: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": text[:CHARACTERS]}


def formatted(text: str) -> dict[str, Any]:
    return {**body("x"), "formatted_body": text[:CHARACTERS]}


EVENTS: dict[str, dict[str, Any]] = {
    "1 kB message": body(HAM),
    "1 kB with HTML": {**body(HAM), "formatted_body": FORMATTED},
    "1 kB, not ASCII": body(HAM.replace("a", "ä")),
    "60 kB message": body(HAM * 70),
    "15,000 strings": {"list": [f"{number:x}" for number in range(15_000)]},
    "marks in disorder": body("a" + "\u0315\u0300" * CHARACTERS),
    "swelling letters": body("\ufdfa" * 20_000),
    "emoji": body("\U0001f600" * 15_000),
    "brackets": formatted("<p" * CHARACTERS),
    "misnested tags": formatted("<a><b>" * CHARACTERS),
    "references": formatted("&#1" * CHARACTERS),
    "links": body("https://a.example/ " * 3_000),
    "user IDs": body("@a:b " * 12_000),
    "at signs": body("@" * CHARACTERS),
    "near words": body("spam word 99999" * 4_000),
}

FILTERS: dict[str, Filter | None] = {
    "reading": None,
    "keyword, 10 words": Keyword(words=tuple(f"spam word {n}" for n in range(10))),
    "keyword, 10,000": Keyword(words=tuple(f"spam word {n}x" for n in range(10_000))),
    "keyword, whole": Keyword(
        words=tuple(f"spam word {n}x" for n in range(10_000)), match=Match.WORD
    ),
    "keyword, 20 patterns": Keyword(patterns=tuple(f"x[xab]{{20}}y{n}" for n in range(20))),
    "mention-flood": MentionFlood(max_users=1_000_000),
    "event-size": EventSize(),
    "event-rate": EventRate(),
}

FACTS = Facts({SignedEvents(Per.SENDER, "@alice:example.org", (), 60): 0})


def microseconds(work: Callable[[], object]) -> float:
    samples: list[float] = []
    deadline = time.perf_counter() + SECONDS_EACH
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        work()
        samples.append(time.perf_counter() - started)
    return statistics.median(samples) * 1e6


def cost(judging: Filter | None, content: dict[str, Any]) -> float:
    if judging is None:
        return microseconds(lambda: make_event(content).seen.normalized)
    return microseconds(lambda: judging.judge(make_event(content), FACTS))


def main() -> None:
    width = max(map(len, FILTERS)) + 2
    print("µs".ljust(20) + "".join(name.rjust(width) for name in FILTERS))
    for name, content in EVENTS.items():
        prices = (f"{cost(judging, content):,.1f}".rjust(width) for judging in FILTERS.values())
        print(name.ljust(20) + "".join(prices))


if __name__ == "__main__":
    main()
