"""The question that conditions ask about raids."""

from dataclasses import dataclass

from countersign.policy.measures.raid_mode import RaidView
from countersign.policy.questions import Question


@dataclass(frozen=True, slots=True)
class SignsOfRaid(Question[RaidView]):
    """Signs of the raid in the event in question."""
