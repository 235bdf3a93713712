"""Cost of each filter: microseconds on ordinary messages, and on the most expensive event.

Usage: python benchmarks/filter_cost.py [filters] [policies] [hostile]

`filters`: each event is new to the filter, and what it shows was read before; `reading` is the
price of that, which all filters share. The least CPU time of many samples counts.

`policies`: whole policies, with reading, asking and judging, in microseconds and in verifications:
the price of one Ed25519 signature of 1.5 kB, measured in turn with them. Of both the lower fifth of
the samples counts, because a processor runs faster for moments. `one text` is the same text in each
event, of which some is remembered; `own words` are other words in each event.

`hostile`: the events of `tests/policy/hostile_events.py`, each in full, in a quarter and in a
twelfth; the most expensive of the three counts.

Code is warm, and events are fresh. Ratios can be compared between machines. Calls of functions are
counted, not measured, and are the same in every run.
"""

import random  # noqa: TID251 - no product code
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from countersign.bootstrap.presets import read_presets
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.form.clock_drift import ClockDrift
from countersign.policy.filters.form.encryption import Encryption
from countersign.policy.filters.form.event_size import EventSize
from countersign.policy.filters.form.event_type import EventType
from countersign.policy.filters.form.media_kind import MediaKind
from countersign.policy.filters.form.shape import Shape
from countersign.policy.filters.form.sticky_event import StickyEvent
from countersign.policy.filters.pace.event_rate import EventRate
from countersign.policy.filters.pace.mention_flood import MentionFlood
from countersign.policy.filters.people.display_name import DisplayName
from countersign.policy.filters.people.reaction import Reaction
from countersign.policy.filters.people.user_id import UserId
from countersign.policy.filters.text.hidden_characters import HiddenCharacters
from countersign.policy.filters.text.inline_image import InlineImage
from countersign.policy.filters.text.keyword import Keyword, Match
from countersign.policy.filters.text.link import KINDS, Link
from countersign.policy.filters.text.look_alike import LookAlike
from countersign.policy.filters.text.text_layout import TextLayout
from countersign.policy.filters.text.text_model import TextModel
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.judging.steps import Step
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.questions.counts import SignedEvents
from countersign.policy.questions.rooms import RoomAlias
from countersign.policy.questions.sender_groups import Per
from countersign.testing.counting import count_calls
from countersign.testing.peers import Peer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.policy.hostile_events import EVENTS as HOSTILE_EVENTS
from tests.policy.hostile_events import body
from tests.policy.quiet_community import decide, make_event

SECONDS_EACH = 0.05
SAMPLES_AT_LEAST = 7
LONG_FROM = 40
# On the machine that the goals were set for, one verification takes 55.5 µs.
GOAL_VERIFICATIONS = 150 / 55.5
GOAL_NEWCOMER_VERIFICATIONS = 3.0
GOAL_MEMBER_VERIFICATIONS = 1.4
GOAL_WORST_VERIFICATIONS = 100

SIZES = {"in full": 1, "a quarter": 4, "a twelfth": 12}
WORDS_OF_HAM = """
    the a of to and you we is it that have this not but they cake coffee tomorrow evening project
    release version server room thanks please maybe really works fine today night build again could
    would should still other people house train
    """.split()  # noqa: SIM905 - a list to be read
HAM = "Shall we meet at eight? I bring the cake, you bring the coffee. " * 14
FORMATTED = "<p>Shall we <b>meet</b> at <a href='https://example.org/8'>eight</a>?</p>" * 12


EVENTS: dict[str, dict[str, Any]] = {
    "1 kB message": body(HAM),
    "1 kB with HTML": {**body(HAM), "formatted_body": FORMATTED},
    "1 kB, not ASCII": body(HAM.replace("a", "ä")),
    "60 kB message": body(HAM * 70),
    **HOSTILE_EVENTS,
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
    "text-model": TextModel(),
    "user-id": UserId(words=("spam",)),
}
ALL = (*FILTERS.values(), Keyword(words=WORDS[:50]), MentionFlood(), MediaKind(kinds=("sticker",)))

FACTS = Facts(
    {
        SignedEvents(Per.SENDER, "@alice:example.org", (), 60): 0,
        RoomAlias("!room:example.org"): None,
    }
)


def read(event: Event) -> Event:
    """Return `event` with everything read that filters look at."""
    seen = event.seen
    _ = (seen.normalized, seen.texts, seen.links, seen.mentions, seen.media, seen.relation)
    return event


def microseconds(
    work: Callable[[Event], object], events: Callable[[], Event], seconds: float = SECONDS_EACH
) -> float:
    """Return the least that `work` took, each time on a new event."""
    least, samples = float("inf"), 0
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or samples < SAMPLES_AT_LEAST:
        event = events()
        started = time.thread_time()
        work(event)
        least = min(least, time.thread_time() - started)
        samples += 1
    return least * 1e6


class Verification:
    """One verification of a signature, to compare with."""

    def __init__(self) -> None:
        peer = Peer("example.org")
        self._message = bytes(1_500)
        self._signature = peer.key.sign(self._message)
        self._verify = peer.key.verify_key.verify

    def seconds(self) -> float:
        """Return the CPU time of one."""
        started = time.thread_time()
        self._verify(self._message, self._signature)
        return time.thread_time() - started


