"""Indicators: a link, a contact or a wallet by its kind and normal form."""

from enum import StrEnum
from typing import Final, NamedTuple

MAX_INDICATORS: Final = 12
"""Maximum number of indicators of one event, the first of each kind before others."""
MAX_NAME_CHARS: Final = 200
"""Maximum length of an indicator's normal form."""


class IndicatorKind(StrEnum):
    """Kind of an indicator, the most telling first."""

    WALLET = "wallet"
    """The address of a wallet."""
    HANDLE = "handle"
    """A handle in any messenger."""
    PHONE = "phone"
    """A phone number, its digits alone."""
    INVITATION = "invitation"
    """An invitation to a group in a messenger or to a room, or a referral code."""
    MAIL = "mail"
    """A mail address."""
    LINK = "link"
    """A host with path and meaningful parameters."""
    DOMAIN = "domain"
    """A host alone, except for shared hosts."""

    @property
    def is_contact(self) -> bool:
        """True if it is a way to reach or pay somebody: all kinds but links and domains."""
        return self not in (IndicatorKind.LINK, IndicatorKind.DOMAIN)

    @property
    def is_personal(self) -> bool:
        """True if it may belong to one person, and so is stored as a keyed hash only."""
        return self in (IndicatorKind.HANDLE, IndicatorKind.PHONE, IndicatorKind.MAIL)


class Indicator(NamedTuple):
    """A link, contact or wallet that messages have in common.

    Attributes:
        kind: its kind.
        name: its normal form, equal for all ways of writing it.
        host: the host of a link or a domain; empty for other kinds.
    """

    kind: IndicatorKind
    name: str
    host: str = ""
