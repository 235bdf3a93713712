"""Hosts: parsing as browsers do, parent domains, disguises by look-alikes."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from countersign.policy.text.finders import finder_of
from countersign.policy.text.links.endings import COMMON_ENDINGS
from countersign.policy.text.look_alikes import is_foreign, skeleton
from countersign.policy.text.mentions import unquoted
from countersign.policy.text.normalisation import normalize

MAX_JUDGED_BARE: Final = 500
"""Maximum number of different words with a dot inside; a filter that judges them refuses more."""
MAX_HOST_CHARACTERS: Final = 255
MAX_REMEMBERED_HOSTS: Final = 4_096
_MAX_REMEMBERED_PARENTS: Final = 256

# As browsers parse it: any number of slashes or backslashes after http, two after other schemes.
_ADDRESS: Final = re.compile(
    r"\s*(?:https?:[/\\]*|[a-z][a-z0-9+.\-]{0,20}:[/\\]{2,}|[/\\]{2,}|(?=www\.))"
    r"([^/\\?#\s]{1,1000})([^?#\s]{0,1000})",
    re.IGNORECASE,
)
# Browsers ignore these anywhere in an address.
_SKIPPED: Final = str.maketrans("", "", "\t\n\r")
_PORT: Final = re.compile(r":\d{0,5}\Z")
_DOTS: Final = str.maketrans("\u3002\uff0e\uff61", "...")
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*")
_DOT_WITHIN: Final = re.compile(r"\.(?=\w)")
# After one of these signs, a host is part of an address, a user ID or an alias.
_BARE: Final = re.compile(
    r"(?<![\w.\-@:/\\=#!%&?])([\w\-]++(?>(?:\.[\w\-]++)+))(?!@)(/[^\s<>\"']*)?"
)
# The beginning of that pattern, in a faster engine. User IDs and mail addresses do not match.
_may_hold_bare: Final = finder_of(
    r"(?:\A|[^0-9A-Za-z_.\-@:/\\=#!%&?])[0-9A-Za-z_\x{80}-\x{10ffff}\-]+\.[^ .]"
)
_QUOTATION: Final = re.compile(r"[<>\"']+")
_BESIDE_ADDRESSES: Final = re.compile(r"[^\w.\-@:/\\=#!%&?]+")
_QUOTATION_APART: Final = {
    code: " " for code in range(128) if _QUOTATION.match(chr(code)) is not None
}
_ADDRESSES_APART: Final = {
    code: " " for code in range(128) if _BESIDE_ADDRESSES.match(chr(code)) is not None
}
_LONG_TEXT_CHARS: Final = 4_096
_MAX_PATH_CHARS: Final = 1_000


class Address(NamedTuple):
    """Destination of a link.

    Attributes:
        host: in lower case, decoded from punycode, without port and closing dot.
        path: the path without the query; `""` or beginning with a slash.
        user: the credentials before an `@`.
    """

    host: str
    path: str
    user: str = ""


def find_address(target: str) -> Address | None:
    """Return the address of `target`; None without a host, as of `mailto:` and `matrix:`."""
    if not target.isprintable():
        target = target.translate(_SKIPPED)
    match = _ADDRESS.match(target)
    if match is None:
        return None
    host, path = match.groups()
    user, _, host = host.rpartition("@")
    host = readable_host(_PORT.sub("", host) if ":" in host else host)
    return Address(host, path.replace("\\", "/"), user) if host else None


def readable_host(host: str) -> str:
    """Return `host` in normal form: decoded from punycode, in lower case."""
    lowered = host.lower()
    if lowered.isascii() and "%" not in lowered and "xn--" not in lowered:
        return lowered[:MAX_HOST_CHARACTERS].strip(".")
    return _decoded_host(host)


@lru_cache(maxsize=MAX_REMEMBERED_HOSTS)
def _decoded_host(host: str) -> str:
    host = unquoted(host)[:MAX_HOST_CHARACTERS].translate(_DOTS)
    if not host.isascii():
        host = unicodedata.normalize("NFKC", host)
        host = "".join(letter for letter in host if unicodedata.category(letter) != "Cf")
    return ".".join(map(_decoded, host.lower().strip(".").split(".")))


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").lower()
    except (UnicodeError, ValueError, OverflowError):
        return label


def may_hold_bare_address(normalized: str) -> bool:
    """Return False only if `bare_addresses` finds nothing."""
    return _DOT_WITHIN.search(normalized) is not None


def bare_addresses(normalized: str) -> tuple[Address, ...] | None:
    """Return possible addresses in a text, written without `https://`, each once.

    Many are other words with a dot inside: see `has_common_ending`.

    Returns:
        None if there are more than `MAX_JUDGED_BARE`.
    """
    if not may_hold_bare_address(normalized):
        return ()
    matches: dict[str, re.Match[str]] = {}
    for words in map(" ".join, _words_with_dots(normalized)):
        for each in _BARE.finditer(words) if _may_hold_bare(words) else ():
            if each.end(1) - each.start(1) <= MAX_HOST_CHARACTERS:
                matches.setdefault(each[0], each)
                if len(matches) > MAX_JUDGED_BARE:
                    return None
    return tuple([Address(readable_host(each[1]), each[2] or "") for each in matches.values()])


def _words_with_dots(normalized: str) -> Iterator[list[str]]:
    """Yield the different words that contain a dot, by parts of the text.

    A long text is read lazily, part by part.
    """
    done_words: set[str] = set()
    start = 0
    while start < len(normalized):
        end = normalized.find(" ", start + _LONG_TEXT_CHARS)
        end = len(normalized) if end < 0 else end
        words = {word: None for word in normalized[start:end].split() if "." in word}
        is_long = end - start > _LONG_TEXT_CHARS
        if is_long and max(map(len, words), default=0) > MAX_HOST_CHARACTERS:
            words = dict.fromkeys(chain.from_iterable(map(_pieces_of, words)))
        yield [word for word in words if word not in done_words]
        done_words.update(words)
        start = end


def _pieces_of(word: str) -> list[str]:
    """Return pieces of a word, each with whole addresses only."""
    if len(word) <= MAX_HOST_CHARACTERS:
        return [word]
    # A quotation mark ends a path. Without a path, an address has no other signs.
    if word.isascii():  # read in a tenth of the time
        pieces = word.translate(_QUOTATION_APART if "/" in word else _ADDRESSES_APART).split()
    else:
        pieces = (_QUOTATION if "/" in word else _BESIDE_ADDRESSES).split(word)
    if len(pieces) > 1 and max(map(len, pieces)) <= _LONG_TEXT_CHARS:
        return pieces
    return list(chain.from_iterable(map(_around_dots, pieces)))


def _around_dots(piece: str) -> Iterator[str]:
    """Yield the surroundings of the dots of a long piece, which contain its hosts."""
    dot = piece.find(".")
    while dot >= 0:
        start, reach = max(0, dot - MAX_HOST_CHARACTERS - 1), MAX_HOST_CHARACTERS + _MAX_PATH_CHARS
        while (further := piece.rfind(".", dot + 1, dot + reach)) > 0:
            dot = further
        yield piece[start : dot + reach]
        dot = piece.find(".", dot + reach)


def has_common_ending(host: str) -> bool:
    """Return True if the last label of `host` is one of `COMMON_ENDINGS`."""
    return host.rpartition(".")[2] in COMMON_ENDINGS


def is_ip_address(host: str) -> bool:
    """Return True if browsers parse `host` as an IP address, in any notation."""
    return host.startswith("[") or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


# Cached: each list of each filter asks about the hosts of the same event.
@lru_cache(maxsize=_MAX_REMEMBERED_PARENTS)
def parents(host: str) -> tuple[str, ...]:
    """Return `host` and each domain above it, down to the last label."""
    domains: list[str] = []
    while host:
        domains.append(host)
        _, _, host = host.partition(".")
    return tuple(domains)


def is_disguised(host: str) -> bool:
    """Return True if a label of `host` mixes alphabets to look Latin, or has only look-alikes.

    A name in one alphabet whose last label is in that alphabet too is no disguise.
    """
    if host.isascii():
        return False
    *labels, last = host.split(".")
    return any(_is_disguised(label, is_below_latin=last.isascii()) for label in labels)


def _is_disguised(label: str, *, is_below_latin: bool) -> bool:
    plain = normalize(label)
    if not any(map(is_foreign, plain)):
        return False
    has_latin = any("a" <= letter <= "z" for letter in plain)
    return has_latin or (is_below_latin and skeleton(plain).isascii())
