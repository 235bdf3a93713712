"""Flags of regions, such as Wales and Texas, which are encoded with invisible tags."""

import re
from typing import Final

# A black flag, a country's two letters, one to three of its part, and the tag that ends them.
_FLAG: Final = re.compile(
    "\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,3}"
    "\U000e007f"
)


def without_flags(text: str) -> str:
    """Return `text` without such flags: tags that are left belong to no flag."""
    return _FLAG.sub("", text) if "\U0001f3f4" in text else text
