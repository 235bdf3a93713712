"""Harmless texts with words of fraud: talk about it, output and faults of programs, job offers."""

from typing import Final

from countersign.policy.events import Event
from countersign.policy.message_traits.every_indicator import every_indicator
from countersign.policy.text.offers.cues import Cue, cues_in, plain
from countersign.policy.text.prose.program_output import reports_fault, shows_output
from countersign.policy.text_model.contents import MAX_TEXTS
from countersign.policy.text_model.fraud_talk import speaks_of_fraud
from countersign.policy.text_model.job_offers import is_formal_offer

_NOT_IN_A_REPORT: Final = (
    Cue.PRIVATE | Cue.SECRET | Cue.PRAISE | Cue.TROUBLE | Cue.HAND_OVER | Cue.AUTHORITY
)
"""Cues of fraudulent support, and of recommendations."""
_OF_AN_OFFER: Final = (
    Cue.GAIN | Cue.EASE | Cue.WARE | Cue.STRONG_WARE | Cue.CALL | Cue.ASSET | Cue.ACCOUNT
)
_MAX_CUES_IN_A_REPORT: Final = 2
"""A request for help with a trading bot holds one word of a fraud, or two."""


def is_harmless_talk(event: Event) -> bool:
    """Return True if an event has no contact, and talks about fraud or about a program.

    That is: it shows a program's output, or reports a fault of one. So are several messages that
    are read together and have no link. A formal job offer may have an address of the employer.
    """
    is_harmless = speaks_of_fraud(event.seen) or _shows_output(event) or _reports_fault(event)
    if not is_harmless and not event.is_joined:
        targets = [link.target for link in event.seen.links]
        return is_formal_offer(event.seen.normalized, event.indicators, targets)
    if any(each.kind.is_contact for each in every_indicator(event)):
        return False
    return is_harmless or not (every_indicator(event) or event.seen.links)


def _shows_output(event: Event) -> bool:
    return any(shows_output(text.raw) for text in event.seen.texts[:MAX_TEXTS])


def _reports_fault(event: Event) -> bool:
    """Return True if a text reports a fault of a program, and holds few cues of an offer."""
    if not reports_fault(event.seen.normalized):
        return False
    cues = cues_in(plain(event.seen.normalized)).cues
    few = (cues & _OF_AN_OFFER).bit_count() <= _MAX_CUES_IN_A_REPORT
    return few and not cues & _NOT_IN_A_REPORT
