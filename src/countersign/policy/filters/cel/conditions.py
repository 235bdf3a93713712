"""Conditions in CEL, the Common Expression Language, over what is known of an event.

A condition is compiled and type-checked once, when its policy is read. What it may cost at most is
worked out then too, and what may cost too much is not taken: see `filters.cel.costs`.

Spec: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.cel.costs import SCALAR, Extent, TooCostly, cost_of
from countersign.policy.filters.cel.syntax import (
    Call,
    Constant,
    Field,
    Name,
    Node,
    SyntaxUnknown,
    names_in,
    parts_of,
    read_syntax,
)
from countersign.policy.questions import Question, RaidUnderWay
from countersign.protocol.errors import CountersignError

MAX_CONDITION_CHARS: Final = 2_000
MAX_TEXT_CHARS: Final = 8_192
MAX_LIST_ITEMS: Final = 200
MAX_ID_CHARS: Final = 255
MAX_LINK_CHARS: Final = 1_024
MAX_LIST_CHARS: Final = 16_384
"""Of all links together, and of all user IDs."""
MAX_EVENT_CHARS: Final = 65_536

CONTENT: Final = "event.content"
_CONTENT_LIMITS: Final = (
    (10_000, MAX_EVENT_CHARS),
    (2_000, MAX_EVENT_CHARS),
    (500, MAX_EVENT_CHARS),
    (500, 16_384),
)
"""How many values and characters of a content a condition may look at: the first that keep its cost
within bounds. Contents that are larger there are not evaluated."""

_Type = cel.Type
_STRINGS: Final = _Type.List(_Type.STRING)
_RAID: Final = RaidUnderWay()
_WHERE: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")


class ConditionInvalid(CountersignError):
    """A condition cannot be compiled; says why, and where in it."""


class ConditionTooCostly(CountersignError):
    """An evaluation was given up: the condition loops too much over this event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Something that a condition may look at.

    Attributes:
        name: as conditions write it.
        type: of its values, in CEL's words.
        help: what it is, for moderators.
        value: returns it.
        extent: how large its values may be; longer ones are cut.
        question: what must be known for it; None if the event tells.
    """

    name: str
    type: Any
    help: str
    value: Callable[[Event, Facts], Any]
    extent: Extent = SCALAR
    question: Question[Any] | None = None

    @property
    def type_name(self) -> str:
        """The name of its type, for the manual."""
        return "list(string)" if self.type == _STRINGS else str(self.type.name()).lower()


_ID: Final = Extent(chars=MAX_ID_CHARS)
_TEXT: Final = Extent(chars=MAX_TEXT_CHARS)


def _list_of(item_chars: int) -> Extent:
    return Extent(
        chars=MAX_LIST_CHARS,
        items=MAX_LIST_ITEMS,
        length=MAX_LIST_ITEMS,
        element=Extent(chars=item_chars),
    )


def _variable(
    name: str,
    kind: Any,
    about: str,
    value: Callable[[Event], Any],
    extent: Extent | None = None,
) -> Variable:
    if extent is None:
        extent = _ID if kind == _Type.STRING else SCALAR
    return Variable(
        name=name, type=kind, help=about, value=lambda event, _: value(event), extent=extent
    )


VARIABLES: Final = (
    _variable("event.type", _Type.STRING, "The event type.", lambda e: e.type),
    _variable("event.is_state", _Type.BOOL, "Whether it is a state event.", lambda e: e.is_state),
    _variable(
        "event.state_key",
        _Type.STRING,
        "The state key; empty if none.",
        lambda e: e.state_key or "",
    ),
    _variable(
        "event.msgtype",
        _Type.STRING,
        "The message type, such as `m.text`; empty if none.",
        lambda e: _string(e.content.get("msgtype")),
    ),
    _variable(
        "event.text",
        _Type.STRING,
        "All texts that a person may see, in lower case, without accents and invisible characters, "
        f"one a line; the first {MAX_TEXT_CHARS:,} characters.",
        lambda e: e.seen.normalized[:MAX_TEXT_CHARS],
        _TEXT,
    ),
    _variable(
        "event.raw_text",
        _Type.STRING,
        "The same as it was written.",
        lambda e: "\n".join(text.raw for text in e.seen.texts)[:MAX_TEXT_CHARS],
        _TEXT,
    ),
    _variable(
        "event.text_length",
        _Type.INT,
        "How many characters all texts have together.",
        lambda e: len(e.seen.normalized),
    ),
    _variable(
        "event.links",
        _STRINGS,
        f"Every link, as written; the first {MAX_LIST_ITEMS}, with {MAX_LIST_CHARS:,} characters "
        f"together and {MAX_LINK_CHARS:,} each.",
        lambda e: [link.target for link in e.seen.links[:MAX_LIST_ITEMS]],
        _list_of(MAX_LINK_CHARS),
    ),
    _variable(
        "event.mentions",
        _STRINGS,
        f"The user IDs of everyone whom it calls; at most {MAX_LIST_ITEMS}.",
        lambda e: sorted(e.seen.mentions.user_ids)[:MAX_LIST_ITEMS],
        _list_of(MAX_ID_CHARS),
    ),
    _variable(
        "event.mentions_room",
        _Type.BOOL,
        "Whether it calls everyone with `@room`.",
        lambda e: e.seen.mentions.is_room,
    ),
    _variable(
        "event.media",
        _STRINGS,
        "What each media item is: `m.image`, `m.file`, `m.sticker`, `img` and such.",
        lambda e: [item.kind for item in e.seen.media[:MAX_LIST_ITEMS]],
        _list_of(MAX_ID_CHARS),
    ),
    _variable(
        "event.relation",
        _Type.STRING,
        "`edit`, `reply`, `thread`, `reaction`, `reference`; empty if it stands alone.",
        lambda e: e.seen.relation.kind if e.seen.relation is not None else "",
    ),
    _variable(
        "event.size",
        _Type.INT,
        "The size of the whole event in bytes.",
        lambda e: e.size_bytes,
    ),
    _variable(
        "event.content",
        _Type.Map(_Type.STRING, _Type.DYN),
        'The content itself: `event.content["m.relates_to"].event_id`.',
        lambda e: e.safe_content,
    ),
    _variable("sender.id", _Type.STRING, "The sender's user ID.", lambda e: e.sender),
    _variable("sender.server", _Type.STRING, "The sender's server name.", lambda e: e.server),
    _variable(
        "sender.trust",
        _Type.STRING,
        "How far they are trusted: `banned`, `untrusted`, `new`, `member`, `trusted`, `moderator`.",
        lambda e: e.standing.level.value,
    ),
    _variable(
        "sender.power_level",
        _Type.INT,
        "Their power level in the room.",
        lambda e: e.sender_power_level,
    ),
    _variable(
        "sender.known_hours",
        _Type.INT,
        "For how many hours the community has known them.",
        lambda e: e.standing.known_hours,
    ),
    _variable(
        "sender.accepted_events",
        _Type.INT,
        "How many of their events were signed.",
        lambda e: e.standing.accepted_events,
    ),
    _variable(
        "sender.active_days",
        _Type.INT,
        "On how many days.",
        lambda e: e.standing.active_days,
    ),
    _variable("room.id", _Type.STRING, "The room's ID.", lambda e: e.room_id),
    _variable(
        "room.is_encrypted",
        _Type.BOOL,
        "Whether the room is encrypted.",
        lambda e: e.is_encrypted_room,
    ),
    Variable(
        name="raid.is_on",
        type=_Type.BOOL,
        help="Whether the community is in raid mode. In one that began by itself and in which only "
        "the people of some domains are suspected: whether the sender is of one of those.",
        value=lambda _, facts: facts[_RAID] is not None,
        question=_RAID,
    ),
)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


@cache
def _environment() -> Any:
    return cel.NewEnv(
        variables={variable.name: variable.type for variable in VARIABLES},
        extensions=[ext_strings.ExtStrings()],
    )


class Condition:
    """A compiled condition; equal to another of the same source.

    Args:
        source: the expression; of type bool.

    Attributes:
        cost: what it may cost at most for one event, in units of `filters.cel.costs`.

    Raises:
        ConditionInvalid: it cannot be compiled, or may cost too much.
    """

    __slots__ = ("_content_limits", "_content_paths", "_expression", "_variables", "cost", "source")

    def __init__(self, source: str) -> None:
        if len(source) > MAX_CONDITION_CHARS:
            raise ConditionInvalid(f"it is longer than {MAX_CONDITION_CHARS:,} characters")
        try:
            expression = _environment().compile(source)
        except (RuntimeError, ValueError) as error:
            raise ConditionInvalid(_reason(str(error))) from error
        if expression.return_type() != _Type.BOOL:
            kind = expression.return_type().name().lower()
            raise ConditionInvalid(f"it gives a value of type {kind}, not true or false")
        self.source = source
        self._expression = expression
        try:
            syntax = read_syntax(expression.serialize())
            self._content_paths = _content_paths(syntax)
            self.cost, self._content_limits = _cost(syntax)
        except SyntaxUnknown as error:
            raise ConditionInvalid(f"what it costs cannot be told: {error}") from error
        except TooCostly as error:
            raise ConditionInvalid(_at(source, error.offset, str(error))) from error
        names = {each.name for each in names_in(syntax)}
        self._variables = tuple(each for each in VARIABLES if each.name in names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Condition({self.source!r})"

    @property
    def reads(self) -> frozenset[str]:
        """The names of the variables that it looks at."""
        return frozenset(each.name for each in self._variables)

    def asks(self) -> Iterable[Question[Any]]:
        """Return what must be known to evaluate it."""
        return (each.question for each in self._variables if each.question is not None)

    def holds(self, event: Event, facts: Facts) -> bool:
        """Tell whether it is true of `event`; what refers to something missing is not.

        Raises:
            ConditionTooCostly: it takes more steps than an evaluation may, or looks at a content
                that is too large for it.
            FactUnavailable: see `Facts`.
        """
        values = {each.name: self._value(each, event, facts) for each in self._variables}
        try:
            result = self._expression.eval(data=values)
        except RuntimeError as error:
            raise ConditionTooCostly(f"The condition took too many steps: {error}") from error
        return bool(result.value() is True)

    def _value(self, variable: Variable, event: Event, facts: Facts) -> Any:
        value = variable.value(event, facts)
        if variable.name != CONTENT:
            return _cut(value, variable.extent)
        looked_at = _at_paths(value, self._content_paths)
        most_values, most_chars = self._content_limits
        if not _is_within(looked_at, most_values, most_chars):
            raise ConditionTooCostly(
                f"The content is too large for this condition: more than {most_values:,} values or "
                f"{most_chars:,} characters."
            )
        return looked_at


def _cost(syntax: Node) -> tuple[float, tuple[int, int]]:
    """Return what a condition costs at most, and how much of a content it may look at.

    Raises:
        TooCostly: it costs too much even where it looks at little.
    """
    for values, chars in _CONTENT_LIMITS:
        content = Extent(chars=chars, items=values, length=values, is_json=True)
        extents = {each.name: each.extent for each in VARIABLES} | {CONTENT: content}
        try:
            return cost_of(syntax, extents), (values, chars)
        except TooCostly:
            if (values, chars) == _CONTENT_LIMITS[-1]:
                raise
    raise AssertionError("the last limits raise or return")


def _cut(value: Any, extent: Extent) -> Any:
    """Return a variable's value as long as its extent says at most."""
    if isinstance(value, str):
        return value[: int(extent.chars)]
    if not isinstance(value, list):
        return value
    left, cut = int(extent.chars), []
    for item in value[: int(extent.length)]:
        cut.append(item[: min(int(extent.part.chars), left)])
        left -= len(cut[-1])
        if left <= 0:
            break
    return cut


