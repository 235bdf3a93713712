"""Messages that an event answers, quotes or edits."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from countersign.policy.questions.crowds import Crowd
from countersign.policy.questions.question import Question


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


@dataclass(frozen=True, slots=True)
class QuotesTruly(Question[bool]):
    """Question for the truth of a quotation: is all of it said in the event that is answered?

    False also of an event that is not remembered: nobody knows then what it says.
    """


@dataclass(frozen=True, slots=True)
class LinkAskedFor(Question[bool]):
    """True if a member asked for a link or contact in the room, and an event may be the answer.

    Who is mentioned in the request has ten minutes and three answers. If nobody is, there are two
    minutes and two answers of anybody, or ten and eight if a moderator asks. The answer is by
    somebody who had an event signed and was seen before the member asked.
    """

    room_id: str


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
