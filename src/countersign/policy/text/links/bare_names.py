"""Bare addresses: domains written without `https://` of which clients make links.

Clients also make links of `setup.py` and `done.today`, which readers do not take for addresses. So
a name with a path is an address if its last label is a top-level domain, and a name alone must look
like one. Filters that look for given domains find the others with `bare_addresses`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from countersign.policy.text.links.endings import ENDINGS, FILE_ENDINGS, PLAIN_ENDINGS
from countersign.policy.text.unspaced_scripts import UNSPACED

MAX_NAME_CHARS: Final = 253
MAX_LABEL_CHARS: Final = 63
MAX_TRIED: Final = 250
"""Maximum number of words of one event that are examined for names without a path."""
MAX_TRIED_BEFORE_PATH: Final = 500
"""Maximum number of further words with a path that are examined. Those beyond count as addresses,
so that an event with too many is refused."""
MAX_REMEMBERED: Final = 4_096
"""Maximum number of names in the cache of results."""
_SHORTEST_LABEL: Final = 4
_SURE_LABEL: Final = 11

# The last label of a name: no further label or `@` follows, and no bracket, as in code. After a
# Latin label, text in a script without spaces may follow.
_ENDING: Final = re.compile(rf"\.([A-Za-z]++(?=[{UNSPACED}])|[^\W\d_][\w\-]++)(?![@(\[]|\.\w)")
# The same for a name with a path: the only search once enough names were found.
_ENDING_BEFORE_PATH: Final = re.compile(r"\.([^\W\d_][\w\-]++)(?=(?::\d{1,5}+(?!\w))?(?:/|[?#]\w))")
_BEGINS_PATH: Final = "/?#"
_OF_NAME: Final = re.compile(r"[\w.\-]*+")
_NAME: Final = re.compile(r"[\w\-]++(?>(?:\.[\w\-]++)*)")
_LATIN: Final = re.compile(r"[A-Za-z0-9\-.]*+")
_UNSPACED: Final = re.compile(f"[{UNSPACED}]")
_TAIL: Final = re.compile(r"(?::\d{1,5}+(?!\w))?(?:/[^\s<>\"'`\x00]*+|[?#]\w[^\s<>\"'`\x00]*+)?")
# The part of a user ID or alias before its colon.
_SIGIL: Final = re.compile(r"(?<![^\W_])[@#!$][^\s@#]*:\Z")
_NOT_BEFORE: Final = frozenset("@/\\#%&?+$~")
_BREAKS: Final = (" ", "\n", "\0", "\t")
CLOSING: Final = ".,;:!?)]}*_~|"
"""Characters that end a sentence or emphasis; no link ends with them."""

_ALIAS: Final = re.compile(
    # Begins with the literal `#`: the search takes a tenth of the time.
    r"#(?<![\w&#/=]#)([^\s:#<>\"'()\[\]`,\x00]{1,200}):"
    r"([a-z0-9][a-z0-9.\-]*+)(?::\d{1,5})?(?![\w(=])",
    re.IGNORECASE,
)
_FILE: Final = re.compile(
    rf"(?:\./|/)?[\w\-/]*\.(?:{'|'.join(sorted(FILE_ENDINGS))})", re.IGNORECASE
)

# Endings of domains in any mix of capitals; `System.IO` is a namespace.
_SHOUTED: Final = frozenset(
    {"com", "org", "de", "ru", "xyz", "top", "shop", "club", "online", "site", "casino"}
)
_SHORT_NAMES: Final = frozenset({"com", "org", "net", "ru"})
_NUMERIC: Final = frozenset({"com", "net", "cn", "xyz", "top", "vip", "bet", "app"})
_PRODUCTS: Final = frozenset(
    {"ado.net", "asp.net", "battle.net", "ml.net", "paint.net", "socket.io", "vb.net"}
)
# First labels of names in programs, including reversed domains: `com.example.app`.
_IN_PROGRAMS: Final = frozenset(
    """
    app args array asyncio cfg client config conf console ctx data date document e env err error
    event file fmt foo fs http input item json list log logger logging math model msg node np obj
    object opts options os output params path pd process props re req request res response result
    room self server session settings socket state std str sys system test this time torch user
    util utils val value window
    """.split()  # noqa: SIM905 - a list to be read
)
_BACKWARDS: Final = frozenset(
    {"com", "org", "net", "io", "edu", "gov", "de", "dev", "app", "me", "eu", "fr", "uk", "ch"}
)
_SECOND_LEVEL: Final = frozenset({"ac", "co", "com", "edu", "gov", "ne", "net", "or", "org"})


@dataclass(slots=True)
class NamesLeft:
    """Remaining limits of one event, counted down.

    Attributes:
        names: the remaining number of names without a path to find.
        tried: the remaining number of words to examine for these.
        tried_before_path: the remaining number of words with a path to examine.
    """

    names: int
    tried: int = MAX_TRIED
    tried_before_path: int = MAX_TRIED_BEFORE_PATH


def names_in(text: str, start: int, end: int, limits: NamesLeft) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and presence of a path of each bare address in `text`, in order.

    Args:
        text: as written.
        start: beginning of the part to search.
        end: its end; the characters before and after are examined too.
        limits: the remaining limits; counted down.
    """
    read_end = start
    if limits.names > 0 < limits.tried:
        for match in _ENDING.finditer(text, start, end):
            if match.start() < read_end or not _is_ending(match[1].rstrip("_").lower()):
                continue
            if limits.names <= 0 or limits.tried <= 0:
                break
            limits.tried -= 1
            if (span := _place_at(match, read_end)) is not None:
                limits.names -= not span[2]
                read_end = max(match.end(), span[1])
                yield span
        else:
            return
    if all(text.find(sign, read_end, end) < 0 for sign in _BEGINS_PATH):
        return
    for match in _ENDING_BEFORE_PATH.finditer(text, read_end, end):
        if match.start() < read_end or not _is_ending(match[1].rstrip("_").lower()):
            continue
        limits.tried_before_path -= 1
        span = _place_at(match, read_end, is_sure=limits.tried_before_path < 0)
        if span is not None and span[2]:
            read_end = max(match.end(), span[1])
            yield span