_Paths = dict[str, "_Paths"]
_EVERYTHING: Final[_Paths] = {}


def _content_paths(syntax: Node) -> _Paths:
    """Return which keys of the content a condition looks at; `_EVERYTHING` where all below."""
    paths: list[tuple[str, ...]] = []
    waiting = [syntax]
    while waiting:
        node = waiting.pop()
        path = _path(node)
        if path is None:
            waiting += parts_of(node)
        else:
            paths.append(path)
    tree: _Paths = {}
    # The shortest first: what is looked at as a whole takes in all that lies below.
    for path in sorted(paths, key=len):
        _add_path(tree, path)
    return _EVERYTHING if () in paths else tree


def _add_path(tree: _Paths, path: tuple[str, ...]) -> None:
    for place, key in enumerate(path, start=1):
        if key in tree and tree[key] == _EVERYTHING:
            return
        tree = tree.setdefault(key, {})
        if place == len(path):
            tree.clear()


def _path(node: Node) -> tuple[str, ...] | None:
    """Return the keys of `event.content.a["b"]`; None of anything else."""
    match node:
        case Name(name=name):
            return () if name == CONTENT else None
        case Field(operand=operand, field=key):
            pass
        case Call(function="_[_]", arguments=(operand, Constant(text=str(key)))):
            pass
        case _:
            return None
    above = _path(operand)
    return None if above is None else (*above, key)


