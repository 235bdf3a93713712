"""Punctuation that disguises links: brackets around dots, words for dots, spaces, line breaks."""

import re
from typing import Final

from countersign.policy.text.finders import finder_of
from countersign.policy.text.links.bare_names import is_place
from countersign.policy.text.links.disguised_characters import MAX_CHANGES
from countersign.policy.text.links.endings import PLAIN_ENDINGS
from countersign.policy.text.links.meant_places import (
    KNOWN_PLACES,
    is_made_up,
    is_meant,
    is_named,
)
from countersign.policy.text.links.spelled_names import SIGN as SIGN_OF_NAMES

# Each word is listed with and without its accents.
DOT_WORDS: Final = (
    "dot", "d0t", "punkt", "punto", "ponto", "nokta", "kropka", "точка", "крапка", "chấm", "cham",
    "tečka", "tecka", "bodka", "ドット",
)  # fmt: skip
"""Words for a dot that seldom mean anything else between two words."""
# Everyday words count only in brackets or before some endings.
USUAL_DOT_WORDS: Final = (
    "point", "punct", "prik", "piste", "pont", "punt", "titik", "τελεία", "نقطة", "نقطه", "डॉट",
    "ডট", "ڈاٹ", "จุด", "닷", "점", "נקודה", "点", "點",
)  # fmt: skip
"""Everyday words that mean a dot only in brackets or before `SPOKEN_ENDINGS`."""
SPOKEN_ENDINGS: Final = (
    "bet", "click", "club", "com", "gg", "icu", "info", "me", "net", "nl", "online", "org", "pro",
    "shop", "site", "top", "vip", "xyz",
)  # fmt: skip
"""Endings before which an everyday word means a dot."""
SLASH_WORDS: Final = (
    "slash", "forward slash", "slesh", "barra", "barre", "schrägstrich", "schragstrich", "bölü",
    "bolu", "taksim",
    "ukośnik", "ukosnik", "слэш", "слеш", "スラッシュ", "斜杠",
)  # fmt: skip
_DOT_WORD: Final = "|".join(DOT_WORDS)
_BRACKETED_WORD: Final = "|".join((*DOT_WORDS, *USUAL_DOT_WORDS, "тчк", "дот"))
_USUAL_WORD: Final = (
    rf"(?:{'|'.join(USUAL_DOT_WORDS)})(?=\s{{1,3}}(?:{'|'.join(SPOKEN_ENDINGS)})(?![\w-]))"
)
_SLASH_WORD: Final = "|".join(SLASH_WORDS)
_COMMAS: Final = ",;،"
_OTHER_DOTS: Final = f"*⚫●•⬤{_COMMAS}"
_SPOKEN_BEHIND: Final = rf"(?:{'|'.join(SPOKEN_ENDINGS)})(?![\w.-])"
# One of these is in every disguise by punctuation.
_finds_sign: Final = finder_of(
    rf"(?i)[\[({{<]\s?(?:\.|:|/|(?:{_BRACKETED_WORD}|slash)\s?[\])}}>])|\s(?:{_DOT_WORD})\s"
    rf"|\s(?:{'|'.join(USUAL_DOT_WORDS)})\s{{1,3}}(?:{'|'.join(SPOKEN_ENDINGS)})(?:[^\w-]|\z)"
    rf"|\.[a-z]{{2,12}}\s{{1,3}}(?:{_SLASH_WORD})\s"
    r"|\bh(?:[x*][x*]|t[x*]|[x*]t)ps?\b|\s\.\s?\w|\.\s+[a-z]{2,12}\s?/|[a-z]\s?\n?/\s|[a-z]\s/\s?\w"
    rf"|[\w][{_OTHER_DOTS}](?:{'|'.join(SPOKEN_ENDINGS)})(?:[^\w.-]|\z)"
    rf"|//\s|\.[ \t]*\n|\w\s:\s?//|\+\s?[\"'`“”]?\.[a-z]|{SIGN_OF_NAMES}"
)
# RE2's `\s` has only the white space of ASCII.
_SPACE: Final = r"[\s\x{0b}\x{1c}-\x{1f}\x{85}\pZ]"
_holds_bracketed_dot: Final = finder_of(
    rf"(?i)[\[({{<]{_SPACE}?(?:\.|{_BRACKETED_WORD}){_SPACE}?[\])}}>]"
)
_holds_bracketed_slash: Final = finder_of(rf"(?i)[\[({{<]{_SPACE}?(?:/|slash){_SPACE}?[\])}}>]")
_holds_dot_word: Final = finder_of(rf"(?i){_SPACE}(?:{_BRACKETED_WORD}){_SPACE}")
_holds_slash_word: Final = finder_of(rf"(?i)\.\pL{{2,12}}{_SPACE}{{1,3}}(?:{_SLASH_WORD}){_SPACE}")
_SCHEME: Final = re.compile(
    r"(?<![^\W_])h(?:[x*]{2}|t[x*]|[x*]t|tt)p(s?)\s?[\[(]?:[\])]?\s?/[\[(]?/"
    r"(?:\s{1,2}(?=[\w\-]+\.\w))?",
    re.IGNORECASE,
)
_holds_scheme: Final = finder_of(
    rf"(?i)h(?:[x*]{{2}}|t[x*]|[x*]t|tt)ps?{_SPACE}?[\[(]?:[\])]?{_SPACE}?/"
)
_BROKEN_SCHEME: Final = re.compile(r"\b(https?://)\r?\n(?=[\w\-]+\.\w)", re.IGNORECASE)
_BRACKETED_DOT: Final = re.compile(
    rf"(?<=\w)\s{{0,2}}[\[({{<]\s?(?:\.|{_BRACKETED_WORD})\s?[\])}}>]\s{{0,2}}(?=\w)",
    re.IGNORECASE,
)
_BRACKETED: Final = re.compile(
    rf"(?<![\w\-])([\w\-]+(?:\.[\w\-]+)*)((?:{_BRACKETED_DOT.pattern}[\w\-]+(?:\.[\w\-]+)*)+)(/[\w+]?)?",
    re.IGNORECASE,
)
_OTHER_DOT: Final = re.compile(
    rf"(?<![\w\-.])([\w\-]+(?:\.[\w\-]+)*)[{_OTHER_DOTS}]({_SPOKEN_BEHIND})(/[\w+\-]+)?",
    re.IGNORECASE,
)
_holds_other_dot: Final = finder_of(
    rf"(?i)[{_OTHER_DOTS}](?:{'|'.join(SPOKEN_ENDINGS)})(?:[^\w.-]|\z)"
)
_MOST_BEFORE: Final = 16
_AT_BEFORE: Final = re.compile(
    r"(?:@|собака|ät|arroba|chiocciola|apenstaartje|klammeraffe|malpa|małpa)[\])}>]? ?\Z",
    re.IGNORECASE,
)
_BRACKETED_SLASH: Final = re.compile(
    r"(?<=\w)\s{0,2}[\[({<]\s?(?:/|slash)\s?[\])}>]\s{0,2}(?=[\w+])", re.IGNORECASE
)
_WORDS: Final = re.compile(
    rf"(?<![\w\-.])([\w\-]+(?:\.[\w\-]+)*)"
    rf"((?:\s{{1,3}}(?:{_DOT_WORD}|{_USUAL_WORD})\s{{1,3}}[\w\-]+)+)"
    rf"((?:\s{{1,3}}(?:{_SLASH_WORD})\s{{1,3}}[\w+\-]+|/[^\s<>\"'\x00]+)*)",
    re.IGNORECASE,
)
_DOT_BETWEEN: Final = re.compile(rf"\s+({_DOT_WORD}|{_USUAL_WORD})\s+", re.IGNORECASE)
_SLASH_BETWEEN: Final = re.compile(rf"\s+(?:{_SLASH_WORD})\s+", re.IGNORECASE)
_SLASH_BEHIND: Final = re.compile(
    rf"(?<![\w\-.@])([\w\-]+(?:\.[\w\-]+)+)((?:\s{{1,3}}(?:{_SLASH_WORD})\s{{1,3}}[\w+\-]+)+)",
    re.IGNORECASE,
)
_SPACED: Final = re.compile(
    r"(?<![\w\-.@])([\w\-]+(?:\.[\w\-]+)*)(\s{0,2}\.\s{0,2})([A-Za-z]{2,12})(?![\w.])"
    r"((?:\s{0,2}/\s{0,2}[\w+\-]+)*)(?!\s?/)"
)
_BROKEN_PATH: Final = re.compile(
    r"(?<![\w\-.@])([\w\-]+(?:\.[\w\-]+)+)[ \t]*(?:/[ \t]*\r?\n|\r?\n[ \t]*/)[ \t]*(?=[\w+])"
)
_BROKEN_ENDING: Final = re.compile(
    r"(?<![\w\-.@])([\w\-]+(?:\.[\w\-]+)*)[ \t]*(?:\.[ \t]*\r?\n|\r?\n[ \t]*\.)[ \t]*"
    r"([A-Za-z]{2,12})(?:(/[\w+\-])|[ \t]*(?:\r?\n|\Z))"
)
# Four or more letters in a row; a name or path may go on in one piece.
_LETTERS_APART: Final = re.compile(
    r"(?<![^ \n])([^ \n](?: [^ \n]){3,})(?![^ \n])(?:(?<=[./]) [^ \n]*)?"
)
# Every address with spaces has one beside a dot, or a path after it.
_holds_spaced: Final = finder_of(
    rf"(?i){_SPACE}\.{_SPACE}{{1,2}}[a-z]{{2}}|{_SPACE}\.[a-z]{{2,12}}{_SPACE}{{0,2}}/"
    rf"|\.{_SPACE}{{1,2}}[a-z]{{2,12}}/|"
    + "|".join(
        rf"{re.escape(name)}{_SPACE}{{0,2}}\.{_SPACE}{{0,2}}{ending}"
        for name, _, ending in (known.rpartition(".") for known in sorted(KNOWN_PLACES))
    )
)
# The second piece is an ending, with or without a path: `"quick" + ".site"`.
_QUOTE: Final = "[\"'`“”„]?"
_PIECES: Final = re.compile(
    rf"(?<![\w.\-+/])(?<!\+ )"
    rf"({_QUOTE}[\w\-]{{1,63}}{_QUOTE}(?:\s?\+\s?{_QUOTE}[\w\-]{{1,63}}{_QUOTE}){{0,7}})"
    rf"\s?\+\s?{_QUOTE}\.([A-Za-z]{{2,12}})(/[\w+\-]{{1,64}})?{_QUOTE}(?![\w.])"
)
_BETWEEN_PIECES: Final = re.compile(r"[^\w\-]+")
_holds_added_ending: Final = finder_of(rf"\+{_SPACE}?{_QUOTE}\.[A-Za-z]{{2}}")
_holds_broken_path: Final = finder_of(r"/[ \t]*\r?\n|\n[ \t]*/")
_holds_broken_ending: Final = finder_of(
    r"\.[ \t]*\r?\n[ \t]*[A-Za-z]{2,12}(?:/|[ \t]*(?:\r?\n|\z))|\n[ \t]*\.[ \t]*[A-Za-z]{2}"
)
# Words before `dot com` and `dot net` that name a thing, not an address.
_NO_LABELS: Final = frozenset(
    """
    a an and any at by das der die ein el first for from get in is la late le learn like my new of
    old on or our own some that the their this to un una use using via was were with your
    """.split()  # noqa: SIM905 - a list to be read
)


