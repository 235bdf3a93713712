"""What a condition may cost at most, whatever the event: worked out when it is read.

The engine counts the turns of loops and nothing else, and one call into it cannot be interrupted.
So the cost is bounded beforehand: from the largest values that an event may have follows, part by
part, how large every value in between can be, how often each part is evaluated, and how much it
looks at. A function that is not listed here is not taken at all.

Costs are in units of about 25 nanoseconds on a machine of 2025, for the worst event;
`benchmarks/condition_cost.py` measures conditions at the limit. Sizes are counted in all their
evaluations together and not only at their largest, so that going through a list costs what the list
holds, and not its length times its longest element.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import re2

from countersign.policy.document.mistakes import shown
from countersign.policy.filters.cel.syntax import (
    Call,
    Constant,
    Field,
    ListOf,
    Loop,
    MapOf,
    Name,
    Node,
)
from countersign.protocol.errors import CountersignError

MAX_COST: Final = 1_000_000
"""What one condition may cost for one event."""
MAX_POLICY_COST: Final = 10 * MAX_COST
"""What all conditions of a policy may cost together for one event."""
ENGINE_TURNS: Final = 10_000
"""How many turns of all its loops together the engine grants to one evaluation."""

_PART: Final = 2.0
_TURN: Final = 4.0
_CHAR_COMPARED: Final = 1 / 256
_CHAR_READ: Final = 1 / 8
_CHAR_MADE: Final = 1 / 4
_ITEM_READ: Final = 8.0
_ITEM_COPIED: Final = 1.0
_ITEM_MADE: Final = 2.0
_SEARCH: Final = 1 / 2_048
_REGEX_STEP_ON_A_CHAR: Final = 1 / 4
_REGEX_STEP_COMPILED: Final = 16.0
_RE2: Final = re2.Options()
_RE2.log_errors = False
_RE2.max_mem = 1 << 18  # for more steps than could ever be within bounds
_NUMBER_CHARS: Final = 400
"""The longest number as text, written out."""
_ESCAPED_CHARS: Final = 6
_FORMATTED_NUMBER_CHARS: Final = 1_400


class TooCostly(CountersignError):
    """A condition may cost more than it may, or its cost cannot be bounded.

    Args:
        reason: what is wrong, and how to write it otherwise.
        offset: where, in characters from 0; -1 if that is not known.
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How large a value may be.

    Attributes:
        chars: the characters of all strings in it.
        items: the elements and entries in it, those of elements included.
        length: its own elements or entries.
        element: the largest that an element may be; None if it has none.
        is_json: any JSON: its elements may be as large as itself.
    """

    chars: float = 0
    items: float = 0
    length: float = 0
    element: "Extent | None" = None
    is_json: bool = False

    @property
    def part(self) -> "Extent":
        """The largest that an element may be."""
        return self if self.is_json else self.element or SCALAR

    def joined(self, other: "Extent") -> "Extent":
        """Return an extent that is as large as either."""
        if self.is_json and other.is_json:
            element = None
        elif self.part is SCALAR or other.part is SCALAR:
            element = self.element or other.element
            if self.is_json or other.is_json:
                element = self.part if self.is_json else other.part
        else:
            element = self.part.joined(other.part)
        return Extent(
            chars=max(self.chars, other.chars),
            items=max(self.items, other.items),
            length=max(self.length, other.length),
            element=element,
            is_json=self.is_json and other.is_json,
        )


SCALAR: Final = Extent()
_NUMBER: Final = Extent(chars=0)


@dataclass(frozen=True, slots=True)
class _Value:
    """A part's value: its largest extent, and what all its evaluations hold together."""

    most: Extent
    chars: float
    items: float

    @property
    def comparing(self) -> float:
        return self.chars * _CHAR_COMPARED + self.items * _ITEM_READ


@dataclass(frozen=True, slots=True)
class _Moment:
    """How often a part is evaluated.

    Attributes:
        times: at most, as the engine stops loops.
        turns: as if it did not; to tell how often an outer loop's value comes again.
    """

    times: float
    turns: float

    def in_loop(self, length: float) -> "_Moment":
        return _Moment(min(self.times * length, ENGINE_TURNS), self.turns * length)


@dataclass(frozen=True, slots=True)
class _Bound:
    """A loop's variable: its value, and the moment that it counts for."""

    value: _Value
    moment: _Moment


_Scope = Mapping[str, _Bound]
_NO_SCOPE: Final[_Scope] = MappingProxyType({})
_ONCE: Final = _Moment(1, 1)


