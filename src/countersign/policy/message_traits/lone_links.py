"""Links with little text beside them."""

from typing import Final

from countersign.policy.events import Event
from countersign.policy.text.prose.words_beside_links import LettersBesideLinks

_ANNOUNCING: Final = (":", "\uff1a")


def is_lone_link(event: Event, max_letters: int) -> bool:
    """Return True if an event has links, and at most `max_letters` letters beside them.

    The sender's message before it counts too if it announces them, for example ends with a colon.
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
