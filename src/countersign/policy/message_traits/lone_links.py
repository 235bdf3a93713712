"""Links alone in a message, or with little beside them."""

from typing import Final

from countersign.policy.events import Event
from countersign.policy.text.prose.words_beside_links import LettersBesideLinks

_ANNOUNCING: Final = (":", "\uff1a")


def is_lone_link(event: Event, max_letters: int) -> bool:
    """Return True if an event has links, and at most so many letters beside them.

    What its sender wrote just before counts too if it announces them, as by a colon at its end.
    """
    if not event.seen.links:
        return False
    if not event.worked_out(LettersBesideLinks, _letters_beside_links).are_few(max_letters):
        return False
    recent = event.recent_messages
    if recent is None or event.is_joined or not recent.place:
        return True
    before = recent.texts[recent.place - 1]
    return not before.endswith(_ANNOUNCING) or sum(map(str.isalpha, before)) <= max_letters


def _letters_beside_links(event: Event) -> LettersBesideLinks:
    return LettersBesideLinks({link.target for link in event.seen.links}, event.seen.prose)
