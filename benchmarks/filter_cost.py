"""What each filter costs: microseconds on an ordinary message and on events made to be slow.

Each event is new to the filter, and what it shows was read before; `reading` is the price of that,
which all filters share. The last rows are whole policies, reading included.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

from countersign.policy.builtin.clock_drift import ClockDrift
from countersign.policy.builtin.display_name import DisplayName
from countersign.policy.builtin.encryption import Encryption
from countersign.policy.builtin.event_rate import EventRate
from countersign.policy.builtin.event_size import EventSize
from countersign.policy.builtin.event_type import EventType
from countersign.policy.builtin.hidden_characters import HiddenCharacters
from countersign.policy.builtin.inline_image import InlineImage
from countersign.policy.builtin.keyword import Keyword, Match
from countersign.policy.builtin.link import KINDS, Link
from countersign.policy.builtin.look_alike import LookAlike
from countersign.policy.builtin.media_kind import MediaKind
from countersign.policy.builtin.mention_flood import MentionFlood
from countersign.policy.builtin.reaction import Reaction
from countersign.policy.builtin.shape import Shape
from countersign.policy.builtin.sticky_event import StickyEvent
from countersign.policy.builtin.text_layout import TextLayout
from countersign.policy.builtin.user_id import UserId
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters import Filter
from countersign.policy.pipeline import Pipeline, Step
from countersign.policy.questions import Per, SignedEvents

SECONDS_EACH = 0.05
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
        received_ts=1,
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
    "many links": body(" ".join(f"https://a{n}.example/x" for n in range(3_000))),
    "labelled links": formatted(
        "".join(f'<a href="https://{n}.example">b{n}.example</a>' for n in range(1_500))
    ),
    "words with dots": body(" ".join(f"a{n}.b" for n in range(9_000))),
    "images": formatted("<img data-mx-emoticon height=32 src='mxc://a/b'>" * 1_500),
    "mentions": {**body("x"), "m.mentions": {"user_ids": ["@a:b"] * 7_000}},
    "user IDs": body("@a:b " * 12_000),
    "at signs": body("@" * CHARACTERS),
    "near words": body("spam word 99999" * 4_000),
}

WORDS = tuple(f"spam word {n}x" for n in range(100_000))
FILTERS: dict[str, Filter] = {
    "clock-drift": ClockDrift(),
    "display-name": DisplayName(),
    "encryption": Encryption(),
    "event-rate": EventRate(),
    "event-size": EventSize(),
    "event-type": EventType(deny=("m.call.*",), deny_message_types=("m.location",)),
    "hidden-characters": HiddenCharacters(),
    "inline-image": InlineImage(max_images=10_000),
    "keyword, 10 words": Keyword(words=WORDS[:10]),
    "keyword, 100,000 words": Keyword(words=WORDS),
    "keyword, whole words": Keyword(words=WORDS[:10_000], match=Match.WORD),
    "keyword, 20 patterns": Keyword(patterns=tuple(f"x[xab]{{20}}y{n}" for n in range(20))),
    "link": Link(),
    "link, with everything": Link(
        deny=("spam.example", "*.foo.*"), kinds=KINDS, protect=("bank.example",), also_bare=True
    ),
    "look-alike": LookAlike(words=WORDS[:1_000]),
    "media-kind": MediaKind(kinds=("video",), max_bytes=1_000),
    "mention-flood": MentionFlood(max_users=1_000),
    "reaction": Reaction(),
    "shape": Shape(),
    "sticky-event": StickyEvent(),
    "text-layout": TextLayout(max_density_percent=99),
    "user-id": UserId(words=("spam",)),
}
ALL = (*FILTERS.values(), Keyword(words=WORDS[:50]), MentionFlood(), MediaKind(kinds=("sticker",)))

FACTS = Facts({SignedEvents(Per.SENDER, "@alice:example.org", (), 60): 0})


def read(event: Event) -> Event:
    """Return `event` with everything read that filters look at."""
    seen = event.seen
    _ = (seen.normalized, seen.texts, seen.links, seen.mentions, seen.media, seen.relation)
    return event


def microseconds(work: Callable[[Event], object], events: Callable[[], Event]) -> float:
    samples: list[float] = []
    deadline = time.perf_counter() + SECONDS_EACH
    while time.perf_counter() < deadline or len(samples) < 5:
        event = events()
        started = time.perf_counter()
        work(event)
        samples.append(time.perf_counter() - started)
    return statistics.median(samples) * 1e6


def price_of(filters: Iterable[Filter], content: dict[str, Any]) -> float:
    """Return what a policy of these filters costs, reading included."""
    pipeline = Pipeline(steps=tuple(Step(filter=each) for each in filters))
    return microseconds(
        lambda event: pipeline.judge(event, FACTS, "benchmark"), lambda: make_event(content)
    )


def show(name: str, prices: dict[str, float]) -> None:
    worst = max(prices, key=lambda each: prices[each])
    ordinary = "".join(f"{prices[each]:>16,.1f}" for each in list(EVENTS)[:3])
    print(f"{name:<24}{ordinary}{prices[worst]:>12,.0f}  {worst}", flush=True)


def main() -> None:
    print(f"{'µs':<24}" + "".join(f"{each:>16}" for each in list(EVENTS)[:3]) + f"{'worst':>12}")
    reading = {
        name: microseconds(read, lambda content=content: make_event(content))  # type: ignore[misc]
        for name, content in EVENTS.items()
    }
    show("reading", reading)
    for name, judging in FILTERS.items():
        show(name, {event: cost(judging, content) for event, content in EVENTS.items()})
    show("event-size alone", {n: price_of([EventSize()], content) for n, content in EVENTS.items()})
    show(f"{len(ALL)} filters", {n: price_of(ALL, content) for n, content in EVENTS.items()})


def cost(judging: Filter, content: dict[str, Any]) -> float:
    return microseconds(
        lambda event: judging.judge(event, FACTS), lambda: read(make_event(content))
    )


if __name__ == "__main__":
    main()
