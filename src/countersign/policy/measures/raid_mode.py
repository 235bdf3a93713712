"""Raids: when a community defends itself against many newcomers at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from countersign.policy.document.options import option


@dataclass(frozen=True, kw_only=True)
class RaidRules:
    """When a raid is noticed, and what it changes: the section `raid` of a policy document.

    During a raid everyone who came since shortly before it is `untrusted`, so that what the policy
    says of the untrusted applies to them; when it ends they are `new` again. Where raid mode began
    by itself and few registrable domains made most of the wave, only their people are suspected.
    """

    automatic: bool = option(
        default=False, help="Whether raid mode begins by itself on a wave of joins or refusals."
    )
    joins: int = option(
        20,
        minimum=2,
        maximum=100_000,
        unit="joins",
        help="How many joins in the time are a wave.",
    )
    refused_senders: int = option(
        10,
        minimum=2,
        maximum=100_000,
        unit="senders",
        help="How many different newcomers with a refused event in the time are a wave.",
    )
    per_seconds: int = option(
        60,
        minimum=1,
        maximum=86_400,
        unit="seconds",
        help="The time, counted back from now.",
    )
    lasts_minutes: int = option(
        60,
        minimum=1,
        maximum=10_080,
        unit="minutes",
        help="After how long without another wave it ends by itself.",
    )
    suspects_minutes: int = option(
        10,
        minimum=0,
        maximum=10_080,
        unit="minutes",
        help="How long before it began those came who are suspected.",
    )


DEFAULT_RAID_RULES: Final = RaidRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class Raid:
    """A raid that a community is in, by a moderator's word or by what was noticed.

    Attributes:
        because: why, for moderators.
        started_ts: when it began, in ms since the epoch.
        suspect_since_ts: from when on newcomers are suspected.
        until_ts: when it ends by itself.
        domains: the registrable domains whose newcomers are suspected, and until when each is, in
            ms since the epoch; empty if those of all domains are.
    """

    because: str
    started_ts: int
    suspect_since_ts: int
    until_ts: int
    domains: Mapping[str, int] = field(default_factory=dict)

    def suspects(self, domain: str, now_ts: int) -> bool:
        """Tell whether newcomers of a registrable domain are suspected at `now_ts`."""
        return not self.domains or self.domains.get(domain, 0) > now_ts


@dataclass(frozen=True, slots=True, kw_only=True)
class RaidReport:
    """A raid and what came of it so far.

    Attributes:
        community: who was raided.
        raid: the raid.
        ended_ts: when it ended, in ms since the epoch; None while it is under way.
        suspects: how many different people wrote while they were suspected.
        joins: how many people joined meanwhile.
        refused: how many events each step of the policy refused meanwhile, by its label.
    """

    community: str
    raid: Raid
    ended_ts: int | None = None
    suspects: int = 0
    joins: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
