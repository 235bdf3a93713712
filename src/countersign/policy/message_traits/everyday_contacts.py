"""Everyday messages with a contact: small ads, and a contact alone."""

from collections.abc import Callable, Iterable
from typing import Final

from countersign.policy.events import Event
from countersign.policy.text.content import Content
from countersign.policy.text_model.contents import ReadText, read_texts
from countersign.policy.text_model.small_ads import is_bare_contact, is_calm, is_small_ad

MOST_POINTS: Final = 3
"""Maximum points of such a text, and of its contact."""


def is_small_ad_by(event: Event) -> bool:
    """Return True if a message is a small ad; joined messages never are."""
    return not event.is_joined and event.worked_out(is_small_ad_by, _is_small_ad)


def _is_small_ad(event: Event) -> bool:
    return _is_message(event) and _all(is_small_ad, event.read_texts)


def most_everyday_points(event: Event) -> int | None:
    """Return the maximum points of a small ad or a bare contact; None for other messages.

    Of joined messages the last one counts, if no text has a cue of an offer; the points of the text
    model for the earlier ones are added.
    """
    if not _is_message(event):
        return None
    if not event.is_joined:
        is_everyday = is_small_ad_by(event) or _all(is_bare_contact, event.read_texts)
        return MOST_POINTS if is_everyday else None
    recent = event.recent_messages
    if recent is None or not _all(is_calm, event.read_texts):
        return None
    last = Content({"msgtype": "m.text", "body": recent.texts[recent.place]}, event.type)
    if not _all(is_bare_contact, read_texts(last)):
        return None
    return event.read_with(recent.others()).most_text_points + MOST_POINTS


def _is_message(event: Event) -> bool:
    return event.type == "m.room.message"


def _all(is_such: Callable[[str], bool], texts: Iterable[ReadText]) -> bool:
    results = [is_such(each.features.read) for each in texts]
    return bool(results) and all(results)
