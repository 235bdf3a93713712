"""Question about pictures that answer somebody, which `media-kind` asks."""

from dataclasses import dataclass
from typing import ClassVar

from countersign.policy.questions import Question


@dataclass(frozen=True, slots=True)
class AnswersMember(Question[bool]):
    """True if an event answers what a member or somebody trusted more wrote in the room lately.

    Each person has three such answers within the time; further ones are taken for none.

    Attributes:
        event_id: of the event that is answered.
        within_seconds: how long ago that was signed at most.
    """

    is_slow: ClassVar[bool] = True

    event_id: str
    within_seconds: int
