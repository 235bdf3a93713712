"""Trust: how well a community knows a sender, by levels that are earned and can be explained."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Self

from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.document.options import option
from countersign.protocol.canonical_json import MAX_SAFE_INTEGER

MAX_ACTIVE_DAYS_COUNTED: Final = 400
MAX_ACCEPTED_COUNTED: Final = 1_000_000


class Trust(StrEnum):
    """A level of trust; each is more than those before it."""

    BANNED = "banned"
    """Nothing of theirs is signed: by a moderator's word or a policy list."""
    UNTRUSTED = "untrusted"
    """Distrusted for a reason: by a moderator's word, or as one of a raid."""
    NEW = "new"
    """Nobody knows them yet."""
    MEMBER = "member"
    """Has been around for a while and said something, or was there before us."""
    TRUSTED = "trusted"
    """Has been around, and active on many days."""
    MODERATOR = "moderator"
    """Has the power level of one."""

    @property
    def rank(self) -> int:
        """The level's place among all, the least trusted first."""
        return _RANKS[self]

    def up_to(self) -> frozenset["Trust"]:
        """Return this level and all below it."""
        return frozenset(level for level in Trust if level.rank <= self.rank)


_RANKS: Final = {level: rank for rank, level in enumerate(Trust)}
_MEMBER_RANK: Final = _RANKS[Trust.MEMBER]


@dataclass(frozen=True, kw_only=True)
class TrustRules:
    """What it takes to be trusted: the section `trust` of a policy document."""

    member_after_hours: int = option(
        24,
        minimum=0,
        maximum=8_760,
        unit="hours",
        help="How long ago somebody must have been seen first to be a member.",
    )
    member_accepted_events: int = option(
        5,
        minimum=0,
        maximum=10_000,
        unit="events",
        help="How many of their events must have been signed until then.",
    )
    trusted_after_days: int = option(
        14,
        minimum=0,
        maximum=3_650,
        unit="days",
        help="How long ago somebody must have been seen first to be trusted.",
    )
    trusted_active_days: int = option(
        5,
        minimum=0,
        maximum=MAX_ACTIVE_DAYS_COUNTED,
        unit="days",
        help="On how many days events of theirs must have been signed.",
    )
    trusted_accepted_events: int = option(
        50,
        minimum=0,
        maximum=100_000,
        unit="events",
        help="How many of their events must have been signed in all.",
    )
    moderator_power_level: int = option(
        50,
        minimum=1,
        maximum=2**53 - 1,
        unit="levels",
        help="From which power level on somebody is a moderator.",
    )
    knows_earlier_members: bool = option(
        default=True,
        help="Whether who was in the room before this policy server is a member from the start.",
    )


