"""Contacts in a text: handles in messengers, phone numbers, mail addresses, referral codes."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from ahocorasick_rs import AhoCorasick

from countersign.policy.text.finders import WordFinder, finder_of
from countersign.policy.text.indicators.messengers import NAMES, messengers_in
from countersign.policy.text.word_lists import read_words

MAX_FOUND: Final = 16
"""Maximum number of contacts of each kind that are found in one text."""
MAX_TRIED: Final = 300
"""Maximum number of places in one text that are tried for a handle or a phone number."""
MAX_MESSENGERS: Final = 1_500
"""Maximum number of messengers' names in one text beside which a handle is looked for."""

_NAME: Final = r"[a-z][a-z0-9_.]{3,31}"
# A few words may be between a messenger and a name, but no end of a sentence.
_NAME_AFTER: Final = re.compile(rf"[^\n.!?@]{{0,24}}(?<![\w.])@ ?({_NAME})(?![\w:@])")
_NAME_BEFORE: Final = re.compile(rf"(?<![\w.@/])@ ?({_NAME})(?:(?![\w:@])[^\n.!?@]{{1,16}})?\Z")
UNSIGNED_NAME: Final = (
    r"(?<![\w.@/:-])((?=[a-z0-9.]{1,31}_)[a-z][a-z0-9_.]{4,31})"
    r" \(?(?:(?:on|at|via|in|auf|bei|sur|en|su|op|na|no|em|w|в) )?"
)
"""Pattern of a name without `@` before a messenger; it needs a `_`, which few words have."""
_UNSIGNED_BEFORE: Final = re.compile(rf"{UNSIGNED_NAME}\Z")
_BARE_NAME: Final = re.compile(
    r"(?<![\w.@/:=+&-])@(?=[a-z.]{0,31}[\d_])([a-z][a-z0-9_.]{4,31})(?![\w:@/(-])"
)
"""Pattern of `@` and a name with a digit or `_`, without a server: mostly one in a messenger."""
_NAME_AT: Final = re.compile("@ ?[a-z][a-z0-9_.]{3}")
_IN_NAME: Final = re.compile(r"[\d_]")
"""Pattern that every handle without an @ contains."""
_REACH: Final = 50
"""Maximum number of characters from a messenger's name to the end of a handle."""
# Without an @ a name needs a colon or the like before it, and a digit or _ that few words have.
_NAME_AFTER_SIGN: Final = re.compile(
    r"(?: (?:id|name|user|username|handle|acc|account))?"
    # Few words have a _, so a name with one needs no sign before it.
    rf"(?: ?[:=>|→👉➡-]+ ?(?=[a-z.]{{0,31}}[\d_])| (?=[a-z0-9.]{{1,31}}_))({_NAME})(?![\w:@./])"
)
# Names in Signal end with a dot and digits.
_NUMBERED_NAME: Final = re.compile(r"[ :=>→👉➡-]{1,3}([a-z_][a-z0-9_]{2,31}\.\d{2,9})(?![\w.])")
_NUMBERING: Final = frozenset({"signal", "сигнал"})
_HANDLE_SIGNS: Final = "@_:=>|→👉➡❤♥\u2795-"
_BEFORE_DIGITS: Final = re.compile(r"\.\d")
"""Pattern that every handle without those characters contains."""
_BEFORE_SIGN: Final = " :=>|→👉➡❤♥\u2795-"
"""Characters, one of which follows a messenger's name if the handle has no @."""
_holds_letter_beside_digit: Final = finder_of(r"\p{Nd}[a-z]|[a-z]\p{Nd}")
"""Returns True if a text has the pattern that every referral code contains."""

SESSION_ID: Final = re.compile(r"(?<!\w)05[0-9a-f]{64}(?!\w)")
"""Pattern of a Session ID: a public key after a prefix for its type."""
_SHORTEST_WITH_SESSION_ID: Final = 66

_GAP: Final = r"[ ().\-/]{0,2}"
_INTERNATIONAL: Final = re.compile(rf"(?<![\w+.,])\+{_GAP}[1-9](?:{_GAP}\d){{7,14}}(?!\w|[.,]\d)")
_DIALLED: Final = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{8,14}}(?!\w)")
_DIAL_WORDS: Final = WordFinder((*NAMES, *read_words("dial_words")))
_BEFORE_DIALLED: Final = re.compile(r"[^\n\d+]{0,16}\Z")
"""Characters that may be between a dial word and the number."""
_holds_nine_digits: Final = finder_of(r"(?:\p{Nd}[^\p{Nd}]{0,3}){8}\p{Nd}")
_PHONE_DIGITS: Final = range(9, 16)

_MAIL: Final = re.compile(
    r"(?<![\w.+\-@/:])([a-z0-9][\w.+\-]{0,63})"
    r"@((?:[a-z0-9\-]{1,63}\.){1,4}[a-z]{2,24})(?![\w@:/\-])"
)
_DOTLESS_MAIL_HOSTS: Final = frozenset({"gmail.com", "googlemail.com"})

_CODE_WORDS: Final = AhoCorasick(
    ["ref", "invit", "promo", "bonus", "coupon", "voucher", "рефераль", "промо"]
)
"""Beginnings of the words before a referral code."""
_CODE: Final = re.compile(
    r"(?<!\w)(?:referr?al|ref|invit\w{0,8}|promo\w{0,6}|bonus|coupon|voucher|рефераль\w{0,5}|промо)"
    r"[ \-]?(?:code|kod|код|codigo|id)?(?: is\b| ?[:=\-]+)? ?[\"'`*]?"
    r"(?=[a-z]{0,15}\d)(?=\d{0,15}[a-z])([a-z\d]{5,16})(?!\w)"
)


