"""Notifications of observers of decisions, given once the answers have left."""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from countersign.policy.decisions import RecordedDecision
from countersign.ports.event_loop.later_rounds import call_after_rounds
from countersign.service.answers.event_context import EventContext
from countersign.service.evaluation.judging import JudgedEvent
from countersign.service.evaluation.observers import JudgementObserver, Observer

ROUNDS_UNTIL_ANSWERED: Final = 2
"""A durable decision wakes those who asked, and they answer in the next round."""

log = structlog.get_logger()


class _Notification(NamedTuple):
    context: EventContext
    recorded: RecordedDecision
    judged: JudgedEvent


class Notifications:
    """Notifies observers of final decisions.

    What they do may be lost, so it need not delay an answer. But it comes before the next event is
    judged, which may depend on it.

    Args:
        observers: are told of decisions.
        archive: is told of decisions with all that they follow from; None if no archive is kept.
        is_after_answers: tell them two rounds of the event loop later.
    """

    def __init__(
        self,
        observers: Sequence[Observer] = (),
        archive: JudgementObserver | None = None,
        *,
        is_after_answers: bool = False,
    ) -> None:
        self._observers = tuple(observers)
        self._archive = archive
        self._is_after_answers = is_after_answers
        self._waiting: deque[_Notification] = deque()

    def add(self, context: EventContext, recorded: RecordedDecision, judged: JudgedEvent) -> None:
        """Notify observers of a decision, at once or after the answers."""
        self._waiting.append(_Notification(context, recorded, judged))
        if not self._is_after_answers:
            self.notify_observers()
        elif len(self._waiting) == 1:
            call_after_rounds(ROUNDS_UNTIL_ANSWERED, self.notify_observers)

    def notify_observers(self) -> None:
        """Notify observers of all decisions that they do not have yet."""
        while self._waiting:
            self._call(*self._waiting.popleft())

    def _call(self, context: EventContext, recorded: RecordedDecision, judged: JudgedEvent) -> None:
        for observer in self._observers:
            try:
                observer.settled(context, recorded)
            except Exception:
                log.exception("an observer failed", observer=type(observer).__name__)
        if self._archive is None:
            return
        try:
            self._archive.judged(context, recorded, judged)
        except Exception:
            log.exception("an observer failed", observer=type(self._archive).__name__)
