"""Fingerprints, by which the same text of the same sender is recognised when sent again."""

from hashlib import sha256
from typing import Final

from countersign.policy.events import Event
from countersign.protocol.canonical_json import encode_canonical

_CHARS: Final = 32


def fingerprint(event: Event) -> str:
    """Return 32 hex digits that are equal for events with the same visible content.

    They follow from the type, the normalised texts and the media, not from event ID and time, which
    differ when a client sends a text again. For an event without visible content, or of which only
    the beginning is read, they follow from the whole content.
    """
    seen = event.seen
    media = "\0".join(sorted(item.uri for item in seen.media))
    source = f"{event.type}\0{event.state_key}\0{seen.normalized}\0{media}"
    if event.is_read_in_part or not (seen.normalized or media):
        return _digest(source.encode() + encode_canonical(event.content, strict=False))
    return _digest(source.encode())


def _digest(source: bytes) -> str:
    return sha256(source).hexdigest()[:_CHARS]
