"""Runaway guard: when a filter that refuses too much is dropped to shadow by itself."""

from dataclasses import dataclass
from typing import Final

from countersign.policy.document.options import option


@dataclass(frozen=True, kw_only=True)
class GuardRules:
    """Rules by which a filter has gone wrong: the section `guard` of a policy document.

    Only people whom the community knows count: a flood of strangers is what filters are for.
    """

    is_on: bool = option(default=True, help="Whether filters that refuse too much are dropped.")
    trusted_people: int = option(
        3,
        minimum=1,
        maximum=10_000,
        unit="people",
        help="So many different trusted people refused by one filter in the time drop it. Those of "
        "one registrable domain count for half of that at most, here and below.",
    )
    people: int = option(
        8,
        minimum=2,
        maximum=100_000,
        unit="people",
        help="At least so many different members refused by one filter in one room, and",
    )
    people_percent: int = option(
        50,
        minimum=1,
        maximum=100,
        unit="percent",
        help="at least this share of the members who wrote there in the time, drop it.",
    )
    per_minutes: int = option(
        60, minimum=1, maximum=1_440, unit="minutes", help="The time, counted back from now."
    )
    changed_hours: int = option(
        72,
        minimum=1,
        maximum=8_760,
        unit="hours",
        help="A filter is dropped only within so many hours after it was changed, or after a "
        "moderator allowed something that it refused.",
    )


DEFAULT_GUARD_RULES: Final = GuardRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedStep:
    """A step of a policy whose findings are only recorded, because it refused too much.

    Attributes:
        community: whose policy.
        step: its label.
        policy_revision: the edition of the policy in which it went wrong; another starts afresh.
        because: what it did, for moderators.
        dropped_ts: when, in ms since the epoch.
    """

    community: str
    step: str
    policy_revision: str
    because: str
    dropped_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """Since when a step of a community's policy is as it is.

    Attributes:
        community: whose policy.
        step: its label.
        fingerprint: of all that the policy says of it; see `step_fingerprints`.
        changed_ts: when it became so, in ms since the epoch.
        is_restored: the guard dropped it and a moderator restored it: it stays in force.
    """

    community: str
    step: str
    fingerprint: str
    changed_ts: int
    is_restored: bool = False
