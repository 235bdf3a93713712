"""Mute: a pause for one person, after events that were refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A pause of one person in one community, as one step of its policy imposes it.

    Attributes:
        community: where.
        user_id: who.
        rule: by which numbers of the step, as `3 in 600 s: 60 s to 3600 s`: after so many refusals
            in so much time, how long the first pause is and how long any is at most.
        started_ts: when it began, in ms since the epoch.
        until_ts: when it ends.
        times: the how many-th it is; each is twice as long as the one before, until a day passes
            without any.
    """

    community: str
    user_id: str
    rule: str
    started_ts: int
    until_ts: int
    times: int
