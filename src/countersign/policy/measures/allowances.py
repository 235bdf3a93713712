"""Allowance: a refused text that a moderator lets pass for a while."""

from dataclasses import dataclass
from typing import Final

_IN: Final = " in "


def fingerprint_in_room(fingerprint: str, room_id: str) -> str:
    """Return the fingerprint of a text that passes in one room only."""
    return f"{fingerprint}{_IN}{room_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Text of one sender in one community that a moderator allowed.

    Attributes:
        community: the community.
        sender: the sender's user ID.
        fingerprint: fingerprint of the text; see `fingerprint_in_room` if it passes in one room
            only.
        reference: reference of the decision that refused it.
        steps: the labels of the steps that refused it, each by a false positive.
        allowed_ts: time of the first allowance, in ms since the epoch.
        until_ts: end of the allowance.
    """

    community: str
    sender: str
    fingerprint: str
    reference: str
    steps: tuple[str, ...]
    allowed_ts: int
    until_ts: int

    @property
    def is_for_one_room(self) -> bool:
        """True if the text passes in one room only."""
        return _IN in self.fingerprint
