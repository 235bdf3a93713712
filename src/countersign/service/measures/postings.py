"""Records of who posted an indicator, and with what result."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from countersign.basics.durations import DAY_MS
from countersign.policy.questions.indicators import ENOUGH_POSTERS, PostedIndicator
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind

POSTERS_NAMED: Final = ENOUGH_POSTERS + 1
"""Maximum number of members of whom the user ID is kept."""


@dataclass(slots=True)
class Posting:
    """Posting of an indicator by members.

    Attributes:
        first_ts: time of the first post, in ms since the epoch.
        last_ts: time of the last post.
        posters: number of different members, including those of before a restart as far as they
            are more than those since; three at most.
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

    def add_poster(self, sender: str, *, is_voucher: bool) -> bool:
        """Add a member who posted it; return True if that is news.

        A member who is not named may be one of those who posted it before a restart.
        """
        is_news = False
        for people, is_one in ((self.names, True), (self.vouchers, is_voucher)):
            if is_one and sender not in people and len(people) < POSTERS_NAMED:
                people.add(sender)
                is_news = True
        self.posters = max(self.posters, len(self.names))
        return is_news

    def to_stored(self) -> PostedIndicator:
        """Return the part that is stored, which names nobody."""
        return PostedIndicator(self.first_ts, self.last_ts, self.posters)

    def add(self, stored: PostedIndicator) -> None:
        """Merge the record of another process, which may have seen other members post it."""
        self.first_ts = min(self.first_ts, stored.first_ts)
        self.last_ts = max(self.last_ts, stored.last_ts)
        self.posters = max(self.posters, stored.posters)


class SentIndicators(NamedTuple):
    """Indicators of a signed event whose sender is not a moderator.

    Attributes:
        community: of its room.
        sender: the user who sent it.
        room_id: its room.
        reference: the reference of the decision.
        indicators: what is in it.
    """

    community: str
    sender: str
    room_id: str
    reference: str
    indicators: tuple[Indicator, ...]

    def to_words(self) -> list[str]:
        """Return it as the words of a broadcast."""
        words = [self.community, self.sender, self.room_id, self.reference]
        for each in self.indicators:
            words += (each.kind.value, each.name, each.host)
        return words

    @classmethod
    def of_words(cls, words: Sequence[str]) -> "SentIndicators":
        """Parse the words that `to_words` made.

        Raises:
            ValueError: the words have another form.
        """
        community, sender, room_id, reference, *rest = words
        triples = zip(*[iter(rest)] * 3, strict=True)
        indicators = [Indicator(IndicatorKind(kind), name, host) for kind, name, host in triples]
        return cls(community, sender, room_id, reference, tuple(indicators))


class Suspicion:
    """Refused events with one indicator: their senders, and the time of the first."""

    __slots__ = ("senders", "since_ts")

    def __init__(self, since_ts: int) -> None:
        self.senders: set[str] = set()
        self.since_ts = since_ts

    def covers(self, sender: str, now_ts: int) -> bool:
        """Return True if a sender is known to have been refused within a day."""
        return sender in self.senders and now_ts - self.since_ts <= DAY_MS
