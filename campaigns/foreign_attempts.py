"""Attempts to read or change another community's data, generated from the declared endpoints.

Each is asked twice, with names of a community that there is and of one that there is not. The two
answers must be the same but for the names.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, get_args
from urllib.parse import urlencode

from pydantic.fields import FieldInfo

from campaigns.two_communities import OTHERS, THEIRS, UNKNOWN, Belongings, Reply, TwoCommunities
from countersign.policy.decisions import RecordedDecision
from countersign.web.admin.app import declarations
from countersign.web.admin.declarations.endpoints import Declaration
from countersign.web.admin.declarations.fields import Format, Names
from countersign.web.admin.declarations.mistakes import schema_of

_CHANGING: Final = re.compile(r"\b\d{12,}\b|[0-9a-f]{12,}|cst_[\w-]+")
"""Moments, IDs and tokens in answers, which differ from one request to the next."""

WAYS: Final[Sequence[Callable[[RecordedDecision], str]]] = (
    lambda decision: decision.reference,
    lambda decision: decision.event_id,
    lambda decision: decision.reference.lower().replace("-", ""),
    lambda decision: decision.key.hex(),
    lambda decision: f"https://policy.campaign.invalid/r/{decision.reference}",
)
"""Names by which a decision may be asked for."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Request about something that belongs to others.

    Attributes:
        declaration: of the endpoint.
        names: the fields that name something of theirs, each with what it names.
        way: which of the names of a decision is used; see `WAYS`.
    """

    declaration: Declaration
    names: Mapping[str, Names]
    way: int = 0

    def __str__(self) -> str:
        named = ", ".join(self.names) or "nothing"
        return f"{self.declaration.method} {self.declaration.path} ({named})"

    def ask(self, world: TwoCommunities, token: str, of: Belongings) -> Reply:
        """Ask it about what belongs to `of`."""
        declared, given = self.declaration, self.given(of, world.jobs[of.community])
        if declared.has_body:
            return world.ask(token, "POST", declared.path, given)
        return world.ask(token, "GET", f"{declared.path}?{urlencode(given)}")

    def given(self, of: Belongings, job: str) -> dict[str, Any]:
        """Return the parameters, with the names of what belongs to `of`, and a job of theirs."""
        schema = schema_of(self.declaration.params)
        given: dict[str, Any] = {}
        for name, field in schema.get("properties", {}).items():
            if name in self.names:
                value: Any = _name_of(of, self.names[name], self.way, job)
                given[name] = [value] if field.get("type") == "array" else value
            elif name in schema.get("required", ()):
                given[name] = _sample(name, field, schema, of)
        return given


def attempts() -> list[Attempt]:
    """Return all attempts: with every choice of fields that name something of theirs.

    Those that name nothing come first: later on our own audit log has the names that were tried.
    """
    return sorted(_attempts(), key=lambda attempt: bool(attempt.names))


def _attempts() -> Iterator[Attempt]:
    for declaration in declarations():
        model = declaration.params
        fields = model.model_fields
        named = {name: kind for name, field in fields.items() for kind in _named(field)}
        needed = {name: kind for name, kind in named.items() if fields[name].is_required()}
        optional = named.keys() - needed.keys()
        for chosen in _subsets(sorted(optional)):
            names = {**needed, **{name: named[name] for name in chosen}}
            is_decision = Names.DECISION in names.values()
            for way in range(len(WAYS) if is_decision else 1):
                yield Attempt(declaration, names, way)


def troubles_of(attempt: Attempt, world: TwoCommunities, token: str) -> list[str]:
    """Make an attempt; return what tells that there is something."""
    about_theirs = attempt.ask(world, token, THEIRS if attempt.names else UNKNOWN)
    text, troubles = about_theirs.body.decode(), list[str]()
    if attempt.names:
        about_nothing = attempt.ask(world, token, UNKNOWN)
        theirs, nothing = _comparable(about_theirs, THEIRS), _comparable(about_nothing, UNKNOWN)
        if theirs != nothing:
            troubles.append(f"{attempt}: {theirs} and not {nothing}")
        text += about_nothing.body.decode()
    asked = json.dumps(attempt.given(THEIRS, world.jobs[OTHERS]))
    troubles += [
        f"{attempt}: {mark} in {text}"
        for mark in (*THEIRS.marks, world.jobs[OTHERS])
        if mark in text and mark not in asked
    ]
    return troubles


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def _comparable(reply: Reply, of: Belongings) -> tuple[int, str]:
    text = reply.body.decode()
    ways = [way(of.decision) for way in WAYS]
    for number, mark in enumerate((f"'{of.community}'", *of.marks, *ways)):
        text = text.replace(mark, f"<{number}>")
    return reply.status, _CHANGING.sub("…", text)


def _name_of(of: Belongings, kind: Names, way: int, job: str) -> str:
    return {
        Names.COMMUNITY: of.community,
        Names.ROOM: of.room,
        Names.USER: of.user,
        Names.ACTOR: of.actor,
        Names.DECISION: WAYS[way](of.decision),
        Names.PLACE: of.decision.key.hex(),
        Names.JOB: job,
    }[kind]


def _named(field: FieldInfo) -> Iterator[Names]:
    """Yield what a field names, at most once."""
    waiting: list[Any] = [*field.metadata, field.annotation]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Format):
            if each.names is not None:
                yield each.names
            return
        waiting += [*get_args(each), *getattr(each, "__metadata__", ())]


def _sample(name: str, field: Schema, root: Schema, of: Belongings) -> Any:
    if name == "document":
        return of.policy.decode()
    if name == "indicator":
        return f"https://{of.community}-shop.example/offer"
    if name == "step":
        return "keyword"
    if "$ref" in field:
        return _sample(name, root["$defs"][field["$ref"].rpartition("/")[2]], root, of)
    if "enum" in field:
        return field["enum"][0]
    plain = {"integer": 0, "boolean": True, "array": [], "object": {}}
    return plain.get(field.get("type", ""), "x")
