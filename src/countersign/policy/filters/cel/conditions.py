"""Conditions in CEL, the Common Expression Language, over what is known of an event.

A condition is compiled and type-checked once, when its policy is read. The engine bounds what one
evaluation may cost, and regular expressions in it take linear time.

Spec: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.questions import Question, RaidUnderWay
from countersign.protocol.errors import CountersignError

MAX_CONDITION_CHARS: Final = 2_000
MAX_TEXT_CHARS: Final = 8_192
MAX_LIST_ITEMS: Final = 200

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
        question: what must be known for it; None if the event tells.
    """

    name: str
    type: Any
    help: str
    value: Callable[[Event, Facts], Any]
    question: Question[Any] | None = None

    @property
    def type_name(self) -> str:
        """The name of its type, for the manual."""
        return "list(string)" if self.type == _STRINGS else str(self.type.name()).lower()


def _variable(name: str, kind: Any, about: str, value: Callable[[Event], Any]) -> Variable:
    return Variable(name=name, type=kind, help=about, value=lambda event, _: value(event))


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
    ),
    _variable(
        "event.raw_text",
        _Type.STRING,
        "The same as it was written.",
        lambda e: "\n".join(text.raw for text in e.seen.texts)[:MAX_TEXT_CHARS],
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
        f"Every link, as written; the first {MAX_LIST_ITEMS}.",
        lambda e: [link.target for link in e.seen.links[:MAX_LIST_ITEMS]],
    ),
    _variable(
        "event.mentions",
        _STRINGS,
        f"The user IDs of everyone whom it calls; at most {MAX_LIST_ITEMS}.",
        lambda e: sorted(e.seen.mentions.user_ids)[:MAX_LIST_ITEMS],
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

    Raises:
        ConditionInvalid: it cannot be compiled.
    """

    __slots__ = ("_expression", "_variables", "source")

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
        self._variables = tuple(each for each in VARIABLES if each.name in source)

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
            ConditionTooCostly: it takes more steps than an evaluation may.
            FactUnavailable: see `Facts`.
        """
        values = {each.name: each.value(event, facts) for each in self._variables}
        try:
            result = self._expression.eval(data=values)
        except RuntimeError as error:
            raise ConditionTooCostly(f"The condition took too many steps: {error}") from error
        return bool(result.value() is True)


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
