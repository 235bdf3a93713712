"""Answers to filters' questions: a table with one answerer for each kind of question."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import structlog

from countersign.policy.facts import FactUnavailable
from countersign.policy.questions.question import Question
from countersign.ports.counters import CounterAnswer, CounterQuestion, Counters, Settlement
from countersign.service.answers.event_context import EventContext

SLOW_ANSWERS_SECONDS: Final = 3.0
"""Time for all slow answers of one event together; requesting servers wait five seconds."""

log = structlog.get_logger()


class Answerer(Protocol):
    """Answers one kind of question from memory, without waiting."""

    def answer(self, question: Any, context: EventContext) -> object:
        """Return the answer.

        Raises:
            StoreUnavailable: the answer is not known now; nothing is decided.
        """
        ...


class CountedAnswerer(Protocol):
    """Answers one kind of question from a reply of the counters."""

    def counts(self, question: Any, context: EventContext) -> CounterQuestion:
        """Return the questions for the counters."""
        ...

    def answer(self, question: Any, context: EventContext, reply: Any) -> object:
        """Return the answer.

        Args:
            question: the filter's question.
            context: the event with its community and policy.
            reply: the counters' reply to what `counts` returned.
        """
        ...

    def settled(
        self,
        question: Any,  # noqa: ARG002
        context: EventContext,  # noqa: ARG002
        reply: Any,  # noqa: ARG002
        settlement: Settlement,  # noqa: ARG002
    ) -> None:
        """Receive the settlement of the event that `question` was about; does nothing by default.

        Called once the decision is durable, in the process that made it.
        """
        return


class AlwaysCounted(Protocol):
    """Asks the counters about each event, whatever the filters ask."""

    def counts(self, context: EventContext) -> CounterQuestion | None:
        """Return the question to the counters; None for no question."""
        ...

    def replied(self, context: EventContext, reply: Any) -> None:  # noqa: ARG002
        """Receive the counters' reply; does nothing by default."""
        return


class SlowAnswerer(Protocol):
    """Answers one kind of question that takes time."""

    async def answer(self, question: Any, context: EventContext) -> object:
        """Return the answer.

        Raises:
            FactUnavailable: there is no answer; the filter's `on_error` decides what follows.
        """
        ...


@dataclass(slots=True, eq=False)
class Counted:
    """Questions to the counters about one event, with their replies.

    Attributes:
        asking: the filters' questions that the counters are asked for.
        always: the `AlwaysCounted` that ask the counters too.
        questions: the questions to the counters: first those for `asking`, then those of `always`.
        replies: one for each question; empty until the counters were asked.
    """

    asking: Sequence[Question[Any]] = ()
    always: Sequence[AlwaysCounted] = ()
    questions: Sequence[CounterQuestion] = ()
    replies: Sequence[CounterAnswer] = ()

    def reply_to(self, always: AlwaysCounted) -> Any:
        """Return the reply; None if the counters were not asked this."""
        for each, reply in zip(self.always, self.replies[len(self.asking) :], strict=False):
            if each is always:
                return reply
        return None

    def with_reply(self, always: AlwaysCounted, reply: CounterAnswer) -> "Counted":
        """Return a copy with another reply to an `AlwaysCounted`."""
        replies = [
            reply if each is always else before
            for each, before in zip((*self.asking, *self.always), self.replies, strict=True)
        ]
        return replace(self, replies=replies)


NOTHING_COUNTED: Final = Counted()


class Answers:
    """Answers questions of filters.

    Quick answers are synchronous. Counts were reserved before, in one call for each event. Between
    the counters' reply and the verdict only slow answers are awaited; the reservation stays valid
    meanwhile.

    Args:
        quick: answerers from memory.
        counted: answerers from the counters' replies.
        slow: answerers that take time.
        always: ask the counters about every event.
    """

    def __init__(
        self,
        counters: Counters,
        *,
        quick: Mapping[type[Question[Any]], Answerer],
        counted: Mapping[type[Question[Any]], CountedAnswerer],
        slow: Mapping[type[Question[Any]], SlowAnswerer] | None = None,
        always: tuple[AlwaysCounted, ...] = (),
    ) -> None:
        self.counters: Final = counters
        self._quick = dict(quick)
        self._counted = dict(counted)
        self._slow = dict(slow or {})
        self._always = always

    def to_count(self, questions: Iterable[Question[Any]], context: EventContext) -> Counted:
        """Return the questions to the counters about an event.

        Args:
            questions: the filters' quick questions.
            context: the event with its community and policy.
        """
        asking: list[Question[Any]] = []
        always_asking: list[AlwaysCounted] = []
        counters: list[CounterQuestion] = []
        for question in questions:
            answerer = self._counted.get(type(question))
            if answerer is not None:
                asking.append(question)
                counters.append(answerer.counts(question, context))
        for always in self._always:
            counter = always.counts(context)
            if counter is not None:
                always_asking.append(always)
                counters.append(counter)
        return Counted(asking, always_asking, counters) if counters else NOTHING_COUNTED

    def replied(
        self, counted: Counted, replies: Sequence[CounterAnswer], context: EventContext
    ) -> Counted:
        """Store the counters' replies in `counted`, and pass them on to each `AlwaysCounted`."""
        for always, reply in zip(counted.always, replies[len(counted.asking) :], strict=True):
            always.replied(context, reply)
        counted.replies = replies
        return counted

    def settle(
        self, key: bytes, context: EventContext, counted: Counted, settlement: Settlement
    ) -> None:
        """Settle an event in the counters; its decision was made here and is durable."""
        if not counted.questions:
            return
        self.counters.settle(key, settlement)
        for asking, reply in zip(counted.asking, counted.replies, strict=False):
            self._counted[type(asking)].settled(asking, context, reply, settlement)

    def quick(
        self, questions: Iterable[Question[Any]], context: EventContext, counted: Counted
    ) -> dict[Any, object]:
        """Return the answers to quick questions.

        Args:
            questions: each once.
            context: the event with its community and policy.
            counted: the counters' replies.

        Raises:
            StoreUnavailable: an answer is not known now.
            TypeError: there is no answerer for a question, which is a bug.
        """
        answers: dict[Any, object] = {}
        for asking, reply in zip(counted.asking, counted.replies, strict=False):
            answers[asking] = self._counted[type(asking)].answer(asking, context, reply)
        for question in questions:
            if type(question) in self._counted:
                continue
            answerer = self._quick.get(type(question))
            if answerer is None:
                raise TypeError(f"no answer is known to {type(question).__name__}")
            answers[question] = answerer.answer(question, context)
        return answers

    async def slow(
        self, questions: Iterable[Question[Any]], context: EventContext
    ) -> dict[Any, object]:
        """Return the answers to slow questions; `FactUnavailable` in place of missing answers."""
        tasks = {
            question: asyncio.ensure_future(self._ask(question, context)) for question in questions
        }
        if not tasks:
            return {}
        _, late = await asyncio.wait(tasks.values(), timeout=SLOW_ANSWERS_SECONDS)
        for task in late:
            task.cancel()
        late_answer = FactUnavailable("no answer came in time")
        return {
            question: late_answer if task in late else task.result()
            for question, task in tasks.items()
        }

    async def _ask(self, question: Question[Any], context: EventContext) -> object:
        answerer = self._slow.get(type(question))
        if answerer is None:
            raise TypeError(f"no answer is known to {type(question).__name__}")
        try:
            return await answerer.answer(question, context)
        except FactUnavailable as error:
            return error
        except Exception:
            log.exception("a slow answer failed", question=type(question).__name__)
            return FactUnavailable("the answer failed; the log says how")
