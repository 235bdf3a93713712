"""Messages that an event is related to, as far as they are remembered."""

from dataclasses import dataclass
from typing import NamedTuple

from countersign.policy.questions import Question


class RelatedMessage(NamedTuple):
    """A signed message of the last day that an event answers or edits.

    Attributes:
        sender: who sent it.
        chars: the length of its text when it was sent, at most that of `Content.said`.
        mentioned: people whom it mentions, four at most.
    """

    sender: str
    chars: int
    mentioned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageRelatedTo(Question[RelatedMessage | None]):
    """The message with an ID in the event's room; None if it is not remembered there."""

    event_id: str
