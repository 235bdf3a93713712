"""Names of communities: those that can be the name of a file."""

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")

ALLOWED: Final = "1 to 100 letters, digits, '-', '_' and '.', which does not come first"


def is_community_name(text: str) -> bool:
    """Return True if a community can be called so."""
    return _NAME.fullmatch(text) is not None