def has_sign(text: str) -> bool:
    """Return False only if `text` has no disguise by punctuation."""
    return _finds_sign(text)


def with_schemes_in_line(text: str) -> str:
    """Return `text` without line breaks after `https://`, which texts copied from X have."""
    is_broken = "://\n" in text or "://\r\n" in text
    return _BROKEN_SCHEME.sub(lambda match: match[1], text) if is_broken else text


def real_schemes(text: str) -> str:
    """Return `text` with `http` in place of `hxxp`."""
    if not _holds_scheme(text):
        return text
    return _SCHEME.sub(lambda match: f"http{match[1]}://", text)


def without_brackets(text: str) -> str:
    """Return `text` with dots and slashes for bracketed ones that make an address."""
    if not any(map(text.__contains__, "[({<")):
        return text
    if _holds_bracketed_slash(text):
        text = _BRACKETED_SLASH.sub("/", text)
    if _holds_bracketed_dot(text):
        text = _BRACKETED.sub(_without_brackets_of, text, count=MAX_CHANGES)
    return text


def _without_brackets_of(match: re.Match[str]) -> str:
    first, dots, path = match.groups("")
    name = first + _BRACKETED_DOT.sub(".", first[-1] + dots)[1:]
    return name + path if is_named(name) or is_meant(name, path.lstrip("/")) else match[0]