def _place_at(
    match: re.Match[str], read_end: int, *, is_sure: bool = False
) -> tuple[int, int, bool] | None:
    """Return start, end and presence of a path of the bare address with this ending, if it is one.

    Args:
        match: the last label of a name, with its dot.
        read_end: end of the part that was read.
        is_sure: accept any name with a path.
    """
    text, (dot, stop) = match.string, match.span()
    if text[dot - 1 : dot].isspace():
        return None
    if (begin := _beginning(text, max(read_end, dot - MAX_NAME_CHARS), stop)) < 0:
        return None
    close = stop if (tail := _TAIL.match(text, stop)) is None else tail.end()
    while close > stop and text[close - 1] in CLOSING:
        close -= 1
    path = text[stop:close]
    if path[:1] == ":" and path[1:].isdigit():
        path = ""  # a port
    name = text[begin:stop].strip("_")
    if not is_place(name, path) and not (is_sure and path):
        return None
    begin = text.index(name, begin)
    return begin, close if path else begin + len(name), bool(path)


def aliases_in(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each room alias in a part of `text`."""
    for match in _ALIAS.finditer(text, start, end):
        server = match[2].rstrip(".-")
        if "." in server and server.rpartition(".")[2].isalpha():
            yield match.start(), match.start(2) + len(server)


def is_place(name: str, path: str) -> bool:
    """Return True if readers take a name with its path for an address on the web."""
    needs = _needs_of(name) if len(name) <= MAX_NAME_CHARS else _Needs.MORE
    if needs is _Needs.PATH_OF_NO_FILE:
        return len(path) > 1 and not _FILE.fullmatch(path)
    return needs is _Needs.NOTHING or (needs is _Needs.PATH and path != "")


class _Needs(Enum):
    """Condition on the path of a name that makes it an address."""

    NOTHING = 0
    PATH = 1
    PATH_OF_NO_FILE = 2
    MORE = 3
    """No path is enough."""


# Logs name the same hosts again and again.
@lru_cache(MAX_REMEMBERED)
def _needs_of(name: str) -> _Needs:
    labels = name.split(".")
    ending = labels[-1].lower()
    if len(labels) < 2 or not _is_ending(ending) or not all(map(_is_label, labels)):
        return _Needs.MORE
    own = labels[-2]
    if len(labels) > 2 and len(ending) == 2 and own.lower() in _SECOND_LEVEL:
        own = labels[-3]
    if len(labels) > 2 and labels[0].lower() == "www":
        return _Needs.NOTHING
    if own.isdigit() and (len(own) < 3 or ending not in _NUMERIC):
        return _Needs.MORE
    if ending in FILE_ENDINGS:
        return _Needs.PATH_OF_NO_FILE
    return _Needs.NOTHING if _is_name_of_place(name, labels, own, ending) else _Needs.PATH


def _is_ending(label: str) -> bool:
    return label in ENDINGS or label.startswith("xn--")


def _is_label(label: str) -> bool:
    return (
        0 < len(label) <= MAX_LABEL_CHARS
        and "_" not in label
        and label[0] != "-"
        and label[-1] != "-"
    )


def _is_name_of_place(name: str, labels: list[str], own: str, ending: str) -> bool:
    if not _is_capitalized_like_one(name, own, ending) or name.lower() in _PRODUCTS:
        return False
    is_word = ending not in PLAIN_ENDINGS and not ending.startswith("xn--")
    first = labels[0].lower()
    if first in _IN_PROGRAMS and ending not in _SHORT_NAMES:
        return False
    if len(labels) > 2 and first in _BACKWARDS and (is_word or ending in ("app", "dev", "io")):
        return False
    is_made_up = "-" in own or (not own.isdigit() and any(map(str.isdigit, own)))
    if is_word:
        return is_made_up or len(own) >= _SURE_LABEL
    if len(own) == 1:
        return ending == "com"
    return ending in _SHORT_NAMES or is_made_up or len(own) >= _SHORTEST_LABEL or not own.isascii()


def _is_capitalized_like_one(name: str, own: str, ending: str) -> bool:
    if name[1:] == name[1:].lower() or ending in _SHOUTED:
        return True
    return name.isupper() and len(own) > 3


def _beginning(text: str, least: int, stop: int) -> int:
    """Return the beginning of the name that ends at `stop`; -1 if it is part of another word."""
    space = text.rfind(" ", least, stop)
    # Most names follow a space.
    is_behind_space = space >= 0 and text.find(":", space, stop) < 0
    if is_behind_space and _NAME.fullmatch(text, space + 1, stop) is not None:
        return _behind_unspaced(text, space + 1, stop)
    # Reversed, the characters of a name are one match, wherever the name begins.
    begin = stop - _length_of(_OF_NAME, text[least:stop])
    before = text[begin - 1] if begin > 0 else " "
    if begin == least and (before in ".-_" or before.isalnum()):
        return -1
    if _NAME.fullmatch(text, begin, stop) is None:
        return -1
    if (latin := _behind_unspaced(text, begin, stop)) > begin:
        return latin
    if before in _NOT_BEFORE:
        return -1
    if before == ":":
        for each in _BREAKS:
            least = max(least, text.rfind(each, least, begin) + 1)
        if _SIGIL.search(text, least, begin) is not None:
            return -1
    return begin


def _behind_unspaced(text: str, begin: int, stop: int) -> int:
    """Return the beginning of a name's Latin end behind a script without spaces, or `begin`."""
    name = text[begin:stop]
    if name.isascii() or _UNSPACED.search(name) is None:
        return begin
    latin = stop - _length_of(_LATIN, name)
    return latin if latin < stop and _UNSPACED.match(text, latin - 1) is not None else begin


def _length_of(row: re.Pattern[str], text: str) -> int:
    """Return the length of the match of a pattern at the end of `text`."""
    match = row.match(text[::-1])
    return 0 if match is None else match.end()
