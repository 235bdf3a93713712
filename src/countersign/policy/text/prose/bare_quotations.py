"""Quotations that stand by themselves: whoever shows what others say does not say it."""

# ruff: noqa: RUF001 - quotation marks of many languages

import re
from typing import Final

MAX_READ_CHARS: Final = 1_024
SHARE_PERCENT: Final = 50
"""Minimum share of a text that is quoted for the quotation to be what it says."""

# A line that is marked, or what stands between quotation marks of one kind.
_QUOTED: Final = re.compile(
    r'^[ \t]*>[^\n]{12,}(?:\n[ \t]*>[^\n]*)*|"[^"\n]{12,}"|[„“«»”][^„“«»”\n]{12,}["“”»«]|'
    r"[「『《][^「」『』《》\n]{12,}[」』》]|(?<!\w)[‚‘'][^‚‘'’\n]{12,}[‘'’](?!\w)",
    re.MULTILINE,
)
_SIGNS: Final = ">\"„“«»”「『《‚‘'"
"""Signs, one of which every quotation begins with."""
_INSTRUCTS: Final = re.compile(r"[:：][\s*_]*\Z")


def is_bare_quotation(raw: str) -> bool:
    """Return True if most of a text is quoted, and nothing before it says what to do with it.

    `Please write: "I agree"` has somebody say it, since a colon stands before it.
    """
    raw = raw[:MAX_READ_CHARS].strip()
    found = _QUOTED.search(raw) if any(map(raw.__contains__, _SIGNS)) else None
    if found is None or len(found[0]) * 100 < len(raw) * SHARE_PERCENT:
        return False
    return _INSTRUCTS.search(raw, 0, found.start()) is None