def cost_of(condition: Node, variables: Mapping[str, Extent]) -> float:
    """Return what `condition` costs at most for one event, up to `MAX_COST`.

    Args:
        condition: its syntax tree.
        variables: how large the value of each variable may be.

    Raises:
        TooCostly: it may cost more, or that cannot be told; says how to write it otherwise.
    """
    costs = _Costs(variables)
    costs.value(condition, _ONCE, _NO_SCOPE)
    if costs.total > MAX_COST:
        worst, (_, hint) = max(costs.parts.items(), key=lambda part: part[1][0])
        times = max(costs.total / MAX_COST, 1.1)
        raise TooCostly(
            f"it may cost {times:,.1f} times what a condition may for one event, most of it here; "
            f"{hint}",
            worst,
        )
    return costs.total


class _Costs:
    """Adds up what the parts of one condition cost."""

    def __init__(self, variables: Mapping[str, Extent]) -> None:
        self._variables = variables
        self.total = 0.0
        self.parts: dict[int, tuple[float, str]] = {}

    def value(self, node: Node, moment: _Moment, scope: _Scope) -> _Value:
        """Return a part's value, and add what it costs."""
        self._add(_PART * moment.times, node, "write less in one condition, and less in loops")
        match node:
            case Constant():
                return _steady(Extent(chars=len(node.text or "")), moment)
            case Name():
                return self._named(node, moment, scope)
            case Field():
                value = self.value(node.operand, moment, scope)
                return _steady(_NUMBER, moment) if node.is_test else _part(value, moment)
            case ListOf():
                return self._listed(node.elements, 1, node, moment, scope)
            case MapOf():
                return self._listed(node.entries, 2, node, moment, scope)
            case Loop():
                return self._loop(node, moment, scope)
            case Call():
                return self._call(node, moment, scope)
        raise TooCostly("its cost cannot be told", node.offset)

    def _add(self, cost: float, node: Node, hint: str) -> None:
        self.total += cost
        before, known = self.parts.get(node.offset, (0.0, hint))
        self.parts[node.offset] = (before + cost, hint if cost >= before else known)

    def _named(self, node: Name, moment: _Moment, scope: _Scope) -> _Value:
        bound = scope.get(node.name)
        if bound is not None:
            again = moment.turns / bound.moment.turns if bound.moment.turns else 0
            return _capped(
                bound.value.most, bound.value.chars * again, bound.value.items * again, moment
            )
        extent = SCALAR if node.name in _TYPES else self._variables.get(node.name)
        if extent is None:
            raise TooCostly(f"{node.name} is nothing that a condition may look at", node.offset)
        return _steady(extent, moment)

    def _listed(
        self, nodes: tuple[Node, ...], step: int, node: Node, moment: _Moment, scope: _Scope
    ) -> _Value:
        values = [self.value(each, moment, scope) for each in nodes]
        element = SCALAR
        for value in values:
            element = element.joined(value.most)
        most = Extent(
            chars=sum(value.most.chars for value in values),
            items=sum(value.most.items for value in values) + len(values),
            length=len(values) / step,
            element=element,
        )
        made = _capped(
            most,
            sum(value.chars for value in values),
            sum(value.items for value in values) + len(values) * moment.times,
            moment,
        )
        self._add(made.items * _ITEM_COPIED, node, "make smaller lists")
        return made

    def _loop(self, loop: Loop, moment: _Moment, scope: _Scope) -> _Value:
        over = self.value(loop.of, moment, scope)
        self.value(loop.start, moment, scope)
        turning = moment.in_loop(over.most.length)
        self._add(
            _TURN * turning.times, loop, "loop over less: a list of the event within one loop"
        )
        element = _capped(over.most.part, over.chars, over.items, turning)
        inner = {**scope, loop.variable: _Bound(element, turning)}
        appended = _appended(loop)
        if appended is None:
            result = self._folded(loop, turning, inner)
        else:
            result = self._gathered(appended, loop, over.most.length, turning, inner)
        inner[loop.accumulator] = _Bound(_steady(result, moment), moment)
        return self.value(loop.result, moment, inner)

    def _folded(self, loop: Loop, moment: _Moment, scope: dict[str, _Bound]) -> Extent:
        """Return the extent of what `all`, `exists` and `exists_one` gather: one value."""
        scope[loop.accumulator] = _Bound(_steady(SCALAR, moment), moment)
        self.value(loop.goes_on, moment, scope)
        gathered = self.value(loop.step, moment, scope).most
        if gathered.length or gathered.chars:
            raise TooCostly("a loop of a kind whose cost cannot be told", loop.offset)
        return SCALAR

    def _gathered(
        self, appended: ListOf, loop: Loop, turns: float, moment: _Moment, scope: dict[str, _Bound]
    ) -> Extent:
        """Return the extent of the list that `map` and `filter` make.

        The engine copies what is gathered so far in every turn.
        """
        if isinstance(loop.step, Call) and loop.step.function == "_?_:_":
            self.value(loop.step.arguments[0], moment, scope)
        gain = self._listed(appended.elements, 1, appended, moment, scope)
        gathered = Extent(
            chars=min(turns * gain.most.chars, gain.chars),
            items=min(turns * gain.most.items, gain.items),
            length=turns * gain.most.length,
            element=gain.most.element,
        )
        self._add(moment.times * gathered.length * _ITEM_COPIED, loop, _HINTS["_+_"])
        return gathered

    def _call(self, call: Call, moment: _Moment, scope: _Scope) -> _Value:
        rule = _FUNCTIONS.get(call.function)
        if rule is None:
            names = ", ".join(sorted(name for name in _FUNCTIONS if name[0].isalpha()))
            raise TooCostly(
                f"the function {shown(call.function)} is not one that conditions may use: {names}",
                call.offset,
            )
        values = [self.value(each, moment, scope) for each in call.arguments]
        result, cost = rule(call, values, moment)
        self._add(cost, call, _HINTS.get(call.function, _HINT))
        return result


