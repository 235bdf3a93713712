"""Answers how many events were signed lately, and counts them."""

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.questions import SignedEvents
from countersign.ports.event_rates import EventRates
from countersign.service.answers.answers import TakeBack
from countersign.service.answers.asked import Asked


class SignedEventCounts:
    """Answers `SignedEvents`; an event is counted once it is being signed."""

    def __init__(self, rates: EventRates) -> None:
        self._rates = rates

    def answer(self, question: SignedEvents, asked: Asked) -> int:
        """See `Answerer.answer`."""
        return self._rates.count(_counter(question, asked), question.per_seconds, asked.now)

    def note(self, question: SignedEvents, asked: Asked, decision: Decision) -> TakeBack | None:
        """See `Answerer.note`."""
        if decision.verdict is not Verdict.SIGN:
            return None
        counter, per_seconds, added = _counter(question, asked), question.per_seconds, asked.now
        self._rates.add(counter, per_seconds, added)
        return lambda: self._rates.remove(counter, per_seconds, added)


def _counter(question: SignedEvents, asked: Asked) -> tuple[str, ...]:
    return (asked.community, *question.counter)
