"""The question that conditions ask about raids."""

from dataclasses import dataclass
from typing import Final

from countersign.policy.measures.raid_mode import RaidView
from countersign.policy.questions import Question

# By itself it would have the same as every question without attributes, and be compared with them.
_HASH: Final = hash("SignsOfRaid")


@dataclass(frozen=True, slots=True)
class SignsOfRaid(Question[RaidView]):
    """Signs of the raid in the event in question."""

    def __hash__(self) -> int:
        return _HASH
