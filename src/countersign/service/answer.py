"""Answering what filters ask, from the stores that know."""

from collections.abc import Iterable
from typing import Any

from countersign.policy.facts import Facts
from countersign.policy.questions import Question, SignedEvents
from countersign.ports.clock import Clock
from countersign.ports.event_rates import EventRates


class Answers:
    """Answers questions, and counts an event in every counter that was asked about it.

    All of it is synchronous: between an answer and the count that follows from it no other event
    can slip in, so a limit of five lets five events pass and no sixth.
    """

    def __init__(self, rates: EventRates, clock: Clock) -> None:
        self._rates = rates
        self._clock = clock

    def facts(self, questions: Iterable[Question[Any]]) -> Facts:
        """Return the answers to `questions`."""
        now = self._clock.monotonic()
        return Facts({question: self._answer(question, now) for question in questions})

    def count(self, questions: Iterable[Question[Any]]) -> "CountedEvent":
        """Count the event that `questions` were asked about, as one that is signed."""
        asked = [question for question in questions if isinstance(question, SignedEvents)]
        return CountedEvent(self._rates, asked, self._clock.monotonic())

    def _answer(self, question: Question[Any], now: float) -> object:
        match question:
            case SignedEvents():
                return self._rates.count(question.counter, question.per_seconds, now)
        raise TypeError(f"no answer is known to {type(question).__name__}")


class CountedEvent:
    """One event's place in the counters, which can be taken back if its signing did not stand."""

    def __init__(self, rates: EventRates, asked: list[SignedEvents], now: float) -> None:
        self._rates = rates
        self._asked = asked
        self._added = now
        for question in asked:
            rates.add(question.counter, question.per_seconds, now)

    def take_back(self) -> None:
        """Undo the counting."""
        for question in self._asked:
            self._rates.remove(question.counter, question.per_seconds, self._added)
        self._asked = []
