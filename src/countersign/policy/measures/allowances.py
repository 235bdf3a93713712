"""Allowance: words that pass for a while although filters refuse them, as a moderator said."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Words of one sender in one community that a moderator allowed.

    Attributes:
        community: where.
        sender: whose.
        fingerprint: of the words.
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
