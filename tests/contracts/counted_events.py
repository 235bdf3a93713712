"""Events and questions by which contract suites ask counters."""

from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import Final, TypeAlias

from countersign.policy.text.minhash import MinHash, minhash_of
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Counters,
    Namespace,
    RecentMembers,
    SameThing,
    Settlement,
    SimilarText,
    Total,
)

OpenCounters: TypeAlias = Callable[[], Counters]
LetPass: TypeAlias = Callable[[float], Awaitable[None]]

ALICE, BOB, ROOM = "@alice:example.org", "@bob:example.com", "!room:example.org"
MINUTE_MS: Final = 60_000
RATE: Final = Count(Namespace.EVENTS, ("room", ROOM), MINUTE_MS)
REFUSALS: Final = Count(Namespace.REFUSALS, (ALICE,), MINUTE_MS, on=Settlement.REFUSED)
LINK: Final = SameThing(b"l" * 16, MINUTE_MS)
SENTENCE: Final = "come and join our new group and win a lot of money with very little work at home"
MEMBERS: Final = RecentMembers(ROOM, MINUTE_MS, 3, is_added=True, is_listed=True)


def minhash_of_long(text: str) -> MinHash:
    """Return the minhash of a text that is long enough to have one.

    Raises:
        ValueError: it is too short.
    """
    drawn = minhash_of(text)
    if drawn is None:
        raise ValueError(f"nothing can be compared in {text!r}")
    return drawn


TEXT: Final = SimilarText(minhash_of_long(SENTENCE), 60, MINUTE_MS)


def make_event(
    name: str, sender: str = ALICE, *, room_id: str = ROOM, community: str = "default"
) -> CountedEvent:
    """Return an event whose decision's key is made of `name`."""
    return CountedEvent(blake2b(name.encode(), digest_size=32).digest(), community, sender, room_id)


async def ask(counters: Counters, event: CountedEvent, question: CounterQuestion) -> CounterAnswer:
    """Ask one question about an event, and reserve what it adds."""
    (answer,) = await counters.reserve(event, [question])
    return answer


async def look(
    counters: Counters, question: CounterQuestion, sender: str = ALICE, community: str = "default"
) -> CounterAnswer:
    """Ask one question, and cancel the reservation."""
    event = make_event("looks", sender, room_id="!looks:example.org", community=community)
    answer = await ask(counters, event, question)
    counters.cancel(event.key)
    return answer


async def units(
    counters: Counters, question: Count, sender: str = ALICE, community: str = "default"
) -> int:
    """Return the units of a counter for an event of `sender`."""
    answer = await look(counters, question, sender, community)
    return answer.units if isinstance(answer, Total) else -1


async def count(
    counters: Counters, event: CountedEvent, *questions: CounterQuestion, settlement: Settlement
) -> None:
    """Have an event counted."""
    await counters.reserve(event, questions)
    counters.settle(event.key, settlement)
