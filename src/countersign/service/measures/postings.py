"""Records of members who posted an indicator."""

from dataclasses import dataclass, field
from typing import Final

from countersign.policy.indicators.facts import ENOUGH_POSTERS, PostedIndicator

POSTERS_NAMED: Final = ENOUGH_POSTERS + 1
"""Maximum number of members of whom the user ID is kept."""


@dataclass(slots=True)
class Posting:
    """Posting of an indicator by members.

    Attributes:
        first_ts: time of the first post, in ms since the epoch.
        last_ts: time of the last post.
        posters: number of different members, including those before a restart; three at most.
        names: their user IDs, as far as they posted it since the start.
        vouchers: those of them who are trusted or moderators.
    """

    first_ts: int
    last_ts: int
    posters: int = 0
    names: set[str] = field(default_factory=set)
    vouchers: set[str] = field(default_factory=set)

    def others_than(self, sender: str) -> int:
        """Return the number of members other than `sender` who posted it."""
        return self.posters - (sender in self.names)

    def add(self, stored: PostedIndicator) -> None:
        """Merge the record of another process, which may have seen other members post it."""
        self.first_ts = min(self.first_ts, stored.first_ts)
        self.last_ts = max(self.last_ts, stored.last_ts)
        self.posters = max(self.posters, stored.posters)
