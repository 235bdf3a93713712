"""Runaway guard: rules by which a step that refuses too many people is dropped to shadow."""

from dataclasses import dataclass
from typing import Final

from countersign.policy.document.options import option


@dataclass(frozen=True, kw_only=True)
class GuardRules:
    """Rules of the runaway guard: the section `guard` of a policy document.

    The guard drops a step to shadow if it refuses too many people whom the community knows.
    Strangers do not count: filters exist to refuse floods of them.
    """

    is_on: bool = option(default=True, help="Steps that refuse too many people are dropped.")
    trusted_people: int = option(
        3,
        minimum=1,
        maximum=10_000,
        unit="people",
        help="A step is dropped if it refused this number of different trusted people within "
        "`per_minutes`. One registrable domain provides at most half of the people needed, here "
        "and below.",
    )
    people: int = option(
        8,
        minimum=2,
        maximum=100_000,
        unit="people",
        help="A step is also dropped if it refused this number of members in one room, and",
    )
    people_percent: int = option(
        50,
        minimum=1,
        maximum=100,
        unit="percent",
        help="this share of the members who wrote in the room within `per_minutes`.",
    )
    per_minutes: int = option(
        60,
        minimum=1,
        maximum=1_440,
        unit="minutes",
        help="The time up to now in which refusals count.",
    )
    changed_hours: int = option(
        72,
        minimum=1,
        maximum=8_760,
        unit="hours",
        help="A step is dropped only within this time after it was changed, or after a moderator "
        "allowed something that it refused.",
    )


DEFAULT_GUARD_RULES: Final = GuardRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedStep:
    """A step of a policy whose findings are only recorded, because it refused too much.

    Attributes:
        community: the community of the policy.
        step: its label.
        policy_revision: the edition of the policy in which it went wrong; another starts afresh.
        because: the reason, for moderators.
        dropped_ts: time of the drop, in ms since the epoch.
    """

    community: str
    step: str
    policy_revision: str
    because: str
    dropped_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """Last change of a step of a community's policy.

    Attributes:
        community: the community of the policy.
        step: its label.
        fingerprint: fingerprint of its options; see `step_fingerprints`.
        changed_ts: time of the change, in ms since the epoch.
        is_restored: a moderator restored it after the guard had dropped it, so it stays in force.
    """

    community: str
    step: str
    fingerprint: str
    changed_ts: int
    is_restored: bool = False
