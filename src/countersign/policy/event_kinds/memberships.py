"""The kinds of membership events that a policy may judge."""

from enum import StrEnum
from typing import Any, Final


class MembershipKind(StrEnum):
    """Kind of a membership event. Leaves, kicks and bans by those who may are never blocked."""

    JOIN = "join"
    INVITE = "invite"
    KNOCK = "knock"
    PROFILE = "profile"
    """Somebody who is joined changes their name or picture."""
    OTHER = "other"
    """Anything else, such as a kick by somebody who may not."""


ALL_KINDS: Final = frozenset(MembershipKind)


def kind_of(membership: Any, membership_before: str | None) -> MembershipKind:
    """Return the kind of a membership event.

    Args:
        membership: the value of `membership` in its content, of any type.
        membership_before: the same user's membership before; None if unknown, so that a join is a
            join.
    """
    if membership == "join" and membership_before == "join":
        return MembershipKind.PROFILE
    kinds = (MembershipKind.JOIN, MembershipKind.INVITE, MembershipKind.KNOCK)
    return next((kind for kind in kinds if kind.value == membership), MembershipKind.OTHER)
