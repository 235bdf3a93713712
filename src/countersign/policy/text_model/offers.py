"""Points of a text for the cues of an offer and the contacts in it."""

import re
from typing import Final, NamedTuple

from countersign.policy.text.finders import finder_of
from countersign.policy.text.indicators.contacts import has_dial_word
from countersign.policy.text.offers.cues import (
    Cue,
    are_near,
    as_cyrillic,
    claims_authority,
    cues_in,
    leading_cues_in,
    names_secret,
    plain,
)
from countersign.policy.text.offers.doubled_sums import brings_more_back
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
    USER,
    WALLET,
)
from countersign.policy.text_model.quick_checks import holds_digit
from countersign.policy.text_model.reaching import (
    asks_to_write_to_user,
    holds_number,
    holds_spoken_number,
    may_reach,
    names_messenger_id,
    reaches,
)

_CONTACTS: Final = frozenset((MESSENGER, HANDLE, PHONE, MAIL, WALLET))
_ADDRESSED: Final = f"{HANDLE}{USER} ,:"
_DOUBTFUL_LINKS: Final = frozenset((CHEAP_LINK, SHORTENED))
_SUMS: Final = frozenset((AMOUNT, SMALL_AMOUNT, PERCENT))

_COUNTED: Final = (
    Cue.GAIN, Cue.EASE, Cue.PRAISE, Cue.WARE, Cue.TROUBLE, Cue.ASSET, Cue.CALL,
)  # fmt: skip
_CORE: Final = Cue.GAIN | Cue.PRAISE | Cue.WARE | Cue.STRONG_WARE | Cue.TROUBLE
_TELLING: Final = Cue.GAIN | Cue.PRAISE | Cue.STRONG_WARE
_ASKING: Final = Cue.SECRET | Cue.SCAN
_POINTS_EACH: Final = 2
_MOST_COUNTED: Final = 5
_LEAST_COUNTED: Final = 2
"""Minimum number of cues for points without a contact."""
PRIVATE_POINTS: Final = 4
PRIVATE_OFFER_POINTS: Final = 6
REACHED_POINTS: Final = 7
LONE_POINTS: Final = 3
ASKED_POINTS: Final = 6
"""Points for a request for a secret."""
PRETEXT_POINTS: Final = 4
CLAIM_POINTS: Final = 6
"""Points for a claim of authority with a request to write in private."""
ACCOUNT_POINTS: Final = 4
SCAN_POINTS: Final = 6
WALLET_POINTS: Final = 3
PLEA_POINTS: Final = 8
"""Points for whoever tells of a need and shows a wallet."""
DOUBLED_POINTS: Final = 6
"""Points for a sum, a larger one that comes back, and a wallet."""
_FEW_WORDS: Final = 12
MAX_POINTS: Final = _POINTS_EACH * _MOST_COUNTED + PRIVATE_OFFER_POINTS + REACHED_POINTS

# Where people are paid by whoever has the link.
_takes_money: Final = finder_of(
    r"(?:^|[^a-z0-9-])(?:paypal\.me|paypal\.com/paypalme|cash\.app|venmo\.com|revolut\.me|monzo\.me"
    r"|gofundme\.com|gofund\.me|wise\.com/pay|ko-fi\.com|buymeacoffee\.com)/[a-z0-9$@]"
)
_LEAST_SUMS: Final = 2
_LARGE: Final = re.compile(r"(?<![\d.,])\d(?:[., ]?\d){2,8}(?!\d)")
_DIGIT: Final = re.compile(r"\d")


class FoundOffer(NamedTuple):
    """Points of a text for an offer.

    Attributes:
        points: the sum.
        words: the words of its cues, as `plain` leaves them.
        is_reached: True if it has a messenger's name beside a handle or number.
    """

    points: int
    words: tuple[str, ...]
    is_reached: bool


_NOTHING: Final = FoundOffer(0, (), is_reached=False)


class _Leads(NamedTuple):
    """Contacts, invitations to a private conversation, and requests in a text."""

    is_reached: bool
    has_contact: bool
    is_private: bool
    asks_user: bool
    claims: bool
    is_searched: bool
    is_leading: bool
    is_asking: bool


