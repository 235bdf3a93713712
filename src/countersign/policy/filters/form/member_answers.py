"""Question about pictures that answer somebody, which `media-kind` asks."""

from dataclasses import dataclass
from typing import ClassVar

from countersign.policy.questions import Question


@dataclass(frozen=True, slots=True)
class AnswersMember(Question[bool]):
    """True if an event answers what a member or somebody trusted more wrote in the room lately.

    Each person has three such answers within the time, or eight if what they answer mentions them;
    further ones are taken for none. After an answer to a mention, what its sender sends to the room
    within two minutes of the last one belongs to it.

    Attributes:
        event_id: of the event that is answered; None if the event answers none.
        within_seconds: how long ago that was signed at most.
    """

    is_slow: ClassVar[bool] = True

    event_id: str | None
    within_seconds: int
