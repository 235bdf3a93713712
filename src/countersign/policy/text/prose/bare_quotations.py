"""Texts that consist of a quotation, so that the sender only shows the words of others."""

# ruff: noqa: RUF001 - quotation marks of many languages

import re
from typing import Final

MAX_READ_CHARS: Final = 1_024
SHARE_PERCENT: Final = 50
"""Minimum share of a text that is quoted, in percent."""

# A line marked with `>`, or text between quotation marks of one kind.
_QUOTED: Final = re.compile(
    r'^[ \t]*>[^\n]{12,}(?:\n[ \t]*>[^\n]*)*|"[^"\n]{12,}"|[„“«»”][^„“«»”\n]{12,}["“”»«]|'
    r"[「『《][^「」『』《》\n]{12,}[」』》]|(?<!\w)[‚‘'][^‚‘'’\n]{12,}[‘'’](?!\w)",
    re.MULTILINE,
)
_SIGNS: Final = ">\"„“«»”「『《‚‘'"
"""Characters, one of which begins every quotation."""
_INSTRUCTS: Final = re.compile(r"[:：][\s*_]*\Z")


def is_bare_quotation(raw: str) -> bool:
    """Return True if most of a text is quoted, and no instruction comes before the quotation.

    `Please write: "I agree"` is an instruction, because of its colon.
    """
    raw = raw[:MAX_READ_CHARS].strip()
    match = _QUOTED.search(raw) if any(map(raw.__contains__, _SIGNS)) else None
    if match is None or len(match[0]) * 100 < len(raw) * SHARE_PERCENT:
        return False
    return _INSTRUCTS.search(raw, 0, match.start()) is None
