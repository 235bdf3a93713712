"""Words in upside-down letters, and texts that are written backwards.

An upside-down text is read from its end: the order of its words is reversed too.
"""

import re
from typing import Final

from countersign.policy.text.finders import finder_of

MAX_READ_CHARS: Final = 4_096
# Turned letters that only upside-down text has.
_TURNED: Final = "ɐɔǝɟƃɓᵷɥᴉıɾʞʃɯɹʇʌʍʎ¡¿"
_UPRIGHT: Final = "acefggghiijklmrtvwy!?"
# Letters that are the same or another usual letter when turned.
_SAME: Final = "bqdpnulosxz,'._ -"
_SAME_UPRIGHT: Final = "qbpdunlosxz',._ -"
_LETTER_FOR: Final = str.maketrans(_TURNED + _SAME, _UPRIGHT + _SAME_UPRIGHT)
_TELLING: Final = "ɐɔǝɟƃᵷɥᴉɾʞɯɹʇʌʍʎ"
_LEAST_TELLING: Final = 4
"""Minimum number of letters that only upside-down text has; phonetic script has fewer."""
_OTHERS: Final = "0-9$€£%+!?:"
_WORD: Final = f"[{re.escape(_TURNED + _SAME.replace(' ', ''))}{_OTHERS}]+"
_RUN: Final = re.compile(rf"(?<!\S){_WORD}(?: {_WORD})*(?!\S)")
# Endings of hosts, reversed: `moc.elpmaxe`, `puorg/em.t`.
_holds_host_backwards: Final = finder_of(
    r"(?:^|[^\pL\pN.])(?:moc|ten|gro|ofni|bulc|pot|zyx|enilno|etis|pohs|niw|teb|ppa|evil|oi)"
    r"\.[a-z0-9-]{4}|/em\.t(?:[^\pL\pN.]|$)"
)
_holds_turned: Final = finder_of(f"(?:[{_TELLING}].{{0,12}}){{{_LEAST_TELLING}}}")


def with_upright_letters(normalized: str) -> str:
    """Return a normalized text with upright letters for upside-down words."""
    if normalized.isascii() or not _holds_turned(normalized):
        return normalized
    beginning = normalized[:MAX_READ_CHARS]
    return _RUN.sub(_upright, beginning) + normalized[MAX_READ_CHARS:]


def _upright(match: re.Match[str]) -> str:
    words = match[0]
    if sum(map(words.count, _TELLING)) < _LEAST_TELLING:
        return words
    return words.translate(_LETTER_FOR)[::-1]


def read_backwards(normalized: str) -> str | None:
    """Return a text reversed; None if it has no host that is written backwards."""
    return normalized[:MAX_READ_CHARS][::-1] if _holds_host_backwards(normalized) else None
