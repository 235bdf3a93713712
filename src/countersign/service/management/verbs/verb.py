"""Verbs of management rooms: the words after `!cs`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from countersign.service.management.requests import Request
from countersign.service.management.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A first word after `!cs`, and its command.

    Attributes:
        name: the word.
        usage: the syntax, with the word first; parts in brackets are optional.
        does: what it does, for people.
        run: runs the command and words the answer; raises `CountersignError` with a sentence.
    """

    name: str
    usage: str
    does: str
    run: Callable[[Request], Awaitable[Wording]]
