"""Links alone in a message, or with little beside them."""

from countersign.policy.events import Event
from countersign.policy.text.prose.words_beside_links import LettersBesideLinks


def is_lone_link(event: Event, max_letters: int) -> bool:
    """Return True if an event has links, and at most so many letters beside them."""
    if not event.seen.links:
        return False
    return event.worked_out(LettersBesideLinks, _letters_beside_links).are_few(max_letters)


def _letters_beside_links(event: Event) -> LettersBesideLinks:
    return LettersBesideLinks({link.target for link in event.seen.links}, event.seen.prose)
