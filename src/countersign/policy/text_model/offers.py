"""Points of a text for what it offers and where it leads."""

import re
from typing import Final, NamedTuple

from countersign.policy.text.finders import finder_of
from countersign.policy.text.offers.reading import (
    Sign,
    Signs,
    as_cyrillic,
    leading_signs_in,
    plain,
    signs_in,
)
from countersign.policy.text_model.masking import (
    AMOUNT,
    CHEAP_LINK,
    HANDLE,
    LINK,
    MAIL,
    MAX_CHARS,
    MESSENGER,
    PERCENT,
    PHONE,
    SHORTENED,
    SMALL_AMOUNT,
    WALLET,
)
from countersign.policy.text_model.quick_checks import holds_digit

_CONTACTS: Final = frozenset((MESSENGER, HANDLE, PHONE, MAIL, WALLET))
_ADDRESSED: Final = f"{HANDLE} ,:"
_DOUBTFUL_LINKS: Final = frozenset((CHEAP_LINK, SHORTENED))
_SUMS: Final = frozenset((AMOUNT, SMALL_AMOUNT, PERCENT))

_COUNTED: Final = (
    Sign.GAIN, Sign.EASE, Sign.PRAISE, Sign.WARE, Sign.TROUBLE, Sign.ASSET, Sign.CALL,
)  # fmt: skip
_CORE: Final = Sign.GAIN | Sign.PRAISE | Sign.WARE | Sign.STRONG_WARE | Sign.TROUBLE
_TELLING: Final = Sign.GAIN | Sign.PRAISE | Sign.STRONG_WARE
_POINTS_EACH: Final = 2
_MOST_COUNTED: Final = 5
_LEAST_COUNTED: Final = 2
"""One word says nothing, except of what seldom is honest."""
PRIVATE_POINTS: Final = 4
PRIVATE_OFFER_POINTS: Final = 6
REACHED_POINTS: Final = 7
LONE_POINTS: Final = 3
_FEW_WORDS: Final = 12
MAX_POINTS: Final = _POINTS_EACH * _MOST_COUNTED + PRIVATE_OFFER_POINTS + REACHED_POINTS

_LEAST_SUMS: Final = 2
_LARGE: Final = re.compile(r"(?<![\d.,])\d(?:[., ]?\d){2,8}(?!\d)")
_DIGIT: Final = re.compile(r"\d")
_holds_number: Final = finder_of(r"(?:^|[^0-9.,])[0-9](?:[ ()./\-]{0,2}[0-9]){8,14}(?:[^0-9]|$)")
_REACH: Final = 24
"""Characters that may stand between a messenger and the name or number behind it."""
_SPOKEN: Final = (
    "zero|one|two|three|four|five|six|seven|eight|nine|double|plus|null|eins|zwei|drei|vier|funf|"
    "sechs|sieben|acht|neun|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|"
    "seis|siete|ocho|nueve|um|dois|quatro|sete|oito|nove|onze|due|tre|quattro|cinque|sei|sette|otto|"
    "ноль|один|два|три|четыре|пять|шесть|семь|восемь|девять|nol|satu|dua|tiga|empat|lima|enam|tujuh|"
    "delapan|sembilan|sifir|bir|iki|uc|dort|bes|alti|yedi|sekiz|dokuz"
)
_NAME: Final = r"[a-z][a-z0-9._-]{4,31}"
_NAME_BEHIND: Final = re.compile(
    rf"[^\n.!?{HANDLE}{PHONE}]{{0,{_REACH}}}(?:[{HANDLE}{PHONE}]"
    # A number that is no longer one to dial, once it is masked, or one in words.
    r"|(?<![\w.])\d(?:[ ()./-]{0,2}\d){6,14}(?!\w)"
    rf"|(?<!\w)(?:(?:{_SPOKEN}|\d+)[ ,.-]{{1,3}}){{4}}|[一二三四五六七八九零〇]{{6}}"
    # A name has a digit or the like that few words have, or stands by itself behind a sign.
    rf"|(?<![\w.])(?=[a-z.-]{{0,31}}[\d_]|[a-z]+\.[a-z]+\.){_NAME}(?!\w)"
    rf"|[:=>→👉] ?{_NAME}(?= *(?:\Z|[\n,;]|\. )))"
)
_NAME_BEFORE: Final = re.compile(rf"[{HANDLE}{PHONE}][^\n.!?]{{0,12}}\Z")
_MOST_BEFORE: Final = 14
# Hosts of messengers with other signs for the dot than those that are undone everywhere.
_holds_hidden_host: Final = finder_of(
    r"(?:^|\W)(?:t|wa) ?(?:[^\pL\pN\s]{0,2}[.,:;·•*]+[^\pL\pN\s]{0,2}|[(\[{<]\pL{1,6}[)\]}>])"
    r" ?m\.?e ?[/\\]"
)


