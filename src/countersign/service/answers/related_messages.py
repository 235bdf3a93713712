"""Answers to the questions what message an event answers or edits, and who else does."""

from collections.abc import Callable
from typing import Any, Final

from countersign.policy.questions.messages import (
    Answered,
    MessageRelatedTo,
    RelatedMessage,
    TurnedToAuthor,
)
from countersign.ports.counters import CountGroup
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.event_counts import same_thing

FindMessage = Callable[[str, EventContext], RelatedMessage | None]
"""Returns the remembered message with an event ID in the room of the event in question."""

_NOTHING: Final = CountGroup(())


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


class TurnedToAuthorCounts(CountedAnswerer):
    """Answers `TurnedToAuthor`.

    Args:
        find: returns a remembered message.
    """

    def __init__(self, find: FindMessage) -> None:
        self._find = find

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
        return None if author is None else Answered(author, reply[0])

    def _author(self, question: TurnedToAuthor, context: EventContext) -> str | None:
        found = self._find(question.event_id, context)
        if found is None or found.sender == context.event.sender:
            return None
        return None if found.sender in context.event.seen.mentions.user_ids else found.sender
