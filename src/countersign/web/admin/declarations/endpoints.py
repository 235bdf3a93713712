"""Declarations of endpoints: path, command, parameters, answer and errors of each, in one place.

An endpoint is a method of a group, with a decorator. Its docstring is its description, and the type
of its last argument declares its parameters:

    class MuteEndpoints(StoredEndpoints):
        @post("mutes/end", Command.MUTES_END, answer=EndedMutes, raises=(NotFound,))
        async def end(self, actor: Actor, params: EndMute) -> JsonObject:
            \"\"\"End somebody's mutes in a community.\"\"\"

A path that does not begin with a slash is below `/_countersign/v1/`. An actor who may give the
command nowhere is refused before the request is read.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, TypeVar

from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.progress import Work

PREFIX: Final = "/_countersign/v1/"
MAX_BODY_BYTES: Final = 64 * 1024

ParametersT = TypeVar("ParametersT", bound=Parameters)


class AnswerKind(Enum):
    """Kind of an answer, by its media type."""

    JSON = "application/json"
    LINES = "application/x-ndjson"
    """Long work: a line of JSON for each step, and one for the end."""
    TEXT = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class LongWork:
    """Long work whose progress is streamed.

    Attributes:
        work: does it.
        when_late: see `ProgressStream`.
    """

    work: Work
    when_late: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Description of an endpoint, known without running it.

    Attributes:
        method: GET if it changes nothing, else POST.
        path: the whole path.
        command: the command that it gives; None if whoever is let in may ask.
        params: its parameters: the query of a GET, the body of a POST.
        answer: what a successful answer holds, or each line of it; None for a text.
        kind: the kind of a successful answer.
        raises: errors beside those that any endpoint may answer.
        further_statuses: further statuses with the same answer, each with its meaning.
        max_body_bytes: how long a body may be.
        needs_body: False if it may be left out.
        words: the docstring.
    """

    method: str
    path: str
    command: Command | None
    params: type[Parameters]
    answer: type[JsonAnswer] | None
    kind: AnswerKind = AnswerKind.JSON
    raises: tuple[type[Exception], ...] = ()
    further_statuses: Mapping[int, str] = field(default_factory=dict)
    max_body_bytes: int = MAX_BODY_BYTES
    needs_body: bool = True
    words: str = ""

    @property
    def has_body(self) -> bool:
        """Return True if the parameters are in a body."""
        return self.method == "POST"

    @property
    def summary(self) -> str:
        """The first sentence of the description, without its full stop."""
        return " ".join(self.words.partition("\n\n")[0].split()).removesuffix(".")

    @property
    def description(self) -> str:
        """Return the rest of the description; empty if there is none."""
        return self.words.partition("\n\n")[2].strip()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A declared method, before it is bound to the object that serves it."""

    declaration: Declaration
    handler: Callable[..., Awaitable[JsonObject | ASGIApp | LongWork]]


Answering = Callable[[Any, Actor, ParametersT], Awaitable[JsonObject]]
"""Method of an object with endpoints: takes the actor and the parameters, returns the answer."""
Working = Callable[[Any, Actor, ParametersT], Awaitable[LongWork]]
Sending = Callable[[Any, Actor, ParametersT], Awaitable[ASGIApp]]


def get(
    path: str,
    command: Command,
    *,
    answer: type[JsonAnswer],
    raises: tuple[type[Exception], ...] = (),
) -> Callable[[Answering[ParametersT]], Endpoint]:
    """Declare an endpoint that changes nothing, for GET."""
    return _declarer("GET", path, command, answer=answer, raises=raises)


def post(
    path: str,
    command: Command,
    *,
    answer: type[JsonAnswer],
    raises: tuple[type[Exception], ...] = (),
    max_body_bytes: int = MAX_BODY_BYTES,
    needs_body: bool = True,
) -> Callable[[Answering[ParametersT]], Endpoint]:
    """Declare an endpoint that changes something, or whose parameters are no one else's business.

    Where the body may be left out, one that is no JSON object counts as none.
    """
    return _declarer(
        "POST",
        path,
        command,
        answer=answer,
        raises=raises,
        max_body_bytes=max_body_bytes,
        needs_body=needs_body,
    )


def stream(
    path: str, command: Command, *, answer: type[JsonAnswer]
) -> Callable[[Working[ParametersT]], Endpoint]:
    """Declare an endpoint for long work, which streams lines; the last one is the result."""
    return _declarer("POST", path, command, answer=answer, kind=AnswerKind.LINES)


def page(
    path: str,
    command: Command | None,
    *,
    answer: type[JsonAnswer] | None,
    kind: AnswerKind = AnswerKind.JSON,
    further_statuses: Mapping[int, str] | None = None,
) -> Callable[[Sending[ParametersT]], Endpoint]:
    """Declare an endpoint that builds its own response, such as a text."""
    return _declarer(
        "GET", path, command, answer=answer, kind=kind, further_statuses=further_statuses or {}
    )


def endpoints_of(group: type) -> Iterator[Endpoint]:
    """Yield the endpoints that a class declares, in their order."""
    return (each for each in vars(group).values() if isinstance(each, Endpoint))


def _declarer(
    method: str, path: str, command: Command | None, **rest: Any
) -> Callable[[Callable[..., Any]], Endpoint]:
    whole = path if path.startswith("/") else f"{PREFIX}{path}"

    def declare(handler: Callable[..., Any]) -> Endpoint:
        words = inspect.getdoc(handler) or ""
        *_, params = inspect.signature(handler).parameters.values()
        declared = Declaration(
            method=method,
            path=whole,
            command=command,
            params=params.annotation,
            words=words,
            **rest,
        )
        return Endpoint(declared, handler)

    return declare
