"""Crockford's base32: letters and digits that people can read to each other over the telephone."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_CHARS: Final = 10
_BITS_EACH: Final = 5


def reference_of(key: bytes) -> str:
    """Return the short name of a key of 8 bytes or more, by its beginning: `7F3K9-QX2MB`."""
    bits = int.from_bytes(key[:8], "big") >> (64 - _REFERENCE_CHARS * _BITS_EACH)
    digits = (
        ALPHABET[bits >> shift & 31]
        for shift in range(_BITS_EACH * (_REFERENCE_CHARS - 1), -1, -_BITS_EACH)
    )
    text = "".join(digits)
    return f"{text[:5]}-{text[5:]}"
