"""Messages that an event is related to, as far as they are remembered."""

from dataclasses import dataclass
from typing import NamedTuple

from countersign.policy.questions import Crowd, Question


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


class Answered(NamedTuple):
    """Author of the message that an event answers, and others who turned to the same person.

    Attributes:
        author: of the message.
        crowd: of `SentBefore` with the thing's name.
    """

    author: str
    crowd: Crowd


@dataclass(frozen=True, slots=True)
class TurnedToAuthor(Question[Answered | None]):
    """Senders who turned to the author of the message that an event answers, as mentions do.

    None if the message is not remembered, or is the sender's own, or if the event mentions its
    author, since then `SentBefore` is asked.

    Attributes:
        event_id: of the message.
        thing: beginning of the name of `SentBefore.thing`, which the author's user ID completes.
        per_seconds: how far back.
    """

    event_id: str
    thing: str
    per_seconds: int


@dataclass(frozen=True, slots=True)
class TurnedBackTo(Question[frozenset[str]]):
    """People whom somebody's signed events mentioned lately, as answers do.

    They are those that `PeopleCalled` counts of this person with the same time: none if no filter
    asks that about the person's events.

    Attributes:
        user_id: the person.
        per_seconds: how far back.
    """

    user_id: str
    per_seconds: int
