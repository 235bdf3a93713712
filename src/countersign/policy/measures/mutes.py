"""Mute: a time in which the events of a sender are refused, after repeated refusals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Mute of a sender in a community by a step of its policy.

    Attributes:
        community: the community.
        user_id: the sender's user ID.
        rule: the step's numbers, such as `3 in 600 s: 60 s to 3600 s`: refusals, the time in which
            they count, the first and the longest mute.
        started_ts: its start, in ms since the epoch.
        until_ts: its end.
        times: its number in a row; each is twice as long as the one before, until a day passes
            without any.
    """

    community: str
    user_id: str
    rule: str
    started_ts: int
    until_ts: int
    times: int
