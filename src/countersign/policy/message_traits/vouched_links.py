"""Links that other members vouch for, because they posted them or their domains before."""

from collections.abc import Iterator
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.questions.indicators import IndicatorFacts, IndicatorsSeen
from countersign.policy.text.indicators.kinds import MAX_INDICATORS, Indicator

_INDICATORS: Final = IndicatorsSeen(per_seconds=DAY_MS // 1000)


def asks_if_vouched(event: Event) -> Iterator[IndicatorsSeen]:
    """Yield the question about an event's indicators if it may have links that members posted."""
    if event.seen.links and not event.is_joined and not event.seen.disguised_links:
        yield _INDICATORS


def is_vouched(event: Event, facts: Facts) -> bool:
    """Return True if members vouch for all links, contacts and names of domains in an event.

    Of an event with many of them some are not looked up: nobody vouches for it.
    """
    if not event.indicators or not facts.has(_INDICATORS):
        return False
    if max(len(event.indicators), len(event.seen.links)) >= MAX_INDICATORS:
        return False
    vouched = facts.view("vouched indicators", lambda: _vouched_in(facts[_INDICATORS]))
    if not vouched.issuperset(event.indicators):
        return False
    hosts = {each.host for each in vouched}
    bare = event.seen.bare_addresses
    return bare is not None and all(each.host.removeprefix("www.") in hosts for each in bare)


def _vouched_in(known: tuple[IndicatorFacts, ...]) -> frozenset[Indicator]:
    return frozenset([each.indicator for each in known if each.is_vouched and each.bad is None])