def _at_paths(content: Any, paths: _Paths) -> Any:
    """Return `content` with nothing in it but what lies at `paths`."""
    if paths == _EVERYTHING:
        return content
    if isinstance(content, Mapping):
        return {key: _at_paths(content[key], paths[key]) for key in paths if key in content}
    # A list has no keys: the engine says so of an empty one too.
    return [] if isinstance(content, list | tuple) else content


def _is_within(content: Any, most_values: int, most_chars: int) -> bool:
    """Tell whether a content has no more values and characters."""
    waiting = [content]
    while waiting and most_values >= 0 and most_chars >= 0:
        value = waiting.pop()
        most_values -= 1
        if isinstance(value, str):
            most_chars -= len(value)
        elif isinstance(value, Mapping):
            most_values -= len(value)
            if most_values >= len(value):
                most_chars -= sum(map(len, value))
                waiting += value.values()
        elif isinstance(value, list | tuple):
            if len(value) > most_values:
                return False
            waiting += value
    return not waiting and most_values >= 0 and most_chars >= 0


def _at(source: str, offset: int, complaint: str) -> str:
    """Return a complaint with its place, as the compiler's are told."""
    if offset < 0:
        return f": {complaint}"
    before = source[:offset]
    line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
    place = f"character {column}" if line == 1 else f"line {line}, character {column}"
    return f"at {place}: {complaint}"


def _reason(message: str) -> str:
    """Return the compiler's first complaint as a clause, with its place."""
    found = _WHERE.search(message)
    if found is None:
        return message.partition("\n")[0].removeprefix("INVALID_ARGUMENT: ")
    line, column, complaint = found.groups()
    complaint = complaint.replace(" (in container '')", "").removeprefix("Syntax error: ")
    if int(column) < 1:
        return complaint
    place = f"character {column}" if line == "1" else f"line {line}, character {column}"
    return f"at {place}: {complaint}"
