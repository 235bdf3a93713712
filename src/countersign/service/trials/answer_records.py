"""Answers to filters' questions as plain JSON, stored for backtests."""

from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from typing import Any, Final, get_args

import msgspec

from countersign.policy.events import Event
from countersign.policy.facts import FactUnavailable
from countersign.policy.questions.question import Question
from countersign.policy.text.finders import NameFinder
from countersign.service.misses import MISS, Miss

_DIGEST_BYTES: Final = 8
"""Bytes of a question's digest: enough to distinguish the some tens of questions of an event."""
_UNAVAILABLE: Final = "unavailable"


def record_answers(answers: Mapping[Question[Any], object], event: Event) -> dict[str, Any]:
    """Return answers as JSON, each under a digest of its question.

    An answer is a list of one item; a missing answer is an object with the reason.

    Args:
        answers: the answers to the questions about the event.
        event: the event. Of people's names only those that occur in it are recorded.

    Raises:
        TypeError: an answer is no plain data, which is a bug.
    """
    return {_digest(question): _plain(answer, event) for question, answer in answers.items()}


def find_answer(recorded: Mapping[str, Any], question: Question[Any]) -> object | Miss:
    """Return the answer to a question; `FactUnavailable` if there was none, MISS if not asked.

    An answer of another version that cannot be parsed counts as not asked.
    """
    stored = recorded.get(_digest(question))
    if stored is None:
        return MISS
    try:
        if isinstance(stored, dict):
            return FactUnavailable(stored[_UNAVAILABLE])
        (answer,) = stored
        of: Any = type(question)
        kind = answer_type(of)
        if kind is NameFinder:
            return NameFinder.of_normalized(answer)
        converted: object = msgspec.convert(answer, kind)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError):
        return MISS
    return converted


def _plain(answer: object, event: Event) -> Any:
    if isinstance(answer, FactUnavailable):
        return {_UNAVAILABLE: str(answer)}
    if isinstance(answer, NameFinder):
        return [answer.names_in(event.seen.normalized)]
    return [msgspec.to_builtins(answer, order="deterministic")]


def _digest(question: Question[Any]) -> str:
    # Questions are frozen dataclasses of plain data, whose repr is the same in every process.
    text = repr(question).encode("utf-8", "backslashreplace")
    return blake2b(text, digest_size=_DIGEST_BYTES).hexdigest()


@cache
def answer_type(kind: Any) -> Any:
    """Return the type of the answers to questions of a kind: `Crowd` if it is `Question[Crowd]`."""
    (argument,) = (each for base in kind.__orig_bases__ for each in get_args(base))
    return argument
