"""Raid mode: its rules, and records of raids."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from countersign.basics.durations import HOUR_MS, MINUTE_MS
from countersign.policy.document.options import option

STRICT_MS: Final = 2 * HOUR_MS
"""Maximum duration of strict raid mode (no newcomer may write) by one moderator's command."""
MAX_DOMAINS: Final = 1_000
"""Maximum number of registrable domains of one raid."""


@dataclass(frozen=True, kw_only=True)
class RaidRules:
    """Rules of raid mode: the section `raid` of a policy document.

    Raid mode starts by itself if many people came, and those who came write alike or had events
    refused for evidence of abuse; joins alone do not start it. It affects people who came with the
    raid and write what the raid writes. In strict raid mode, which a moderator starts, no newcomer
    may write.
    """

    automatic: bool = option(
        default=False,
        help="Raid mode starts by itself.",
    )
    joins: int = option(
        20,
        minimum=2,
        maximum=100_000,
        unit="joins",
        help="Minimum number of people who came (joined, or wrote for the first time) within "
        "`per_seconds`.",
    )
    refused_senders: int = option(
        10,
        minimum=2,
        maximum=100_000,
        unit="senders",
        help="Minimum number of them who wrote alike, or had an event refused for evidence.",
    )
    per_seconds: int = option(
        60,
        minimum=1,
        maximum=86_400,
        unit="seconds",
        help="The time up to now in which people and refusals count.",
    )
    lasts_minutes: int = option(
        60,
        minimum=1,
        maximum=10_080,
        unit="minutes",
        help="Time without another wave after which raid mode ends.",
    )
    suspects_minutes: int = option(
        10,
        minimum=0,
        maximum=10_080,
        unit="minutes",
        help="People who came within this time before raid mode started are suspected, too.",
    )
    open_rooms: tuple[str, ...] = option(
        (),
        maximum=100,
        unit="room IDs",
        help="Rooms, such as those for questions to moderators, in which newcomers may write in "
        "strict raid mode, and muted people may, too.",
    )


DEFAULT_RAID_RULES: Final = RaidRules()


class Strictness(NamedTuple):
    """Extent of strict raid mode.

    Attributes:
        lasts_ms: its maximum duration; more than the default only if a second person confirmed it.
        came_within_ms: newcomers alone who came within that time, or later, may not write; None if
            no newcomer may.
    """

    lasts_ms: int = STRICT_MS
    came_within_ms: int | None = None


class RaidEvidence(NamedTuple):
    """Knowledge of a raid when it starts, or goes on.

    Attributes:
        domains: the registrable domains from which it comes.
        messages: the words of its messages; see `vocabulary`.
        suspects_ms: time before it in which its accounts came; None for the policy's.
    """

    domains: Collection[str] = ()
    messages: Sequence[frozenset[int]] = ()
    suspects_ms: int | None = None


NOTHING_KNOWN: Final = RaidEvidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raid:
    """A raid that a community is in, started by a moderator or on evidence.

    Attributes:
        because: the reason, for moderators.
        started_ts: its start, in ms since the epoch.
        suspect_since_ts: newcomers first seen since then are suspected.
        until_ts: its end, unless it is prolonged.
        domains: the registrable domains from which it came, with the time until which each counts,
            in ms since the epoch.
        words: the vocabulary of each of its messages.
        strict_until_ts: end of strict raid mode, in ms since the epoch; 0 if it is not strict.
        strict_since_ts: newcomers first seen since then may not write meanwhile, in ms since the
            epoch; 0 for all newcomers.
    """

    because: str
    started_ts: int
    suspect_since_ts: int
    until_ts: int
    domains: Mapping[str, int] = field(default_factory=dict)
    words: tuple[frozenset[int], ...] = ()
    strict_until_ts: int = 0
    strict_since_ts: int = 0

    def is_strict(self, now_ts: int) -> bool:
        """Return True if all newcomers, or those who came last, may not write at `now_ts`."""
        return self.strict_until_ts > now_ts

    def is_strict_with(self, came_ts: int, now_ts: int) -> bool:
        """Return True if a newcomer first seen at `came_ts` may not write at `now_ts`."""
        return self.is_strict(now_ts) and came_ts >= self.strict_since_ts

    def is_from(self, domain: str, now_ts: int) -> bool:
        """Return True if a registrable domain is one of those from which it came."""
        return self.domains.get(domain, 0) > now_ts

    def prolonged_by(self, later: "Raid", now_ts: int) -> "Raid":
        """Return this raid with the times and domains of a later start of it.

        It ends no earlier than either, and holds back whoever one of them holds back.
        """
        both = [each.strict_since_ts for each in (self, later) if each.is_strict(now_ts)]
        return replace(
            self,
            until_ts=max(self.until_ts, later.until_ts),
            strict_until_ts=max(self.strict_until_ts, later.strict_until_ts),
            strict_since_ts=min(both, default=self.strict_since_ts),
            suspect_since_ts=min(self.suspect_since_ts, later.suspect_since_ts),
            domains=counted_together(self.domains, later.domains, now_ts),
        )


