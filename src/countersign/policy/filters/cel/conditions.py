"""Conditions in CEL, the Common Expression Language, about an event.

A condition is compiled and type-checked once, when its policy is read. What it may cost at most is
worked out then too, and what may cost too much is not taken: see `filters.cel.costs`.

Spec: https://github.com/google/cel-spec/blob/master/doc/langdef.md
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from countersign.policy.event_kinds.aspects import Aspect
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filters.cel.content_paths import CONTENT, at, at_paths, content_paths
from countersign.policy.filters.cel.costs import cost_of
from countersign.policy.filters.cel.extents import Extent, TooCostly
from countersign.policy.filters.cel.syntax import (
    Node,
    SyntaxUnknown,
    names_in,
    names_required,
    read_syntax,
)
from countersign.policy.filters.cel.variable import Type, Variable
from countersign.policy.filters.cel.variables import VARIABLES
from countersign.policy.questions.question import Question
from countersign.protocol.errors import CountersignError

MAX_CONDITION_CHARS: Final = 2_000
MAX_EVENT_CHARS: Final = 65_536

_CONTENT_LIMITS: Final = (
    (10_000, MAX_EVENT_CHARS),
    (2_000, MAX_EVENT_CHARS),
    (500, MAX_EVENT_CHARS),
    (500, 16_384),
)
"""Limits on the values and characters of the content that a condition reads, largest first.

The first pair that keeps the condition's cost within `MAX_COST` applies. The condition is not
evaluated on larger contents.
"""

_ERROR_POSITION: Final = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_MESSAGE: Final = "m.room.message"


class ConditionInvalid(CountersignError):
    """A condition cannot be compiled; the message gives the reason and the place."""


class ConditionTooCostly(CountersignError):
    """The evaluation was stopped: the condition takes too many steps on this event."""


@cache
def _environment() -> Any:
    return cel.NewEnv(
        variables={variable.name: variable.type for variable in VARIABLES},
        extensions=[ext_strings.ExtStrings()],
    )


class Condition:
    """A compiled condition. Conditions with the same source are equal.

    Args:
        source: a CEL expression of type bool.

    Attributes:
        cost: maximum cost for one event, in units of `filters.cel.costs`.

    Raises:
        ConditionInvalid: it cannot be compiled, or may cost too much.
    """

    __slots__ = (
        "_content_limits",
        "_content_paths",
        "_expression",
        "_questions",
        "_required",
        "_variables",
        "cost",
        "source",
    )

    def __init__(self, source: str) -> None:
        if len(source) > MAX_CONDITION_CHARS:
            raise ConditionInvalid(f"it is longer than {MAX_CONDITION_CHARS:,} characters")
        try:
            expression = _environment().compile(source)
        except (RuntimeError, ValueError) as error:
            raise ConditionInvalid(_reason(str(error))) from error
        if expression.return_type() != Type.BOOL:
            kind = expression.return_type().name().lower()
            raise ConditionInvalid(f"it gives a value of type {kind}, not true or false")
        self.source = source
        self._expression = expression
        try:
            syntax = read_syntax(expression.serialize())
            self._content_paths = content_paths(syntax)
            self.cost, self._content_limits = _cost(syntax)
        except SyntaxUnknown as error:
            raise ConditionInvalid(f"its cost cannot be bounded: {error}") from error
        except TooCostly as error:
            raise ConditionInvalid(at(source, error.offset, str(error))) from error
        names = {each.name for each in names_in(syntax)}
        self._variables = tuple(each for each in VARIABLES if each.name in names)
        self._questions = tuple(
            each.question for each in self._variables if each.question is not None
        )
        required = dict(names_required(syntax))
        self._required = tuple(
            (each, required[each.name])
            for each in self._variables
            # A text that is the answer to a question is compared by the evaluation.
            if each.name in required
            and (each.question is None or isinstance(required[each.name], bool))
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Condition({self.source!r})"

    @property
    def reads(self) -> frozenset[str]:
        """Names of the variables that it reads."""
        return frozenset(each.name for each in self._variables)

    @property
    def aspect(self) -> Aspect | None:
        """An aspect without which the condition is false; None if there is no such aspect."""
        required = {each.name: value for each, value in self._required}
        if required.get("event.is_state") is True:
            return Aspect.STATE
        is_other = required.get("event.type", _MESSAGE) != _MESSAGE
        return Aspect.OTHER_TYPE if is_other else None

    def asks(self) -> tuple[Question[Any], ...]:
        """Return the questions whose answers it needs."""
        return self._questions

    def holds(self, event: Event, facts: Facts) -> bool:
        """Return the condition's value for `event`; False if it reads a missing field.

        Raises:
            ConditionTooCostly: the evaluation takes too many steps, or the content is too large.
            FactUnavailable: see `Facts`.
        """
        # In CEL, `false && x` is false even if x is an error.
        for each, required in self._required:
            if each.value(event, facts) != required:
                return False
        values = {each.name: self._value(each, event, facts) for each in self._variables}
        try:
            result = self._expression.eval(data=values)
        except RuntimeError as error:
            raise ConditionTooCostly(f"The condition took too many steps: {error}") from error
        return bool(result.value() is True)

    def _value(self, variable: Variable, event: Event, facts: Facts) -> Any:
        value = variable.value(event, facts)
        if variable.name != CONTENT:
            return _truncated(value, variable.extent)
        looked_at = at_paths(value, self._content_paths)
        most_values, most_chars = self._content_limits
        if not _is_within(looked_at, most_values, most_chars):
            raise ConditionTooCostly(
                f"The content is too large for this condition: more than {most_values:,} values or "
                f"{most_chars:,} characters."
            )
        return looked_at


def _cost(syntax: Node) -> tuple[float, tuple[int, int]]:
    """Return a condition's maximum cost, and the pair of `_CONTENT_LIMITS` that applies to it.

    Raises:
        TooCostly: it costs too much even with the smallest limits.
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


def _truncated(value: Any, extent: Extent) -> Any:
    """Return a variable's value, cut to its extent."""
    if isinstance(value, str):
        return value[: int(extent.chars)]
    if not isinstance(value, list):
        return value
    chars_left, truncated = int(extent.chars), []
    for item in value[: int(extent.length)]:
        truncated.append(item[: min(int(extent.part.chars), chars_left)])
        chars_left -= len(truncated[-1])
        if chars_left <= 0:
            break
    return truncated


def _is_within(content: Any, most_values: int, most_chars: int) -> bool:
    """Return True if a content has at most this number of values and characters."""
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


def _reason(message: str) -> str:
    """Return the compiler's first error message as a clause, with its position."""
    match = _ERROR_POSITION.search(message)
    if match is None:
        return message.partition("\n")[0].removeprefix("INVALID_ARGUMENT: ")
    line, column, complaint = match.groups()
    complaint = complaint.replace(" (in container '')", "").removeprefix("Syntax error: ")
    if int(column) < 1:
        return complaint
    place = f"character {column}" if line == "1" else f"line {line}, character {column}"
    return f"at {place}: {complaint}"
