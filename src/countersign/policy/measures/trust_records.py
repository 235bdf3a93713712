"""Trust records of a community's users: learned from events, or set by a moderator."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from countersign.basics.durations import DAY_MS
from countersign.basics.records import record

MAX_ACTIVE_DAYS_COUNTED: Final = 400
MAX_ACCEPTED_COUNTED: Final = 1_000_000


class Trust(StrEnum):
    """Level of trust, in ascending order."""

    BANNED = "banned"
    """All their events are refused, by a moderator's command or a policy list."""
    UNTRUSTED = "untrusted"
    """Distrusted, by a moderator's command or as part of a raid."""
    NEW = "new"
    """Not known yet."""
    MEMBER = "member"
    """Known for a while with signed events, or in the room before this server."""
    TRUSTED = "trusted"
    """Known for long, and active on many days."""
    MODERATOR = "moderator"
    """Has the power level of a moderator in the room."""

    def __init__(self, value: str) -> None:  # noqa: ARG002 - as the value is given
        # An attribute, since each event's is compared with a dozen others.
        self.rank: Final = len(type(self).__members__)
        """The level's place among all, the least trusted first."""

    def up_to(self) -> frozenset["Trust"]:
        """Return this level and all below it."""
        return frozenset(level for level in Trust if level.rank <= self.rank)


RANKS: Final = {level: rank for rank, level in enumerate(Trust)}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTrust:
    """A level that a moderator gave.

    Attributes:
        level: the level.
        until_ts: its end, in ms since the epoch; None without end.
        reason: the moderator's reason.
    """

    level: Trust
    until_ts: int | None = None
    reason: str = ""


@record(frozen=True, slots=True, kw_only=True)
class LearnedTrust:
    """Observations of a user that are not yet added to the user's trust record.

    Attributes:
        first_ts: the time when the first of their events was signed, in ms since the epoch.
        accepted_events: how many were.
        active_days: on how many days.
        last_active_day: the number of the last one, in days since the epoch.
    """

    first_ts: int
    accepted_events: int
    active_days: int
    last_active_day: int

    @classmethod
    def once(cls, now_ts: int) -> Self:
        """Return the gain of one event that is signed at `now_ts`."""
        return cls(
            first_ts=now_ts, accepted_events=1, active_days=1, last_active_day=now_ts // DAY_MS
        )

    def after(self, more: "LearnedTrust") -> "LearnedTrust":
        """Return the sum of this and a later gain."""
        new_days, last_day = _days_after(self.last_active_day, more)
        return LearnedTrust(
            first_ts=min(self.first_ts, more.first_ts),
            accepted_events=self.accepted_events + more.accepted_events,
            active_days=self.active_days + new_days,
            last_active_day=last_day,
        )


@record(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """A community's record of a user.

    Attributes:
        first_seen_ts: the time when they were first seen, in ms since the epoch; 0 if never.
        accepted_events: how many of their events were signed, besides those never blocked.
        active_days: on how many days.
        last_active_day: the number of the last one, in days since the epoch.
        given: the level that a moderator gave them, which overrides the level that they earned.
        given_until_ts: the end of the given level, in ms since the epoch; None for no end.
        given_reason: the reason, in the moderator's words.
    """

    first_seen_ts: int = 0
    accepted_events: int = 0
    active_days: int = 0
    last_active_day: int = -1
    given: Trust | None = None
    given_until_ts: int | None = None
    given_reason: str = ""

    def given_at(self, now_ts: int) -> Trust | None:
        """Return the level that a moderator set, if it has not ended."""
        if self.given_until_ts is not None and self.given_until_ts <= now_ts:
            return None
        return self.given

    def with_given(self, given: GivenTrust | None) -> "TrustRecord":
        """Return it with the level that a moderator gave; None takes a given one away."""
        return replace(
            self,
            given=None if given is None else given.level,
            given_until_ts=None if given is None else given.until_ts,
            given_reason="" if given is None else given.reason,
        )

    def seen_since(self, first_seen_ts: int) -> "TrustRecord":
        """Return it with another moment at which the user was first seen."""
        # Named one by one, as below.
        return TrustRecord(
            first_seen_ts=first_seen_ts,
            accepted_events=self.accepted_events,
            active_days=self.active_days,
            last_active_day=self.last_active_day,
            given=self.given,
            given_until_ts=self.given_until_ts,
            given_reason=self.given_reason,
        )

    def after(self, learned: LearnedTrust) -> "TrustRecord":
        """Return the record with a gain added; several processes may add at the same time."""
        events = self.accepted_events + learned.accepted_events
        new_days, last_day = _days_after(self.last_active_day, learned)
        first_ts = self.first_seen_ts
        if not first_ts or first_ts > learned.first_ts:  # nobody yet, or a fast clock
            first_ts = learned.first_ts
        # Named one by one: `replace` takes twice as long, and this is done for each signed event.
        return TrustRecord(
            first_seen_ts=first_ts,
            accepted_events=min(events, MAX_ACCEPTED_COUNTED),
            active_days=min(self.active_days + new_days, MAX_ACTIVE_DAYS_COUNTED),
            last_active_day=last_day,
            given=self.given,
            given_until_ts=self.given_until_ts,
            given_reason=self.given_reason,
        )


def _days_after(last_active_day: int, learned: LearnedTrust) -> tuple[int, int]:
    """Return how many of the days in `learned` are not counted yet, and which day is the last."""
    later = learned.last_active_day - last_active_day
    if later < -1:  # a fast clock wrote the day; about midnight, processes differ by one
        return learned.active_days, learned.last_active_day
    if later <= 0:  # an event like most: not the first of its day
        return 0, last_active_day
    return min(learned.active_days, later), learned.last_active_day
