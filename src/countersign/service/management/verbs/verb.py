"""Verbs of management rooms: what a moderator may write behind `!cs`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from countersign.service.management.requests import Request
from countersign.service.management.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A first word behind `!cs`, and what it does.

    Attributes:
        name: the word.
        usage: all that may be written, the word first; parts in brackets may be left out.
        does: what it does, for people.
        run: gives the command and words the answer; raises `CountersignError` with a sentence.
    """

    name: str
    usage: str
    does: str
    run: Callable[[Request], Awaitable[Wording]]
