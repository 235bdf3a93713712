"""Programs outside that filters ask: how they are addressed, and how long they may take."""

import re
from typing import Final

from countersign.policy.mistakes import Mistake, shown
from countersign.policy.options import OptionsInvalid

MAX_TIMEOUT_MS: Final = 2_500
"""Askers wait five seconds; three is what all slow answers of an event may take together."""

_URL: Final = re.compile(r"https?://([^\s/@?#\\]{1,255})(/[^\s#\\]*)?\Z", re.ASCII)


def check_url(url: str) -> None:
    """Raise if `url` cannot be asked.

    Raises:
        OptionsInvalid: it is no plain HTTP address.
    """
    if _URL.match(url) is None:
        allowed = "an address such as https://checker.example.org/check, without a user or password"
        raise OptionsInvalid([Mistake(path=("url",), found=shown(url), allowed=allowed)])


def host_of(url: str) -> str:
    """Return host and port of a checked `url`, for moderators to read."""
    found = _URL.match(url)
    return found[1] if found is not None else ""