DEFAULT_TRUST_RULES: Final = TrustRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTrust:
    """A level that a moderator gave.

    Attributes:
        level: which.
        until_ts: until when, in ms since the epoch; None for good.
        reason: why, in the moderator's words.
    """

    level: Trust
    until_ts: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedTrust:
    """What was seen of a user since it was last added to what is known.

    Attributes:
        first_ts: when the first of their events was signed, in ms since the epoch.
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
        """Return what is learned when one event is signed at `now_ts`."""
        return cls(
            first_ts=now_ts, accepted_events=1, active_days=1, last_active_day=now_ts // DAY_MS
        )

    def after(self, more: "LearnedTrust") -> "LearnedTrust":
        """Return this and what was learned later."""
        return LearnedTrust(
            first_ts=self.first_ts,
            accepted_events=self.accepted_events + more.accepted_events,
            active_days=self.active_days + _new_days(self.last_active_day, more),
            last_active_day=_last_day(self.last_active_day, more),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRecord:
    """What a community has seen of a user.

    Attributes:
        first_seen_ts: when, in ms since the epoch; 0 if never.
        accepted_events: how many events of theirs were signed, exits not counted.
        active_days: on how many days.
        last_active_day: the number of the last one, in days since the epoch.
        given: the level that a moderator gave them, which stands above all that is earned.
        given_until_ts: until when, in ms since the epoch; None for good.
        given_reason: why, in the moderator's words.
    """

    first_seen_ts: int = 0
    accepted_events: int = 0
    active_days: int = 0
    last_active_day: int = -1
    given: Trust | None = None
    given_until_ts: int | None = None
    given_reason: str = ""

    def given_at(self, now_ts: int) -> Trust | None:
        """Return the level that a moderator gave, if it still stands."""
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

    def after(self, learned: LearnedTrust) -> "TrustRecord":
        """Return it with what was learned; several processes may have learned at the same time."""
        events = self.accepted_events + learned.accepted_events
        days = self.active_days + _new_days(self.last_active_day, learned)
        return replace(
            self,
            first_seen_ts=self.first_seen_ts or learned.first_ts,
            accepted_events=min(events, MAX_ACCEPTED_COUNTED),
            active_days=min(days, MAX_ACTIVE_DAYS_COUNTED),
            last_active_day=_last_day(self.last_active_day, learned),
        )


def _new_days(last_active_day: int, learned: LearnedTrust) -> int:
    """Return how many of the days in `learned` are not counted yet."""
    if _is_from_the_future(last_active_day, learned):
        return learned.active_days
    return max(0, min(learned.active_days, learned.last_active_day - last_active_day))


def _last_day(last_active_day: int, learned: LearnedTrust) -> int:
    if _is_from_the_future(last_active_day, learned):
        return learned.last_active_day
    return max(last_active_day, learned.last_active_day)


def _is_from_the_future(last_active_day: int, learned: LearnedTrust) -> bool:
    """Tell whether a clock that was fast wrote the day; about midnight, processes differ by one."""
    return last_active_day > learned.last_active_day + 1


STRANGER: Final = TrustRecord()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a sender stands in a community at one moment, and why.

    Attributes:
        level: how far they are trusted.
        because: why, for moderators.
        known_hours: for how many whole hours they have been known; 0 for a stranger.
        accepted_events: how many events of theirs were signed.
        active_days: on how many days.
        first_seen_ts: when they were seen first, in ms since the epoch; 0 if never.
        is_given: the level is one that a moderator gave them.
    """

    level: Trust
    because: str
    known_hours: int = 0
    accepted_events: int = 0
    active_days: int = 0
    first_seen_ts: int = 0
    is_given: bool = False

    @classmethod
    def of(
        cls,
        known: TrustRecord,
        rules: TrustRules,
        *,
        power_level: int,
        is_earlier_member: bool,
        suspect_since_ts: int | None,
        now_ts: int,
    ) -> Self:
        """Return the standing that follows from what is known.

        Args:
            known: what the community has seen of the sender.
            rules: what it takes.
            power_level: the sender's, in the event's room.
            is_earlier_member: whether they were in the room before us.
            suspect_since_ts: during a raid, from when on newcomers are suspected of being a part
                of it, in ms since the epoch; None while there is none.
            now_ts: the moment, in ms since the epoch.
        """
        known_ms = now_ts - known.first_seen_ts if known.first_seen_ts else 0
        level, because = _level(
            known,
            rules,
            power_level=power_level,
            is_earlier_member=is_earlier_member,
            suspect_since_ts=suspect_since_ts,
            now_ts=now_ts,
        )
        return cls(
            level=level,
            because=because,
            known_hours=max(0, known_ms) // HOUR_MS,
            accepted_events=known.accepted_events,
            active_days=known.active_days,
            first_seen_ts=known.first_seen_ts,
            is_given=known.given_at(now_ts) is not None,
        )

    def established_before(self, ts: int, rules: TrustRules) -> Trust | None:
        """Return the level that the sender had for certain at a time in the past, or None.

        A level that somebody has by their power in one room, or by having been in a room before
        this policy server, counts as that of a member.

        Args:
            ts: the time, in ms since the epoch.
            rules: what it takes.
        """
        if not self.first_seen_ts or self.first_seen_ts >= ts or self.level.rank < _MEMBER_RANK:
            return None
        if self.is_given:
            return self.level
        known_ms = ts - self.first_seen_ts
        if (
            known_ms >= rules.trusted_after_days * DAY_MS
            and self.active_days >= rules.trusted_active_days
            and self.accepted_events >= rules.trusted_accepted_events
        ):
            return Trust.TRUSTED
        return Trust.MEMBER if known_ms >= rules.member_after_hours * HOUR_MS else None


UNKNOWN: Final = Standing(level=Trust.NEW, because="never seen before")
"""How someone stands of whom nothing is known."""


def _level(
    known: TrustRecord,
    rules: TrustRules,
    *,
    power_level: int,
    is_earlier_member: bool,
    suspect_since_ts: int | None,
    now_ts: int,
) -> tuple[Trust, str]:
    given = known.given_at(now_ts)
    if given is not None:
        return (
            given,
            f"a moderator said so{f': {known.given_reason}' if known.given_reason else ''}",
        )
    if power_level >= rules.moderator_power_level:
        if power_level >= MAX_SAFE_INTEGER:
            return Trust.MODERATOR, "stands above all power levels of the room"
        return Trust.MODERATOR, f"has power level {power_level}"
    known_ms = now_ts - known.first_seen_ts if known.first_seen_ts else 0
    seen = (
        f"first seen {_ago(known_ms)}, {known.accepted_events} events accepted "
        f"on {known.active_days} days"
    )
    if (
        known_ms >= rules.trusted_after_days * DAY_MS
        and known.active_days >= rules.trusted_active_days
        and known.accepted_events >= rules.trusted_accepted_events
    ):
        return Trust.TRUSTED, seen
    if is_earlier_member and rules.knows_earlier_members:
        return Trust.MEMBER, "was in the room before this policy server"
    if (
        known_ms >= rules.member_after_hours * HOUR_MS
        and known.accepted_events >= rules.member_accepted_events
    ):
        return Trust.MEMBER, seen
    came_ts = known.first_seen_ts or now_ts
    if suspect_since_ts is not None and came_ts >= suspect_since_ts:
        return Trust.UNTRUSTED, f"came shortly before or during a raid; {seen}"
    return Trust.NEW, seen if known.first_seen_ts else "never seen before"


def _ago(known_ms: int) -> str:
    hours = max(0, known_ms) // HOUR_MS
    if hours < 1:
        return "less than an hour ago"
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"