def _leads_of(
    read: str, normalized: str, masks: frozenset[str], *, leads_out: bool | None
) -> _Leads:
    led = leading_cues_in(read)
    claims = claims_authority(read, led)
    is_private = bool(led.cues & Cue.PRIVATE)
    asks_user = not is_private and asks_to_write_to_user(normalized)
    is_reached = MESSENGER in masks or reaches(read, led) or names_messenger_id(normalized, led)
    is_led = not masks.isdisjoint(_DOUBTFUL_LINKS) or (
        LINK in masks if leads_out is None else leads_out
    )
    # A wallet that somebody asks about is nobody's contact.
    contacts = _CONTACTS - {WALLET} if read.rstrip().endswith("?") else _CONTACTS
    has_contact = not masks.isdisjoint(contacts) or (holds_digit(read) and holds_number(read))
    if holds_spoken_number(read):
        has_contact = True
        # Nobody else writes a number to dial in words.
        is_reached = is_reached or bool(led.messengers) or has_dial_word(read)
    is_searched = not is_reached and may_reach(read, led)
    is_leading = is_reached or has_contact or is_led or is_private or is_searched
    is_asking = claims or bool(led.cues & _ASKING)
    return _Leads(
        is_reached, has_contact, is_private, asks_user, claims, is_searched, is_leading, is_asking
    )


def offer_in(
    read: str, normalized: str, *, leads_out: bool | None, is_joined: bool = False
) -> FoundOffer:
    """Return the offer in a text; it has 0 points without one.

    Args:
        read: normalized, undisguised and masked, as `masked` leaves it.
        normalized: the normalized text before that.
        leads_out: True if it has a link to a host that is not shared, False if its links lead to
            others; None if no link was found in it, so that the masks decide.
        is_joined: True for several joined messages, in which a contact is never alone.
    """
    # Whoever is addressed at the beginning is nobody's contact. Masks are beyond ASCII.
    masks: frozenset[str] = frozenset()
    if not read.isascii():
        masks = frozenset(read.lstrip(_ADDRESSED))
    read = plain(read)
    led = _leads_of(read, normalized, masks, leads_out=leads_out)
    doubled = 0 if "?" in read or not brings_more_back(normalized) else DOUBLED_POINTS
    if not (led.is_leading or led.asks_user or led.is_asking or doubled):
        return _NOTHING
    found = cues_in(read)
    cues, words = found.cues, found.words
    is_reached = led.is_reached
    has_sum = not masks.isdisjoint(_SUMS) or _names_sum(read, cues)
    is_private = led.is_private or (led.asks_user and _promises_something(cues, has_sum=has_sum))
    points = _request_points(read, cues, claims=led.claims) + doubled
    if not (led.is_leading or is_private):
        return FoundOffer(min(points, MAX_POINTS), words, is_reached=False)
    if (cyrillic := as_cyrillic(normalized[:MAX_CHARS])) is not None:
        more = cues_in(cyrillic)
        cues |= more.cues
        words += more.words
        has_sum = has_sum or _names_sum(read, cues)
    # Whoever offers something is reached by what to search for in a messenger, or whom to ask.
    is_offered = cues & _TELLING or (has_sum and cues & Cue.EASE)
    is_reached = is_reached or bool(led.is_searched and is_offered)
    if cues & Cue.JOB and (is_reached or CHEAP_LINK in masks or cues & _TELLING):
        # Who looks for staff gives a link or a number, and tells what they pay.
        cues |= Cue.WARE
    if is_reached and sum(map(read.count, _SUMS)) + len(_LARGE.findall(read)) >= _LEAST_SUMS:
        # What became of a sum, and who did it.
        cues |= Cue.GAIN
    if is_reached and has_sum and cues & Cue.EASE:
        # So much a day, without skill or today: work or a loan in words that no list has.
        cues |= Cue.WARE
    points += REACHED_POINTS if is_reached else 0
    points += _counted_points(cues, has_sum=has_sum, is_led=is_reached or is_private)
    if "?" not in read:
        # Whoever pays in gets more back.
        points += WALLET_POINTS if WALLET in masks and cues & _TELLING else 0
        is_asking_money = cues & Cue.PLEA and (WALLET in masks or _takes_money(normalized))
        points += PLEA_POINTS if is_asking_money else 0
    if is_private:
        points += PRIVATE_OFFER_POINTS if cues & _CORE else 0
        points += PRIVATE_POINTS if (is_reached or led.has_contact) and not cues & _CORE else 0
    elif is_reached and not (cues & _CORE or is_joined) and _is_lone(read, masks):
        # Little but a contact: the pitch comes later, or elsewhere.
        points += LONE_POINTS
    points = min(points, MAX_POINTS)
    return FoundOffer(points, words, is_reached=is_reached)