def handles_in(normalized: str) -> Iterator[str]:
    """Yield handles beside the name of a messenger, in lower case without `@`.

    Args:
        normalized: the text as `normalize` leaves it.
    """
    if len(normalized) >= _SHORTEST_WITH_SESSION_ID and "05" in normalized:
        yield from islice(map(re.Match.group, SESSION_ID.finditer(normalized)), MAX_FOUND)
    is_signed = any(map(normalized.__contains__, _HANDLE_SIGNS))
    if not is_signed and _BEFORE_DIGITS.search(normalized) is None:
        return
    tried = islice(_messengers_near_handles(normalized), MAX_TRIED)
    handles = (_name_at(normalized, *messenger) for messenger in tried)
    yield from islice(chain.from_iterable(handles), MAX_FOUND)


def _messengers_near_handles(normalized: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of messengers' names within reach of a possible handle."""
    next_in_name = -1
    for start, end in islice(messengers_in(normalized), MAX_MESSENGERS):
        if next_in_name < end:
            match = _IN_NAME.search(normalized, end)
            next_in_name = len(normalized) + _REACH if match is None else match.start()
        is_named = next_in_name <= end + _REACH and normalized[end : end + 1] in _BEFORE_SIGN
        begin = max(0, start - _REACH)
        if (
            is_named
            or normalized.find("@", begin, end + _REACH) >= 0
            or normalized.find("_", begin, start) >= 0
        ):
            yield start, end


def _name_at(normalized: str, start: int, end: int) -> Iterator[str]:
    """Yield the handles beside a messenger's name."""
    # The first `@` after the messenger is the name's.
    at = normalized.find("@", end, end + _REACH)
    if at >= 0 and _NAME_AT.match(normalized, at) is not None:
        yield from _name_in(_NAME_AFTER.match(normalized, end))
    at = normalized.rfind("@", max(0, start - _REACH), start)
    if at >= 0 and _NAME_AT.match(normalized, at) is not None:
        before = _NAME_BEFORE.match(normalized, at, start)
        # Without a space between name and messenger, both are one longer name.
        if before is not None and before.end(1) < start:
            yield from _name_in(before)
    if normalized.find("_", max(0, start - _REACH), start) >= 0:
        yield from _name_in(_UNSIGNED_BEFORE.search(normalized, max(0, start - _REACH), start))
    if normalized[start:end] in _NUMBERING:
        yield from _name_in(_NUMBERED_NAME.match(normalized, end))
    if normalized[end : end + 1] in _BEFORE_SIGN:
        yield from _name_in(_NAME_AFTER_SIGN.match(normalized, end))


def _name_in(match: re.Match[str] | None) -> Iterator[str]:
    if match is not None:
        yield match[1].rstrip("._")


def bare_handles_in(normalized: str) -> Iterator[str]:
    """Yield names such as `@anna_77`, wherever they are and whether a messenger is named or not."""
    for match in islice(_BARE_NAME.finditer(normalized), MAX_FOUND):
        yield match[1].rstrip("._")


def phones_in(normalized: str) -> Iterator[str]:
    """Yield phone numbers, digits alone: with a country code, or after a dial word."""
    if not _holds_nine_digits(normalized):
        return
    if "+" in normalized:
        for match in islice(_INTERNATIONAL.finditer(normalized), MAX_FOUND):
            yield from phone_of(match[0])
    words: list[int] | None = None
    for number in islice(_DIALLED.finditer(normalized), MAX_TRIED):
        if words is None:
            words = sorted(end for _, end in _DIAL_WORDS.spans(normalized))
        if not words:
            return
        # If the nearest word is too far from it, so are all others.
        word = words[bisect_right(words, number.start()) - 1]
        if word <= number.start() and _BEFORE_DIALLED.fullmatch(normalized, word, number.start()):
            yield from phone_of(number[0])


def has_dial_word(normalized: str) -> bool:
    """Return True if a text has a messenger's name or a dial word."""
    return next(_DIAL_WORDS.spans(normalized), None) is not None


def phone_of(text: str) -> Iterator[str]:
    """Yield the digits of `text`, without a leading 00, if they may be a phone number."""
    digits = "".join(filter(str.isdigit, text)).removeprefix("00")
    if len(digits) in _PHONE_DIGITS and len(set(digits)) > 2:
        yield digits


def mails_in(normalized: str) -> Iterator[str]:
    """Yield mail addresses in lower case; those of Gmail without dots and `+` suffixes."""
    if "@" not in normalized:
        return
    for match in islice(_MAIL.finditer(normalized), MAX_FOUND):
        name, host = match[1], match[2]
        if host in _DOTLESS_MAIL_HOSTS:
            name = name.partition("+")[0].replace(".", "")
        yield f"{name}@{host}"


def codes_in(normalized: str) -> Iterator[str]:
    """Yield referral codes."""
    if not _holds_letter_beside_digit(normalized):
        return
    end = count = 0
    for _, start, _ in _CODE_WORDS.find_matches_as_indexes(normalized):
        match = _CODE.match(normalized, start) if start >= end else None
        if match is not None:
            yield match[1]
            end, count = match.end(), count + 1
            if count == MAX_FOUND:
                return
