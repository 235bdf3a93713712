"""Trust of a community in a sender: levels that are earned, with reasons."""

from dataclasses import dataclass
from typing import Final, Self

from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.basics.records import record
from countersign.policy.document.options import option
from countersign.policy.measures.trust_records import (
    MAX_ACTIVE_DAYS_COUNTED,
    RANKS,
    Trust,
    TrustRecord,
)
from countersign.protocol.canonical_json import MAX_SAFE_INTEGER

_MEMBER_RANK: Final = RANKS[Trust.MEMBER]


@dataclass(frozen=True, kw_only=True)
class TrustRules:
    """Rules of trust: the section `trust` of a policy document."""

    member_after_hours: int = option(
        24,
        minimum=0,
        maximum=8_760,
        unit="hours",
        help="Minimum time since a user was first seen, to be a member.",
    )
    member_accepted_events: int = option(
        5,
        minimum=0,
        maximum=10_000,
        unit="events",
        help="Minimum number of signed events of a user, to be a member.",
    )
    trusted_after_days: int = option(
        14,
        minimum=0,
        maximum=3_650,
        unit="days",
        help="Minimum time since a user was first seen, to be trusted.",
    )
    trusted_active_days: int = option(
        5,
        minimum=0,
        maximum=MAX_ACTIVE_DAYS_COUNTED,
        unit="days",
        help="Minimum number of days with a signed event of the user, to be trusted.",
    )
    trusted_accepted_events: int = option(
        50,
        minimum=0,
        maximum=100_000,
        unit="events",
        help="Minimum number of signed events of a user, to be trusted.",
    )
    moderator_power_level: int = option(
        50,
        minimum=1,
        maximum=2**53 - 1,
        unit="levels",
        help="Minimum power level of a moderator.",
    )
    knows_earlier_members: bool = option(
        default=True,
        help="Users who were in the room before this policy server are members from the start.",
    )
    knows_invited_people: bool = option(
        default=True,
        help="Users whom a moderator invited to the room, such as bots, are members there from the "
        "start.",
    )


DEFAULT_TRUST_RULES: Final = TrustRules()


STRANGER: Final = TrustRecord()


@record(frozen=True, slots=True, kw_only=True)
class Standing:
    """Trust in a sender in a community at one moment, and its reason.

    Attributes:
        level: the level of trust.
        because: the reason, for moderators.
        known_hours: whole hours since they were first seen; 0 for unknown senders.
        accepted_events: number of their events that were signed.
        active_days: number of days with such events.
        first_seen_ts: time when they were first seen, in ms since the epoch; 0 if never.
        is_given: a moderator set the level.
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
        record: TrustRecord,
        rules: TrustRules,
        *,
        power_level: int,
        is_earlier_member: bool,
        suspect_since_ts: int | None,
        now_ts: int,
        inviter: str | None = None,
        inviter_power_level: int = 0,
    ) -> Self:
        """Return the standing that follows from the record.

        Args:
            record: what the community has seen of the sender.
            rules: the requirements of each level.
            power_level: the sender's, in the event's room.
            is_earlier_member: True if they were in the room before us.
            suspect_since_ts: during a raid, from when on newcomers are suspected of being a part
                of it, in ms since the epoch; None while there is none.
            now_ts: the moment, in ms since the epoch.
            inviter: the user who invited the sender to the event's room; None for nobody that is
                known.
            inviter_power_level: that person's power level there now.
        """
        known_ms = now_ts - record.first_seen_ts if record.first_seen_ts else 0
        level, because = _level(
            record,
            rules,
            power_level=power_level,
            is_earlier_member=is_earlier_member,
            suspect_since_ts=suspect_since_ts,
            now_ts=now_ts,
            inviter=inviter if inviter_power_level >= rules.moderator_power_level else None,
        )
        return cls(
            level=level,
            because=because,
            known_hours=max(0, known_ms) // HOUR_MS,
            accepted_events=record.accepted_events,
            active_days=record.active_days,
            first_seen_ts=record.first_seen_ts,
            is_given=record.given_at(now_ts) is not None,
        )

    def missing_for_membership(self, rules: TrustRules, now_ts: int) -> tuple[int | None, int]:
        """Return what the sender lacks to be a member.

        Args:
            rules: the requirements of each level.
            now_ts: the moment, in ms since the epoch; 0 if it is not known.

        Returns:
            How many more events of theirs must be signed, None if only a moderator's word helps;
            and before when they are no member, in ms since the epoch, 0 if that is not known.
        """
        if self.is_given:
            return None, 0
        since_ts = self.first_seen_ts or now_ts
        from_ts = since_ts + rules.member_after_hours * HOUR_MS if since_ts else 0
        return max(0, rules.member_accepted_events - self.accepted_events), from_ts

    def established_before(self, ts: int, rules: TrustRules) -> Trust | None:
        """Return the level that the sender had for certain at a time in the past, or None.

        A level that somebody has by their power in one room, by having been in a room before this
        policy server, or by a moderator's invitation, counts as that of a member.

        Args:
            ts: the time, in ms since the epoch.
            rules: the requirements of each level.
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
"""Standing of an unknown sender."""


def _level(
    record: TrustRecord,
    rules: TrustRules,
    *,
    power_level: int,
    is_earlier_member: bool,
    suspect_since_ts: int | None,
    now_ts: int,
    inviter: str | None,
) -> tuple[Trust, str]:
    given_level = record.given_at(now_ts)
    if given_level is not None:
        return (
            given_level,
            f"a moderator said so{f': {record.given_reason}' if record.given_reason else ''}",
        )
    if power_level >= rules.moderator_power_level:
        if power_level >= MAX_SAFE_INTEGER:
            return Trust.MODERATOR, "stands above all power levels of the room"
        return Trust.MODERATOR, f"has power level {power_level}"
    known_ms = now_ts - record.first_seen_ts if record.first_seen_ts else 0
    history = (
        f"first seen {_ago(known_ms)}, {record.accepted_events} events accepted "
        f"on {record.active_days} days"
    )
    if (
        known_ms >= rules.trusted_after_days * DAY_MS
        and record.active_days >= rules.trusted_active_days
        and record.accepted_events >= rules.trusted_accepted_events
    ):
        return Trust.TRUSTED, history
    if is_earlier_member and rules.knows_earlier_members:
        return Trust.MEMBER, "was in the room before this policy server"
    if inviter is not None and rules.knows_invited_people:
        return Trust.MEMBER, f"was invited by the moderator {inviter}"
    if (
        known_ms >= rules.member_after_hours * HOUR_MS
        and record.accepted_events >= rules.member_accepted_events
    ):
        return Trust.MEMBER, history
    came_ts = record.first_seen_ts or now_ts
    if suspect_since_ts is not None and came_ts >= suspect_since_ts:
        return Trust.UNTRUSTED, f"came shortly before or during a raid; {history}"
    return Trust.NEW, history if record.first_seen_ts else "never seen before"


def _ago(known_ms: int) -> str:
    hours = max(0, known_ms) // HOUR_MS
    if hours < 1:
        return "less than an hour ago"
    return f"{hours} hours ago" if hours < 48 else f"{hours // 24} days ago"
