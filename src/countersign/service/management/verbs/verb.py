"""Verbs of management rooms: the words after `!cs`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from countersign.ports.clock import Clock
from countersign.service.commands.every_command import Commands
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


Run: TypeAlias = Callable[[Any, Request], Awaitable[Wording]]
"""Method of a group that runs a command and words the answer."""


@dataclass(frozen=True, slots=True)
class DeclaredVerb:
    """A verb before it is bound to its group; see `Verb`."""

    usage: str
    does: str
    run: Run


def verb(usage: str, *, does: str) -> Callable[[Run], DeclaredVerb]:
    """Declare a method of a group as a verb; see `Verb`."""
    return lambda run: DeclaredVerb(usage, does, run)


class VerbGroup:
    """Verbs on one subject.

    Args:
        commands: what they give.
    """

    def __init__(self, commands: Commands, clock: Clock) -> None:
        self._commands = commands
        self._clock = clock

    def all(self) -> tuple[Verb, ...]:
        """Return the verbs, in the order of their methods."""
        return tuple(
            Verb(
                name=each.usage.split()[0],
                usage=each.usage,
                does=each.does,
                run=partial(each.run, self),
            )
            for each in vars(type(self)).values()
            if isinstance(each, DeclaredVerb)
        )
