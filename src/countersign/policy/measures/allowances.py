"""Allowance: words that pass for a while although filters refuse them, as a moderator said."""

from dataclasses import dataclass
from typing import Final

_IN: Final = " in "


def fingerprint_in_room(fingerprint: str, room_id: str) -> str:
    """Return the fingerprint of words as they are known in one room alone."""
    return f"{fingerprint}{_IN}{room_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Words of one sender in one community that a moderator allowed.

    Attributes:
        community: where.
        sender: whose.
        fingerprint: of the words; or of these in one room, if they pass there alone.
        reference: of the decision that refused them.
        steps: the labels of the policy's steps that did: it was a false positive of each.
        allowed_ts: when it was allowed first, in ms since the epoch.
        until_ts: until when the words pass.
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
        """True if the words pass in one room alone."""
        return _IN in self.fingerprint