def _appended(loop: Loop) -> ListOf | None:
    """Return the list that a loop's step appends, if that is what it does."""
    step = loop.step
    if isinstance(step, Call) and step.function == "_?_:_":
        step = step.arguments[1]
    match step:
        case Call(function="_+_", arguments=(Name(name=name), ListOf() as appended)):
            return appended if name == loop.accumulator else None
    return None


def _steady(extent: Extent, moment: _Moment) -> _Value:
    return _Value(extent, extent.chars * moment.times, extent.items * moment.times)


def _capped(most: Extent, chars: float, items: float, moment: _Moment) -> _Value:
    """Return a value of which all evaluations together hold no more than each its most."""
    times = moment.times
    return _Value(most, min(chars, most.chars * times), min(items, most.items * times))


def _part(value: _Value, moment: _Moment) -> _Value:
    return _capped(value.most.part, value.chars, value.items, moment)


_Rule = Callable[[Call, list[_Value], _Moment], tuple[_Value, float]]


def _number(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    return _steady(_NUMBER, moment), 0.0


def _read_all(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    cost = sum(value.chars * _CHAR_READ for value in values)
    return _steady(_NUMBER, moment), cost


def _compared(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    return _steady(_NUMBER, moment), min(value.comparing for value in values)


def _looked_up(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    _, holder = values
    return _steady(_NUMBER, moment), holder.comparing


def _chosen(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    _, one, other = values
    most = one.most.joined(other.most)
    return _capped(most, one.chars + other.chars, one.items + other.items, moment), 0.0


def _taken(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    return _part(values[0], moment), 0.0


def _same(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    return values[0], 0.0


def _added(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    one, other = values
    most = Extent(
        chars=one.most.chars + other.most.chars,
        items=one.most.items + other.most.items,
        length=one.most.length + other.most.length,
        element=one.most.part.joined(other.most.part),
        is_json=one.most.is_json and other.most.is_json,
    )
    made = _capped(most, one.chars + other.chars, one.items + other.items, moment)
    return made, made.chars * _CHAR_READ + made.items * _ITEM_COPIED


def _changed(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    """A string of the same length or shorter."""
    text = values[0]
    made = _capped(Extent(chars=text.most.chars), text.chars, 0, moment)
    return made, text.chars * _CHAR_MADE


def _quoted(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    text = values[0]
    most = Extent(chars=text.most.chars * _ESCAPED_CHARS + 2)
    made = _capped(most, text.chars * _ESCAPED_CHARS + 2 * moment.times, 0, moment)
    return made, made.chars * _CHAR_MADE


def _written(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    """A string or bytes, of a string, bytes or a number."""
    value = values[0]
    most = Extent(chars=max(value.most.chars, _NUMBER_CHARS))
    made = _capped(most, value.chars + _NUMBER_CHARS * moment.times, 0, moment)
    return made, made.chars * _CHAR_MADE


def _searched(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    return _steady(_NUMBER, moment), _searching(values[0], values[1])


def _searching(text: _Value, word: _Value) -> float:
    return (text.chars + word.chars) * _CHAR_READ + _product(text, word) * _SEARCH


def _product(one: _Value, other: _Value) -> float:
    """Return the sum, over all evaluations, of the product of two values' characters."""
    return min(one.most.chars * other.chars, other.most.chars * one.chars)


def _matched(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:
    text, expression = call.arguments
    if not isinstance(expression, Constant) or expression.text is None:
        raise TooCostly(
            'matches takes its regular expression in quotes: matches("…"), not from the event. To '
            "look for a text from elsewhere, use contains",
            expression.offset if expression.offset >= 0 else text.offset,
        )
    steps = _regex_steps(expression)
    each = _REGEX_STEP_COMPILED * moment.times + _REGEX_STEP_ON_A_CHAR * values[0].chars
    return _steady(_NUMBER, moment), steps * each


def _regex_steps(expression: Constant) -> int:
    try:
        steps: int = re2.compile(expression.text, _RE2).programsize
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise TooCostly(
            f"a regular expression that cannot be used ({said})", expression.offset
        ) from error
    return steps


def _replaced(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:
    text, old, new = values[:3]
    least = _least_chars(call.arguments[1])
    places = text.most.chars / max(least, 1) + 1
    most = Extent(chars=text.most.chars + places * new.most.chars)
    chars = text.chars + _product(text, new) / max(least, 1) + new.chars
    made = _capped(most, chars, 0, moment)
    return made, made.chars * _CHAR_MADE + _searching(text, old)


def _split(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:
    text, at = values[:2]
    least = max(_least_chars(call.arguments[1]), 1)
    pieces = text.most.chars / least + 1
    most = Extent(
        chars=text.most.chars,
        items=pieces,
        length=pieces,
        element=Extent(chars=text.most.chars),
    )
    made = _capped(most, text.chars, text.chars / least + moment.times, moment)
    return made, made.items * _ITEM_MADE + _searching(text, at)


def _joined(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:  # noqa: ARG001
    pieces = values[0]
    between = values[1] if len(values) > 1 else _steady(SCALAR, moment)
    most = Extent(chars=pieces.most.chars + pieces.most.length * between.most.chars)
    chars = pieces.chars + min(
        pieces.items * between.most.chars, pieces.most.length * between.chars
    )
    made = _capped(most, chars, 0, moment)
    return made, made.chars * _CHAR_MADE + pieces.items * _ITEM_MADE


def _formatted(call: Call, values: list[_Value], moment: _Moment) -> tuple[_Value, float]:
    pattern, given = values
    if not isinstance(call.arguments[0], Constant):
        raise TooCostly('format takes its pattern in quotes: "%s".format([…])', call.offset)
    numbers = _FORMATTED_NUMBER_CHARS
    most = Extent(
        chars=pattern.most.chars
        + given.most.chars * _ESCAPED_CHARS
        + (given.most.items + 1) * numbers
    )
    chars = pattern.chars + given.chars * _ESCAPED_CHARS
    made = _capped(most, chars + (given.items + moment.times) * numbers, 0, moment)
    return made, made.chars * _CHAR_MADE + given.items * _ITEM_READ


def _least_chars(node: Node) -> int:
    return len(node.text or "") if isinstance(node, Constant) else 0


_FUNCTIONS: Final[Mapping[str, _Rule]] = MappingProxyType(
    {
        **dict.fromkeys(("_&&_", "_||_", "!_", "@not_strictly_false"), _number),
        **dict.fromkeys(("_-_", "_*_", "_/_", "_%_", "-_"), _number),
        **dict.fromkeys(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"), _compared),
        "@in": _looked_up,
        "_?_:_": _chosen,
        "_[_]": _taken,
        "_+_": _added,
        "dyn": _same,
        "type": _number,
        **dict.fromkeys(("size", "int", "uint", "double", "bool"), _read_all),
        **dict.fromkeys(("timestamp", "duration"), _read_all),
        **dict.fromkeys(
            (
                "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear",
                "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds",
            ),
            _read_all,
        ),
        "contains": _searched,
        "indexOf": _searched,
        "lastIndexOf": _searched,
        "startsWith": _compared,
        "endsWith": _compared,
        "matches": _matched,
        **dict.fromkeys(
            ("charAt", "lowerAscii", "upperAscii", "reverse", "substring", "trim"), _changed
        ),
        "string": _written,
        "bytes": _written,
        "strings.quote": _quoted,
        "replace": _replaced,
        "split": _split,
        "join": _joined,
        "format": _formatted,
    }
)  # fmt: skip

_TYPES: Final = frozenset(
    ("bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint")
)

_HINT: Final = "look at less, or at event.text in place of event.content"
_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "matches": "a shorter regular expression without repetitions such as {1,100}, looking at "
        "event.text and in no loop, costs less; and so does the filter keyword with its patterns",
        "replace": "replace less: a text of the condition's own, in place of one of the event",
        "join": "put a short text between the pieces",
        "split": "split at a longer text, and in no loop",
        "_+_": "put together less; exists and all need no list where map and filter make one",
        "contains": "look in event.text, and in no loop within a loop",
    }
)
