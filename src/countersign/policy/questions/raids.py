"""Raids: the one under way, and what an event has in common with it."""

from typing import Final

from countersign.basics.records import record
from countersign.policy.measures.raid_mode import Raid, RaidView
from countersign.policy.questions.question import Question

# By itself it would have the same as every question without attributes, and be compared with them.
_HASH: Final = hash("SignsOfRaid")


@record(frozen=True, slots=True)
class RaidUnderWay(Question[Raid | None]):
    """Raid that the community is in; None without one."""


@record(frozen=True, slots=True)
class RecentNewcomers(Question[frozenset[str]]):
    """User IDs of the newcomers of the community who wrote last, without the event's sender.

    They are a few dozen at most; none if no rule of the policy asks about raids.
    """


@record(frozen=True, slots=True)
class SignsOfRaid(Question[RaidView]):
    """Signs of the raid in the event in question."""

    def __hash__(self) -> int:
        return _HASH
