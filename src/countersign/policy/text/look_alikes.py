"""Look-alikes of Latin letters: the skeleton of a text, by which disguised words are found.

The table is our own: characters that occur in disguises, in lower case, as `normalize` returns
them. Normalization has already replaced compatibility forms (full width, circled, mathematical) and
removed accents. Letters of a Latin alphabet (Turkish dotless i, Polish l with stroke) are not in
it.
"""

# ruff: noqa: RUF001 - ambiguous characters are what this is about

from typing import Final

# Cyrillic, Greek, Armenian, phonetic and small capital Latin, Cherokee, Lisu. Letters of which only
# the capitals look alike are included, because the searched text is in lower case.
_LETTERS: Final = {
    "a": "аαɑᴀᎪꓮ",
    "b": "вьƅʙβᏏᏴꓐ",
    "c": "сᴄᏟꓚ",
    "d": "ԁᴅɗᎠᏧꓓ",
    "e": "еєҽεᴇᎬꓰ℮",
    "f": "ғϝꜰƒꓝ",
    "g": "ցɡԍɢᏀᏳꓖ",
    "h": "һнհʜᎻᏂꓧ",
    "i": "іӏɩɪιᎥʟᏞꓡꓲⵏǀ",
    "j": "јϳᴊʝᎫꓙ",
    "k": "кκᴋᏦꓗ",
    "m": "мᴍμϻᎷꓟ",
    "n": "ոռɴηꓠ",
    "o": "оοօσᴏᴑ〇ꓳ",
    "p": "рρᴘᏢꓑ",
    "q": "ԛգզ",
    "r": "гʀᴦᎡᏒꓣ",
    "s": "ѕտꜱƽᏕᏚꓢ",
    "t": "тτᴛᎢꓔ",
    "u": "υսᴜʋꓴ",
    "v": "ѵνᴠᏙꓦ",
    "w": "ѡԝաᴡωᎳᏔꓪ",
    "x": "хχꓫ",
    "y": "уүγʏყᎩꓬ",
    "z": "ᴢζᏃꓜ",
}
# Digits and signs in place of letters, as in "fr33" and "p@ypal". The letters l and i, and all that
# look like either, have the same skeleton.
_SIGNS: Final = {
    "l": "i", "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a",
    "$": "s",
}  # fmt: skip
_PASSING_SIGNS: Final = "".join(_SIGNS.keys() - {"l"})
# These are not in Unicode's category of letters.
NEGATIVES: Final = {
    chr(first + place): chr(ord("a") + place) for first in (0x1F150, 0x1F170) for place in range(26)
}
"""White letters on black squares and circles, each with its Latin letter."""
_FOREIGN: Final = {
    **{look_alike: latin for latin, alike in _LETTERS.items() for look_alike in alike},
    **{sign: _SIGNS.get(letter, letter) for sign, letter in NEGATIVES.items()},
}
FOREIGN_LETTERS: Final = "".join(_FOREIGN)
"""All letters that `is_foreign` holds for."""

_LATIN_FOR: Final = {**_SIGNS, **_FOREIGN}
_TABLE: Final = str.maketrans(_LATIN_FOR)
_FOREIGN_TABLE: Final = str.maketrans(_FOREIGN)
# Up to so many different letters, `str.replace` for each is faster than a table.
_MANY: Final = 40


def skeleton(text: str) -> str:
    """Return normalized `text` with a Latin letter for each look-alike.

    Texts with the same skeleton may look the same; l and i become one letter, and digits letters.
    The length and all positions stay the same.
    """
    if text.isascii():
        return text.translate(_TABLE)
    present = _LATIN_FOR.keys() & set(text)
    if len(present) > _MANY:
        return text.translate(_TABLE)
    for character in present:
        text = text.replace(character, _LATIN_FOR[character])
    return text


def with_latin_letters(text: str) -> str:
    """Return `text` with a Latin letter for each look-alike of another alphabet."""
    return text if text.isascii() else text.lower().translate(_FOREIGN_TABLE)


def is_plain(text: str) -> bool:
    """Return True if `text` has no look-alike of a Latin letter."""
    return text.isascii() and not any(map(text.__contains__, _PASSING_SIGNS))


def is_foreign(character: str) -> bool:
    """Return True if `character` is a letter of another alphabet that looks like a Latin one."""
    return character in _FOREIGN
