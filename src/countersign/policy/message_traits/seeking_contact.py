"""Messages that seek contact: in private, in a messenger, or by a request for a secret."""

from typing import Final

from countersign.policy.events import Event
from countersign.policy.text.offers.cues import Cue, claims_authority, leading_cues_in, plain

_SEEKING: Final = Cue.PRIVATE | Cue.SECRET


def seeks_contact(event: Event) -> bool:
    """Return True if a message has a contact, invites to a private talk, or names a secret or role.

    A link is no contact.
    """
    return event.type != "m.room.member" and event.worked_out(seeks_contact, _seeks)


def _seeks(event: Event) -> bool:
    if any(each.kind.is_contact for each in event.indicators):
        return True
    return any(_asks(plain(text.features.read)) for text in event.read_texts)


def _asks(text: str) -> bool:
    led = leading_cues_in(text)
    return bool(led.cues & _SEEKING) or claims_authority(text, led)
