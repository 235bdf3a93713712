"""The answers to the questions that filters asked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from countersign.policy.questions import Question

Answer = TypeVar("Answer")


class Facts:
    """Answers by question; `facts[question]` has the type that the question promises."""

    __slots__ = ("_answers",)

    def __init__(self, answers: Mapping[Question[Any], object] = MappingProxyType({})) -> None:
        self._answers = answers

    def __getitem__(self, question: Question[Answer]) -> Answer:
        """Return the answer.

        Raises:
            KeyError: nobody asked: the filter's `asks` and `judge` disagree.
        """
        return cast("Answer", self._answers[question])


NO_FACTS: Final = Facts()