class FoundOffer(NamedTuple):
    """Points of a text for what it offers and where it leads.

    Attributes:
        points: for all of it.
        words: what made them, as `plain` leaves it.
        is_reached: whether it names a messenger beside a name or number there.
    """

    points: int
    words: tuple[str, ...]
    is_reached: bool


_NOTHING: Final = FoundOffer(0, (), is_reached=False)


def offer_in(read: str, normalized: str, *, leads_out: bool, is_joined: bool = False) -> FoundOffer:
    """Return what a text offers.

    Args:
        read: normalized, undisguised and masked, as `masked` leaves it.
        normalized: the same, with what is masked or undisguised as it was written.
        leads_out: whether it has a link to a place where not everybody publishes.
        is_joined: whether it is several messages: no contact stands alone there.
    """
    # Whoever is addressed at the beginning is nobody's contact. Masks are beyond ASCII.
    masks: frozenset[str] = frozenset()
    if not read.isascii():
        masks = frozenset(read.lstrip(_ADDRESSED))
    read = plain(read)
    led = leading_signs_in(read)
    is_private = bool(led.signs & Sign.PRIVATE)
    is_reached = MESSENGER in masks or _reaches(read, led)
    is_led = not masks.isdisjoint(_DOUBTFUL_LINKS) or (leads_out and LINK in masks)
    has_contact = not masks.isdisjoint(_CONTACTS) or (holds_digit(read) and _holds_number(read))
    if not (is_reached or has_contact or is_led or is_private):
        return _NOTHING
    found = signs_in(read)
    signs, words = found.signs, found.words
    if (cyrillic := as_cyrillic(normalized[:MAX_CHARS])) is not None:
        more = signs_in(cyrillic)
        signs |= more.signs
        words += more.words
    if signs & Sign.JOB and (is_reached or CHEAP_LINK in masks or signs & _TELLING):
        # Who looks for staff gives a link or a number, and tells what they pay.
        signs |= Sign.WARE
    if is_reached and sum(map(read.count, _SUMS)) + len(_LARGE.findall(read)) >= _LEAST_SUMS:
        # What became of a sum, and who did it.
        signs |= Sign.GAIN
    has_sum = not masks.isdisjoint(_SUMS) or _names_sum(read, signs)
    if is_reached and has_sum and signs & Sign.EASE:
        # So much a day, without skill or today: work or a loan in words that no list has.
        signs |= Sign.WARE
    points = REACHED_POINTS if is_reached else 0
    if signs & _CORE:
        count = sum(signs & sign > 0 for sign in _COUNTED) + 2 * (signs & Sign.STRONG_WARE > 0)
        count += has_sum
        # A trouble, and what to do about it.
        count += bool(signs & Sign.TROUBLE and signs & Sign.CALL)
        if count >= _LEAST_COUNTED or is_reached or is_private:
            points += _POINTS_EACH * min(count, _MOST_COUNTED)
    if is_private:
        points += PRIVATE_OFFER_POINTS if signs & _CORE else 0
        points += PRIVATE_POINTS if (is_reached or has_contact) and not signs & _CORE else 0
    elif is_reached and not (signs & _CORE or is_joined) and _is_lone(read, masks):
        # Little but a contact: the pitch comes later, or elsewhere.
        points += LONE_POINTS
    return FoundOffer(points, words, is_reached=is_reached)


def _is_lone(read: str, masks: frozenset[str]) -> bool:
    return MESSENGER not in masks and "?" not in read and read.count(" ") < _FEW_WORDS


def _names_sum(read: str, signs: int) -> bool:
    return bool(signs & Sign.CURRENCY) and _DIGIT.search(read) is not None


def _reaches(read: str, found: Signs) -> bool:
    """Return True if a messenger stands beside a name or number, or its host is hidden."""
    return any(
        _NAME_BEHIND.match(read, end) is not None
        or _NAME_BEFORE.search(read, max(0, start - _MOST_BEFORE), start) is not None
        for start, end in found.messengers
    ) or (f"line {HANDLE}" in read or (("/" in read or "\\" in read) and _holds_hidden_host(read)))
