"""Quotations: true and invented ones in replies, and ones that people warn of."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.questions.messages import QuotesTruly
from countersign.policy.text_model.warned_quotations import WarnedQuotation, find_warned_quotation

QUOTED_TIMES_MORE: Final = 3
"""Factor for the size of a wave of messages that warn of a quotation."""
_TRULY: Final = QuotesTruly()


def asks_about_quotation(event: Event) -> Iterator[QuotesTruly]:
    """Yield the question `QuotesTruly` about a reply with a quotation."""
    if "m.relates_to" in event.content and event.seen.own:
        yield _TRULY


def without_true_quotation(event: Event, facts: Facts) -> Event:
    """Return an event in which an invented quotation counts as the sender's own text.

    Args:
        event: the event.
        facts: the answer to the question of `asks_about_quotation`.
    """
    if all(facts[each] for each in asks_about_quotation(event)):
        return event
    return event.with_own_quotation


def warned_quotation(event: Event) -> WarnedQuotation | None:
    """Return the quotation that a message warns of or asks about; None if it has none."""
    return event.worked_out(find_warned_quotation, _find_warned)


def warns_of_quotation(event: Event) -> bool:
    """Return True if a message warns of a quotation whose borders are certain."""
    quotation = warned_quotation(event)
    return quotation is not None and quotation.is_clear


def around_quotation(event: Event) -> Event | None:
    """Return a message without a quotation that it warns of or asks about; None without one.

    A filter that gives evidence judges this after a finding on the whole message.
    """
    return event.worked_out(around_quotation, _around)


def _find_warned(event: Event) -> WarnedQuotation | None:
    if event.type != "m.room.message" or event.is_joined:
        return None
    return find_warned_quotation(event.seen)


def _around(event: Event) -> Event | None:
    quotation = warned_quotation(event)
    if quotation is None:
        return None
    return replace(
        event, content={"msgtype": "m.text", "body": quotation.around}, recent_messages=None
    )
