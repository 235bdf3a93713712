"""Answers to the question what message an event answers or edits."""

from collections.abc import Callable

from countersign.policy.indicators.related_messages import MessageRelatedTo, RelatedMessage
from countersign.service.answers.event_context import EventContext

FindMessage = Callable[[str, EventContext], RelatedMessage | None]
"""Returns the remembered message with an event ID in the room of the event in question."""


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
