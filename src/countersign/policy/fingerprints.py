"""Fingerprint: by which the same words of the same person are known when they are sent again."""

from hashlib import sha256
from typing import Final

from countersign.policy.events import Event
from countersign.protocol.canonical_json import encode_canonical

_CHARS: Final = 32


def fingerprint(event: Event) -> str:
    """Return 32 hex digits that two events share if people would call them the same message.

    What people see counts: the texts, normalised, and the media. A client that sends again what was
    refused makes a new event, with another ID and another time, and these do not count. An event
    that shows nothing, or of which only the beginning is read, is known by all of its content.
    """
    seen = event.seen
    media = "\0".join(sorted(item.uri for item in seen.media))
    shown = f"{event.type}\0{event.state_key}\0{seen.normalized}\0{media}"
    if event.is_read_in_part or not (seen.normalized or media):
        return _digest(shown.encode() + encode_canonical(event.content, strict=False))
    return _digest(shown.encode())


def _digest(shown: bytes) -> str:
    return sha256(shown).hexdigest()[:_CHARS]
