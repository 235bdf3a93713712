"""Answering what filters ask: one answerer for each kind of question, by a table."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import structlog

from countersign.policy.decisions import Decision
from countersign.policy.facts import Facts, FactUnavailable
from countersign.policy.questions import Question
from countersign.service.answers.asked import Asked

SLOW_ANSWERS_SECONDS: Final = 3.0
"""How long all slow answers of one event may take together; askers wait five seconds."""

TakeBack = Callable[[], None]

log = structlog.get_logger()


class Answerer(Protocol):
    """Answers one kind of question at once, from memory or by one indexed read."""

    def answer(self, question: Any, asked: Asked) -> object:
        """Return the answer.

        Raises:
            StoreUnavailable: it is not known now; nothing is decided.
        """
        ...

    def note(self, question: Any, asked: Asked, decision: Decision) -> TakeBack | None:
        """Take into account how the event that `question` was about is being decided.

        It comes before the decision is durable, so that events which come meanwhile see it.

        Returns:
            what takes it back if the decision does not stand; None if there is nothing to.
        """
        ...


class SlowAnswerer(Protocol):
    """Answers one kind of question that takes time."""

    async def answer(self, question: Any, asked: Asked) -> object:
        """Return the answer.

        Raises:
            FactUnavailable: there is none; the filter's `on_error` says what follows.
        """
        ...


class Answers:
    """Answers questions, and takes note of what is decided on the events that they were about.

    Quick answers are synchronous: between an answer and the note that follows from it no other
    event can slip in, so a limit of five lets five events pass and no sixth.
    """

    def __init__(
        self,
        quick: Mapping[type[Question[Any]], Answerer],
        slow: Mapping[type[Question[Any]], SlowAnswerer] | None = None,
    ) -> None:
        self._quick = dict(quick)
        self._slow = dict(slow or {})

    def quick(self, questions: Iterable[Question[Any]], asked: Asked) -> dict[Any, object]:
        """Return the answers to quick questions.

        Raises:
            StoreUnavailable: one is not known now.
            TypeError: nobody answers such questions, which is a bug.
        """
        return {each: self._answerer(each).answer(each, asked) for each in questions}

    async def slow(self, questions: Iterable[Question[Any]], asked: Asked) -> dict[Any, object]:
        """Return the answers to slow questions; `FactUnavailable` for those that did not come."""
        tasks = {
            question: asyncio.ensure_future(self._ask(question, asked)) for question in questions
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

    def note(
        self, questions: Iterable[Question[Any]], asked: Asked, decision: Decision
    ) -> "NotedEvent":
        """Take into account how the event that quick `questions` were about is being decided."""
        noted = (self._answerer(each).note(each, asked, decision) for each in questions)
        return NotedEvent([take_back for take_back in noted if take_back is not None])

    def _answerer(self, question: Question[Any]) -> Answerer:
        answerer = self._quick.get(type(question))
        if answerer is None:
            raise TypeError(f"no answer is known to {type(question).__name__}")
        return answerer

    async def _ask(self, question: Question[Any], asked: Asked) -> object:
        answerer = self._slow.get(type(question))
        if answerer is None:
            raise TypeError(f"no answer is known to {type(question).__name__}")
        try:
            return await answerer.answer(question, asked)
        except FactUnavailable as error:
            return error
        except Exception:
            log.exception("a slow answer failed", question=type(question).__name__)
            return FactUnavailable("the answer failed; the log says how")


class NotedEvent:
    """What was noted of one event, which can be taken back if its decision did not stand."""

    def __init__(self, take_backs: list[TakeBack]) -> None:
        self._take_backs = take_backs

    def take_back(self) -> None:
        """Undo the noting."""
        take_backs, self._take_backs = self._take_backs, []
        for take_back in take_backs:
            take_back()


def facts_of(*answers: Mapping[Any, object]) -> Facts:
    """Return all answers together."""
    return Facts({question: answer for each in answers for question, answer in each.items()})
