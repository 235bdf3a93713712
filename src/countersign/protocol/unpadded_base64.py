"""Unpadded base64, in both alphabets, as Matrix writes bytes into JSON.

Spec: https://spec.matrix.org/v1.18/appendices/#unpadded-base64
"""

from binascii import a2b_base64, b2a_base64
from typing import Final

from countersign.protocol.errors import BadJson

_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = ("", "===", "==", "=")


def encode(data: bytes) -> str:
    """Write `data` in the standard alphabet (`+` and `/`), without `=`."""
    return b2a_base64(data, newline=False).rstrip(b"=").decode("ascii")


def encode_url_safe(data: bytes) -> str:
    """Write `data` in the URL-safe alphabet (`-` and `_`), without `=`."""
    return b2a_base64(data, newline=False).translate(_TO_URL_SAFE, b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Read base64 in either alphabet, padded or not.

    The unused bits of the last character may be set, as they are in the spec's own test vectors.
    Two texts can therefore encode the same bytes: compare bytes, never texts.

    Raises:
        BadJson: there is anything in the text that is not base64, white space too.
    """
    if text[-1:] != "=":
        try:  # nearly all is written so
            return a2b_base64(text + _PADDING[len(text) % 4], strict_mode=True)
        except ValueError:
            pass
    unpadded = text.rstrip("=").replace("-", "+").replace("_", "/")
    padding = "=" * (-len(unpadded) % 4)
    if len(text) not in (len(unpadded), len(unpadded) + len(padding)):
        raise BadJson("The text is not base64.")
    try:
        return a2b_base64(unpadded + padding, strict_mode=True)
    except ValueError as error:
        raise BadJson("The text is not base64.") from error
