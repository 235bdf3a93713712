"""Answers to the questions what message an event answers or edits, and who else does."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Any, Final

from countersign.policy.questions.messages import (
    Answered,
    MessageRelatedTo,
    RelatedMessage,
    TurnedBackTo,
    TurnedToAuthor,
)
from countersign.ports.counters import CountGroup
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.event_counts import same_thing

FindMessage = Callable[[str, EventContext], RelatedMessage | None]
"""Returns the remembered message with an event ID in the room of the event in question."""
FindPeople = Callable[[str, int], frozenset[str]]
"""Returns the people whom a user mentioned or answered lately; takes the time in ms, too."""

_NOTHING: Final = CountGroup(())


def addressed_people(context: EventContext, find: FindMessage) -> AbstractSet[str]:
    """Return the people whom a message mentions, and the author of the message that it answers.

    Args:
        context: the event in its community.
        find: returns a remembered message.
    """
    seen = context.event.seen
    people, relation = seen.mentions.user_ids, seen.relation
    if relation is None or relation.kind != "reply":
        return people
    answered = find(relation.event_id or "", context)
    return people if answered is None else people | {answered.sender}


class RelatedMessageAnswers:
    """Answers `MessageRelatedTo`.

    Args:
        find: returns a remembered message.
    """

    def __init__(self, find: FindMessage) -> None:
        self._find = find

    def answer(self, question: MessageRelatedTo, context: EventContext) -> RelatedMessage | None:
        """See `Answerer.answer`."""
        return self._find(question.event_id, context)


class TurnedBackAnswers:
    """Answers `TurnedBackTo`.

    Args:
        find: returns the people.
    """

    def __init__(self, find: FindPeople) -> None:
        self._find = find

    def answer(self, question: TurnedBackTo, context: EventContext) -> frozenset[str]:
        """See `Answerer.answer`."""
        return self._find(question.user_id, context.now_ts)


class TurnedToAuthorCounts(CountedAnswerer):
    """Answers `TurnedToAuthor`.

    Args:
        find: returns a remembered message.
        find_people: returns the people whom its author turned to.
    """

    def __init__(self, find: FindMessage, find_people: FindPeople) -> None:
        self._find = find
        self._find_people = find_people

    def counts(self, question: TurnedToAuthor, context: EventContext) -> CountGroup:
        """See `CountedAnswerer.counts`; nothing if the author is not known, or is mentioned."""
        author = self._author(question, context)
        if author is None:
            return _NOTHING
        return CountGroup((same_thing(f"{question.thing}{author}", question.per_seconds),))

    def answer(
        self, question: TurnedToAuthor, context: EventContext, reply: tuple[Any, ...]
    ) -> Answered | None:
        """See `CountedAnswerer.answer`."""
        author = self._author(question, context) if reply else None
        if author is None:
            return None
        return Answered(author, reply[0], self._find_people(author, context.now_ts))

    def _author(self, question: TurnedToAuthor, context: EventContext) -> str | None:
        author = self._find(question.event_id, context)
        if author is None or author.sender == context.event.sender:
            return None
        return None if author.sender in context.event.seen.mentions.user_ids else author.sender
