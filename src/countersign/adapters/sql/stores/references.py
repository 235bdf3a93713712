"""References to decisions, translated into ranges of keys."""

from typing import Final, NamedTuple

from countersign.basics.crockford import ALPHABET
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson

_CROCKFORD: Final = {character: value for value, character in enumerate(ALPHABET)} | {
    "O": 0,
    "I": 1,
    "L": 1,
}
_REFERENCE_LENGTH: Final = 10
_CHARACTER_BITS: Final = 5
_KEY_BYTES: Final = 32
_KEY_BITS: Final = _KEY_BYTES * 8


class KeyRange(NamedTuple):
    """The keys from `first` to `last`, both included."""

    first: bytes
    last: bytes


def find_key_range(reference: str) -> KeyRange | None:
    """Return the keys that `reference` can mean; None if it cannot be a reference.

    Args:
        reference: a short reference in either case, with or without dash; a key in hex; or an
            event ID that is a hash of the event.
    """
    key = _key_of_event_id(reference) if reference.startswith("$") else _key_of_hex(reference)
    return _range_of_short(reference) if key is None else KeyRange(key, key)


def _key_of_event_id(event_id: str) -> bytes | None:
    try:
        return _key_or_none(unpadded_base64.decode(event_id.removeprefix("$")))
    except BadJson:
        return None


def _key_of_hex(reference: str) -> bytes | None:
    try:
        return _key_or_none(bytes.fromhex(reference))
    except ValueError:
        return None


def _key_or_none(key: bytes) -> bytes | None:
    return key if len(key) == _KEY_BYTES else None


def _range_of_short(reference: str) -> KeyRange | None:
    values = [_CROCKFORD.get(character) for character in reference.upper().replace("-", "")]
    if len(values) != _REFERENCE_LENGTH or None in values:
        return None
    prefix = 0
    for value in values:
        prefix = prefix << _CHARACTER_BITS | (value or 0)
    rest_bits = _KEY_BITS - _REFERENCE_LENGTH * _CHARACTER_BITS
    first = prefix << rest_bits
    last = first | (1 << rest_bits) - 1
    return KeyRange(first.to_bytes(_KEY_BYTES), last.to_bytes(_KEY_BYTES))
