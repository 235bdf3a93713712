"""Indicators: a link, a contact or a wallet by its kind and normal form."""

from enum import StrEnum
from typing import Final, NamedTuple

MAX_INDICATORS: Final = 12
"""Maximum number of indicators of one event; the first of each kind come first."""
MAX_NAME_CHARS: Final = 200
"""Limit on how much of an indicator's normal form counts."""


class IndicatorKind(StrEnum):
    """Kind of an indicator, the most telling first."""

    WALLET = "wallet"
    """The address of a wallet."""
    HANDLE = "handle"
    """A name in another messenger, whichever it is."""
    PHONE = "phone"
    """A phone number, its digits alone."""
    INVITATION = "invitation"
    """An invitation into a group of another messenger or into a room, or a referral code."""
    MAIL = "mail"
    """A mail address."""
    LINK = "link"
    """A host with path and meaningful parameters."""
    DOMAIN = "domain"
    """A host alone; the hosts that everybody links to are left out."""

    @property
    def is_contact(self) -> bool:
        """True if people can be reached or paid by it: everything but links and domains."""
        return self not in (IndicatorKind.LINK, IndicatorKind.DOMAIN)

    @property
    def is_personal(self) -> bool:
        """True if it may belong to one person, and so is stored as a keyed hash only."""
        return self in (IndicatorKind.HANDLE, IndicatorKind.PHONE, IndicatorKind.MAIL)


class Indicator(NamedTuple):
    """Something by which messages belong together.

    Attributes:
        kind: what it is.
        name: its normal form: the same for each way of writing it.
        host: of a link and a domain, where it leads; empty for all others.
    """

    kind: IndicatorKind
    name: str
    host: str = ""
