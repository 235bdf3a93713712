"""Messages that an event answers, quotes or edits."""

from typing import ClassVar, Final, NamedTuple

from countersign.basics.records import record
from countersign.policy.questions.crowds import Crowd
from countersign.policy.questions.question import Question

TURNED_BACK_SECONDS: Final = 900
"""Window in which a person whom many turn to answers some of them."""


class RelatedMessage(NamedTuple):
    """A signed message of the last day that an event answers or edits.

    Attributes:
        sender: the user who sent it.
        chars: the length of its text when it was sent, at most that of `Content.main_text`.
        mentioned: people whom it mentions or answers, four at most.
    """

    sender: str
    chars: int
    mentioned: tuple[str, ...]


@record(frozen=True, slots=True)
class MessageRelatedTo(Question[RelatedMessage | None]):
    """Recent message of this ID in the event's room; None if it is not remembered."""

    event_id: str


class Answered(NamedTuple):
    """Author of the message that an event answers, and other senders who mentioned that person.

    Attributes:
        author: user ID of the author.
        crowd: the answer to `SentBefore` for that person.
        turned_to: the answer to `TurnedBackTo` for that person, within `TURNED_BACK_SECONDS`.
    """

    author: str
    crowd: Crowd
    turned_to: frozenset[str]


@record(frozen=True, slots=True)
class TurnedToAuthor(Question[Answered | None]):
    """Senders who mentioned or answered the author of the message that an event answers.

    None if the message is not remembered or the sender's own, or if the event mentions its author,
    for which `SentBefore` is asked.

    Attributes:
        event_id: ID of the message.
        thing: prefix of `SentBefore.thing`, to which the author's user ID is added.
        per_seconds: the window.
    """

    event_id: str
    thing: str
    per_seconds: int


@record(frozen=True, slots=True)
class TurnedBackTo(Question[frozenset[str]]):
    """People whom a user's signed messages mentioned or answered lately, 32 at most.

    That is: within `TURNED_BACK_SECONDS`.
    """

    user_id: str


@record(frozen=True, slots=True)
class QuotesTruly(Question[bool]):
    """True if the answered event contains all lines that the event quotes.

    False also if the answered event is not remembered.
    """


@record(frozen=True, slots=True)
class LinkAskedFor(Question[bool]):
    """True if a member asked for a link or contact in the room, and an event may be the answer.

    People who are mentioned or answered by the request have ten minutes and three answers each.
    Otherwise there are two answers of anybody within two minutes, or 24 within ten if a moderator
    asks. The sender of an answer was seen before the request and, unless a moderator asks, had an
    event signed.
    """

    room_id: str


@record(frozen=True, slots=True)
class AnswersMember(Question[bool]):
    """True if an event answers a recent message of a member or more trusted person in the room.

    Each person has three such answers within the time, or eight to messages that mention them.
    After an answer to such a message, further events belong to it if each comes within two minutes
    of the one before.

    Attributes:
        event_id: ID of the answered event; None if the event is no answer.
        within_seconds: maximum age of the answered event.
    """

    is_slow: ClassVar[bool] = True

    event_id: str | None
    within_seconds: int