def _promises_something(cues: int, *, has_sum: bool) -> bool:
    """Return True if what a user is to be asked about comes with ease, or as a sum.

    People ask others to write to a user about everything else.
    """
    if cues & Cue.EASE:
        return bool(cues & (Cue.GAIN | Cue.WARE | Cue.STRONG_WARE))
    return has_sum and bool(cues & (Cue.GAIN | Cue.STRONG_WARE))


def _counted_points(cues: int, *, has_sum: bool, is_led: bool) -> int:
    """Return points by the number of different cues of an offer."""
    if not cues & _CORE:
        return 0
    count = sum(cues & cue > 0 for cue in _COUNTED) + 2 * (cues & Cue.STRONG_WARE > 0)
    count += has_sum
    # A trouble, and what to do about it.
    count += bool(cues & Cue.TROUBLE and cues & Cue.CALL)
    return _POINTS_EACH * min(count, _MOST_COUNTED) if count >= _LEAST_COUNTED or is_led else 0


def _request_points(read: str, cues: int, *, claims: bool) -> int:
    """Return points for a request for a secret, a claim of authority, or a code to scan."""
    is_question = "?" in read
    is_private = cues & Cue.PRIVATE
    points = 0
    if cues & Cue.SCAN and cues & Cue.SCAN_BAIT and not is_question:
        # A picture leads elsewhere too.
        points += SCAN_POINTS
    if _asks_for_secret(read, cues):
        points += ASKED_POINTS
        # A number that was entered by mistake, an account that will be closed.
        is_threat = cues & (Cue.ACCOUNT | Cue.TROUBLE) and not is_question
        points += PRETEXT_POINTS if cues & Cue.MISTAKE or is_threat else 0
    elif claims and is_private and not is_question:
        is_about_account = cues & (Cue.ACCOUNT | Cue.TROUBLE | Cue.SECRET | Cue.ASSET)
        points += CLAIM_POINTS + (ACCOUNT_POINTS if is_about_account else 0)
    elif is_private and cues & Cue.ACCOUNT:
        points += ACCOUNT_POINTS
    return points


def _asks_for_secret(read: str, cues: int) -> bool:
    if not cues & Cue.SECRET:
        return False
    if cues & Cue.PRIVATE:
        return True
    return bool(cues & Cue.HAND_OVER) and (
        bool(cues & Cue.MISTAKE) or are_near(read, Cue.HAND_OVER, Cue.SECRET)
    )


_ZERO_FOR: Final = str.maketrans("123456789", "0" * 9)


def asks_for_secret(said: str) -> bool:
    """Return True if a text asks for a code, a password or a key.

    Args:
        said: normalized, as `plain` leaves it.
    """
    said = said.translate(_ZERO_FOR)
    return names_secret(said) and _asks_for_secret(said, cues_in(said).cues & ~Cue.PRIVATE)


def _is_lone(read: str, masks: frozenset[str]) -> bool:
    return MESSENGER not in masks and "?" not in read and read.count(" ") < _FEW_WORDS


def _names_sum(read: str, cues: int) -> bool:
    return bool(cues & Cue.CURRENCY) and _DIGIT.search(read) is not None