def with_signs_for_words(text: str) -> str:
    """Return `text` with dots and slashes for words and other signs that make an address."""
    if _holds_other_dot(text):
        text = _OTHER_DOT.sub(_dot_for_sign, text, count=MAX_CHANGES)
    if _holds_dot_word(text):
        text = _WORDS.sub(_sign_for_words, text, count=MAX_CHANGES)
    if _holds_slash_word(text):
        text = _SLASH_BEHIND.sub(_slash_for_words, text, count=MAX_CHANGES)
    return text


def _dot_for_sign(match: re.Match[str]) -> str:
    first, ending, path = match.groups("")
    name = f"{first}.{ending}"
    # Many write no space behind a comma.
    is_sure = path or match.string[match.end(1)] not in _COMMAS or is_made_up(first)
    return name + path if is_sure and is_meant(name, path.lstrip("/")) else match[0]


def _sign_for_words(match: re.Match[str]) -> str:
    first, dots, slashes = match.groups()
    if _AT_BEFORE.search(match.string, max(0, match.start() - _MOST_BEFORE), match.start()):
        # The host of a mail address is no link.
        return match[0]
    name = first + _DOT_BETWEEN.sub(".", dots)
    path = _SLASH_BETWEEN.sub("/", slashes)
    labels = name.lower().split(".")
    if not (is_named(name) or is_meant(name, path)) or labels[0] in _NO_LABELS:
        return match[0]
    if name.lower() == f"{labels[0]}.net" and "-" not in name and not path:
        # Many people write about dot net, and few of them mean an address.
        dot_word = _DOT_BETWEEN.search(dots)
        return match[0] if dot_word is not None and dot_word[1].lower() == "dot" else name
    return name + path