def compare(
    work: Callable[[Event], object], events: Callable[[], Event], seconds: float
) -> tuple[float, float]:
    """Return what `work` takes on a new event, in microseconds and in verifications."""
    verification = Verification()
    samples: list[float] = []
    verifications: list[float] = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(samples) < SAMPLES_AT_LEAST:
        event = events()
        verifications += [verification.seconds() for _ in range(3)]
        started = time.thread_time()
        work(event)
        samples.append(time.thread_time() - started)
    took = lower_fifth(samples)
    return took * 1e6, took / lower_fifth(verifications)


def lower_fifth(samples: list[float]) -> float:
    return sorted(samples)[len(samples) // 5]


def show(name: str, prices: dict[str, float]) -> None:
    worst = max(prices, key=lambda each: prices[each])
    ordinary = "".join(f"{prices[each]:>16,.1f}" for each in list(EVENTS)[:3])
    print(f"{name:<24}{ordinary}{prices[worst]:>12,.0f}  {worst}", flush=True)


def show_filters() -> None:
    print(f"{'µs':<24}" + "".join(f"{each:>16}" for each in list(EVENTS)[:3]) + f"{'worst':>12}")
    reading = {
        name: microseconds(read, lambda content=content: make_event(content))  # type: ignore[misc]
        for name, content in EVENTS.items()
    }
    show("reading", reading)
    for name, judging in FILTERS.items():
        show(name, {event: cost(judging, content) for event, content in EVENTS.items()})


def cost(judging: Filter, content: dict[str, Any]) -> float:
    return microseconds(
        lambda event: judging.judge(event, FACTS), lambda: read(make_event(content))
    )


def show_policies() -> None:
    """Show what whole policies cost on the ordinary message, and what filters add to them."""
    preset = _preset()
    policies = [
        (f"{count} filters", _pipeline_of(ALL[:count]), Trust.NEW) for count in (1, 5, 10, 15, 20)
    ]
    policies.append((f"{len(ALL)} filters", _pipeline_of(ALL), Trust.NEW))
    policies += [(f"newcomer-safe, {each}", preset, each) for each in (Trust.NEW, Trust.MEMBER)]
    print(f"\n{'whole, 1 kB message':<24}{'steps':>8}{'µs':>8}{'verifications':>16}{'calls':>8}")
    for name, pipeline, trust in policies:
        for words, body_of in BODIES.items():
            fresh = partial(_message_by, trust, body_of)
            took, ratio = compare(partial(decide, pipeline), fresh, seconds=0.5)
            steps = len(pipeline.steps_for(fresh()))
            count = count_calls(partial(decide, pipeline, fresh()))
            print(f"{name:<24}{steps:>8}{took:>8.0f}{ratio:>16.2f}{count:>8,}  {words}", flush=True)
    print(f"goal for 25 filters: {GOAL_VERIFICATIONS:.1f} verifications")
    print(
        f"goals for newcomer-safe: {GOAL_NEWCOMER_VERIFICATIONS:.1f} for somebody new, "
        f"{GOAL_MEMBER_VERIFICATIONS:.1f} for a member"
    )


def show_hostile() -> None:
    """Show what the most expensive events cost, each in the size in which it costs most."""
    everything, preset = _pipeline_of(ALL), _preset()
    print(f"\n{'verifications':<24}{'25 filters':>16}{'newcomer-safe':>16}")
    above = []
    for name, content in EVENTS.items():
        worst = {
            size: [
                compare(partial(decide, pipeline), partial(make_event, _cut(content, part)), 0)[1]
                for pipeline in (everything, preset)
            ]
            for size, part in SIZES.items()
        }
        size = max(worst, key=lambda each: worst[each][1])
        print(f"{name:<24}" + "".join(f"{each:>16.1f}" for each in worst[size]), size, flush=True)
        if worst[size][1] > GOAL_WORST_VERIFICATIONS:
            above.append(name)
    print(f"goal: {GOAL_WORST_VERIFICATIONS} verifications at most; with newcomer-safe above it:")
    print(f"{len(above)} of {len(EVENTS)}: {', '.join(above) or 'none'}")


def _preset() -> Pipeline:
    return parse_policy(b"preset: newcomer-safe\n", BUILTIN_FILTERS, read_presets()).pipeline


def _cut(value: Any, part: int) -> Any:
    """Return content with one part in so many of its long texts and lists."""
    if isinstance(value, str):
        return value[: len(value) // part] if len(value) > LONG_FROM else value
    if isinstance(value, list):
        kept = value[: len(value) // part] if len(value) > LONG_FROM else value
        return [_cut(each, part) for each in kept]
    if isinstance(value, dict):
        return {key: _cut(each, part) for key, each in value.items()}
    return value


def _pipeline_of(filters: Iterable[Filter]) -> Pipeline:
    return Pipeline(steps=tuple(Step(filter=each) for each in filters))


def _message_by(trust: Trust, body_of: Callable[[], str]) -> Event:
    standing = Standing(level=trust, because="it is measured")
    return replace(make_event(body(body_of())), standing=standing)


def _own_words() -> str:
    return " ".join(random.choices(WORDS_OF_HAM, k=len(HAM)))[: len(HAM)]


def _own_words_and_a_number() -> str:
    return f"{_own_words()} room {random.randrange(100)}"


BODIES: dict[str, Callable[[], str]] = {
    "one text": lambda: HAM,
    "own words": _own_words,
    "and a number": _own_words_and_a_number,
}
"""Messages of 1 kB: the same each time, other words each time, and what a digit adds to that."""


PARTS = {"filters": show_filters, "policies": show_policies, "hostile": show_hostile}


def main() -> None:
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
