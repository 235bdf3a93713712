"""Quotations in replies: true ones, and ones that nobody wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.questions import Question


@dataclass(frozen=True, slots=True)
class QuotesTruly(Question[bool]):
    """Question for the truth of a quotation: is all of it said in the event that is answered?

    False also of an event that is not remembered: nobody knows then what it says.
    """


_TRULY: Final = QuotesTruly()


def asks_about_quotation(event: Event) -> Iterator[QuotesTruly]:
    """Yield the question of filters that leave out what a reply quotes; nothing of most events."""
    if "m.relates_to" in event.content and event.seen.own:
        yield _TRULY


def without_true_quotation(event: Event, facts: Facts) -> Event:
    """Return an event whose sender's own words are all but what it quotes truly.

    Args:
        event: the event.
        facts: the answer to what `asks_about_quotation` yields.
    """
    if all(facts[each] for each in asks_about_quotation(event)):
        return event
    return event.with_own_quotation