def _slash_for_words(match: re.Match[str]) -> str:
    name, path = match[1], _SLASH_BETWEEN.sub("/", match[2])
    return name + path if is_meant(name, path) else match[0]


def _joined_letters(text: str) -> str:
    """Return `text` with spaced letters joined where they make an address."""
    if " . " not in text and " / " not in text:
        return text
    return _LETTERS_APART.sub(_joined_letters_of, text)


def _joined_letters_of(match: re.Match[str]) -> str:
    if "." not in match[1]:
        return match[0]
    word = match[0].replace(" ", "")
    name, _, path = word.partition("/")
    return word if is_meant(name, path) else match[0]


def _joined_pieces(match: re.Match[str]) -> str:
    pieces, ending, path = match.groups("")
    name = f"{_BETWEEN_PIECES.sub('', pieces)}.{ending}"
    return name + path if is_meant(name, path.lstrip("/")) or is_place(name, "") else match[0]


def without_spaces(text: str) -> str:
    """Return `text` without spaces and joining signs inside addresses."""
    text = _joined_letters(text)
    if _holds_added_ending(text):
        text = _PIECES.sub(_joined_pieces, text, count=MAX_CHANGES)
    return _SPACED.sub(_without_spaces_of, text, count=MAX_CHANGES) if _holds_spaced(text) else text


def _without_spaces_of(match: re.Match[str]) -> str:
    first, dot, ending, slashes = match.groups()
    path = "".join(slashes.split())
    name = f"{first}.{ending}"
    is_known = name.lower() in KNOWN_PLACES
    if dot == "." and not (is_known and path != slashes):
        return match[0]
    if not is_known:
        # A sentence may end before a word that is also an ending, but no word begins with a dot.
        is_after_sentence = dot[0] == "."
        is_plain_address = slashes.startswith("/") and ending.lower() in PLAIN_ENDINGS
        if is_after_sentence and not is_plain_address:
            return match[0]
        if not dot[-1].isspace() and not path:
            return match[0]
    return name + path if is_known or is_meant(name, path) else match[0]


def without_breaks(text: str) -> str:
    """Return `text` without line breaks inside addresses."""
    if "\n" not in text:
        return text
    if _holds_broken_path(text):
        text = _BROKEN_PATH.sub(_joined_path, text)
    if _holds_broken_ending(text):
        text = _BROKEN_ENDING.sub(_joined_ending, text, count=MAX_CHANGES)
    return text


def _joined_path(match: re.Match[str]) -> str:
    return f"{match[1]}/" if is_place(match[1], "/x") else match[0]


def _joined_ending(match: re.Match[str]) -> str:
    first, ending, path = match.groups()
    name = f"{first}.{ending}"
    if name.lower() not in KNOWN_PLACES and not is_meant(name, path or ""):
        return match[0]
    return name + (path or "\n")