def raid_from(
    rules: RaidRules,
    because: str,
    evidence: RaidEvidence,
    strict: Strictness | None,
    *,
    lasts_ms: int | None,
    now_ts: int,
) -> Raid:
    """Return a raid that starts now, without its messages.

    Args:
        rules: the raid section of the policy.
        because: the reason, for moderators.
        evidence: what is known of it.
        strict: given if newcomers may not write until it ends.
        lasts_ms: duration; None for that of `strict`, or of the policy.
        now_ts: the time, in ms since the epoch.
    """
    lasts_ms = lasts_ms or (strict.lasts_ms if strict else rules.lasts_minutes * MINUTE_MS)
    came_within_ms = (strict.came_within_ms if strict else None) or 0
    suspects_ms = max(evidence.suspects_ms or rules.suspects_minutes * MINUTE_MS, came_within_ms)
    until_ts = now_ts + lasts_ms
    return Raid(
        because=because,
        started_ts=now_ts,
        suspect_since_ts=now_ts - suspects_ms,
        until_ts=until_ts,
        domains=dict.fromkeys(sorted(evidence.domains)[:MAX_DOMAINS], until_ts),
        strict_until_ts=now_ts + min(lasts_ms, strict.lasts_ms) if strict else 0,
        strict_since_ts=now_ts - came_within_ms if came_within_ms else 0,
    )


def counted_together(
    before: Mapping[str, int], later: Mapping[str, int], now_ts: int
) -> dict[str, int]:
    """Merge two mappings from a domain to the time until which it belongs to the raid.

    Expired entries of `before` are left out, and the result has at most `MAX_DOMAINS`.
    """
    joined = {domain: until_ts for domain, until_ts in before.items() if until_ts > now_ts}
    for domain, until_ts in later.items():
        if domain in joined or len(joined) < MAX_DOMAINS:
            joined[domain] = max(until_ts, joined.get(domain, 0))
    return joined


class RaidView(NamedTuple):
    """Signs of a raid in one event.

    Attributes:
        is_under_way: the community is in raid mode.
        is_alike: the event is like the raid's messages, and its sender came with the raid.
        is_strict: its sender is a newcomer, and raid mode is strict.
        because: the reason why it is part of the raid, or why the community is in one, for
            moderators.
    """

    is_under_way: bool = False
    is_alike: bool = False
    is_strict: bool = False
    because: str = ""


AT_PEACE: Final = RaidView()


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidReport:
    """A raid with its counts so far.

    Attributes:
        community: the community.
        raid: the raid.
        ended_ts: its end, in ms since the epoch; None during the raid.
        suspects: number of people who wrote messages like the raid's.
        joins: number of people who joined during the raid.
        refused: number of events that each step refused during the raid, by label.
    """

    community: str
    raid: Raid
    ended_ts: int | None = None
    suspects: int = 0
    joins: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
