"""Points of an indicator: for marks against it, for a wave, and for being unknown."""

from typing import Final

from countersign.policy.events import Event
from countersign.policy.message_traits.lone_links import is_lone_link
from countersign.policy.questions.indicators import BadBecause, IndicatorFacts
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.policy.text.indicators.shared_hosts import is_shared_host

SAID_POINTS: Final = 12
"""Points of what a moderator called bad."""
UNKNOWN_POINTS: Final = 1
"""Points of a domain that no member ever posted."""
_REDACTED_POINTS: Final = {"contact": 10, "link": 7, "domain": 3}
_REFUSED_POINTS: Final = {"contact": 8, "link": 5, "domain": 2}
_BAD_POINTS: Final = {
    BadBecause.REDACTED: _REDACTED_POINTS,
    BadBecause.REFUSED: _REFUSED_POINTS,
    BadBecause.SAID: dict.fromkeys(_REFUSED_POINTS, SAID_POINTS),
}
_WAVE_POINTS: Final = {"contact": 10, "link": 4, "domain": 2}
"""Points by kind; few for a domain: honest people post different pages of one issue tracker."""
_SHARED_WAVE_POINTS: Final = 2
_ROOMS_WAVE_POINTS: Final = 7
"""Points of a link that one newcomer posts in several rooms; pages of one site count less."""
_MAIL_WAVE_POINTS: Final = 4
_PAIR_POINTS: Final = 8
_PUBLIC_PAIR_POINTS: Final = 5
"""The same for a phone number or mail address, which clubs and cafés have too."""
_UNKNOWN_POINTS: Final = {
    IndicatorKind.HANDLE: 2,
    IndicatorKind.DOMAIN: UNKNOWN_POINTS,
}
"""Points of what no member ever posted: too few by themselves, and some beside a pitch."""
_HIDDEN_MAIL_POINTS: Final = 6
_FREE_MAIL: Final = (
    "@gmail.com", "@googlemail.com", "@outlook.com", "@hotmail.com", "@yahoo.com", "@proton.me",
    "@protonmail.com", "@gmx.de", "@gmx.net", "@mail.ru", "@yandex.ru", "@163.com", "@qq.com",
    "@aol.com", "@icloud.com", "@tutanota.com", "@mail.com", "@zohomail.com",
)  # fmt: skip
"""Hosts where anybody gets an address; a company's are passed on by its customers too."""
_HARMLESS_TEXT_POINTS: Final = 5
"""Most points of the text model on such a text."""
_LONE_LINK_POINTS: Final = 2
"""Most points of a link that stands alone and that others sent too, as many do in a crowd."""
_LONE_LETTERS: Final = 12
"""A link with no more letters beside it is what the message is about."""


def bad_points(because: BadBecause, indicator: Indicator, event: Event) -> int:
    """Return the points of an indicator that is known to be bad."""
    points = _BAD_POINTS[because][_class_of(indicator)]
    if because is not BadBecause.REFUSED:
        return points
    most = _MAIL_WAVE_POINTS if _is_own_mail(indicator) else points
    return within_harmless(min(points, most), indicator, event)


def wave_points(indicator: Indicator, *, is_one: bool) -> int:
    """Return the points of an indicator that came in a wave.

    Args:
        indicator: the indicator.
        is_one: True if one newcomer brought it to several rooms.
    """
    if _is_own_mail(indicator):
        return _MAIL_WAVE_POINTS
    if indicator.kind is IndicatorKind.LINK and is_one:
        return _ROOMS_WAVE_POINTS
    if indicator.host and is_shared_host(indicator.host):
        return _SHARED_WAVE_POINTS
    return _WAVE_POINTS[_class_of(indicator)]


def pair_points(indicator: Indicator) -> int:
    """Return the points of an indicator that one newcomer too few for a wave sent; 0 for a link."""
    if not indicator.kind.is_contact or _is_own_mail(indicator):
        return 0
    is_public = indicator.kind in (IndicatorKind.PHONE, IndicatorKind.MAIL)
    return _PUBLIC_PAIR_POINTS if is_public else _PAIR_POINTS


def unknown_points(known: IndicatorFacts, event: Event) -> int:
    """Return the points of an indicator that no member ever posted; 0 if it has none."""
    if known.is_known:
        return 0
    kind, text = known.indicator.kind, event.seen.normalized
    if kind is IndicatorKind.MAIL:
        # A plain one is for whoever weighs mail addresses.
        is_plain = _is_own_mail(known.indicator) or "@" in text
        return 0 if is_plain else _HIDDEN_MAIL_POINTS
    # Wallets have none, for whoever asks about a payment shows theirs, nor have phone numbers:
    # cafés and clubs give theirs.
    return _UNKNOWN_POINTS.get(kind, 0)


def within_harmless(points: int, indicator: Indicator, event: Event) -> int:
    """Return the points of a link that others sent, fewer if the event asks or talks about it.

    Anybody can put the link of a project into messages that are refused.
    """
    if indicator.kind.is_contact or points <= UNKNOWN_POINTS:
        return points
    if event.most_text_points > _HARMLESS_TEXT_POINTS:
        return points
    return min(points, _LONE_LINK_POINTS) if is_lone_link(event, _LONE_LETTERS) else UNKNOWN_POINTS


def _class_of(indicator: Indicator) -> str:
    return "contact" if indicator.kind.is_contact else indicator.kind.value


def _is_own_mail(indicator: Indicator) -> bool:
    """Return True for a mail address at a domain of its own, as those of projects and clubs are."""
    return indicator.kind is IndicatorKind.MAIL and not indicator.name.endswith(_FREE_MAIL)
