"""Facts: the answers to the questions that filters asked."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from countersign.policy.questions.question import Question
from countersign.protocol.errors import CountersignError

Answer = TypeVar("Answer")
View = TypeVar("View")


class FactUnavailable(CountersignError):
    """A question could not be answered; the message names the source and the failure.

    It is stored in place of the answer, and raised when a filter reads that.
    """


class Facts:
    """Answers by question; `facts[question]` has the type that the question promises."""

    __slots__ = ("_answers", "_views")

    def __init__(self, answers: Mapping[Question[Any], object] = MappingProxyType({})) -> None:
        self._answers = answers
        self._views: dict[str, object] = {}

    def __getitem__(self, question: Question[Answer]) -> Answer:
        """Return the answer.

        Raises:
            KeyError: the question was not asked: the filter's `asks` and `judge` disagree.
            FactUnavailable: it could not be answered.
        """
        answer = self._answers[question]
        if isinstance(answer, FactUnavailable):
            raise answer
        return answer  # type: ignore[return-value] # as the question promises

    def has(self, question: Question[Any]) -> bool:
        """Return True if a question was asked; not all are for messages read together."""
        return question in self._answers

    def view(self, name: str, make: Callable[[], View]) -> View:
        """Return the result of `make`, computed at the first call with `name`.

        Filters that need the same result from the same facts share it.
        """
        if name not in self._views:
            self._views[name] = make()
        return cast("View", self._views[name])


NO_FACTS: Final = Facts()
