"""Costs of the functions and operators that a condition may call."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import re2

from countersign.policy.filters.cel.extents import (
    ITEM_READ,
    SCALAR,
    Evaluations,
    Extent,
    TooCostly,
    Value,
    capped,
    part_of,
    steady,
)
from countersign.policy.filters.cel.syntax import (
    Call,
    Constant,
    Node,
)

_CHAR_READ: Final = 1 / 8
_CHAR_MADE: Final = 1 / 4
ITEM_COPIED: Final = 1.0
_ITEM_MADE: Final = 2.0
_SEARCH: Final = 1 / 2_048
_REGEX_STEP_ON_A_CHAR: Final = 1 / 4
_REGEX_STEP_COMPILED: Final = 16.0
_RE2: Final = re2.Options()
_RE2.log_errors = False
_RE2.max_mem = 1 << 18  # enough for the longest pattern within the cost limit
_NUMBER_CHARS: Final = 400
"""Length of the longest number as text."""

_ESCAPED_CHARS: Final = 6
_FORMATTED_NUMBER_CHARS: Final = 1_400
NUMBER: Final = Extent(chars=0)
_Rule = Callable[[Call, list[Value], Evaluations], tuple[Value, float]]


def _number(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    return steady(NUMBER, evaluations), 0.0


def _read_all(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    cost = sum(value.chars * _CHAR_READ for value in values)
    return steady(NUMBER, evaluations), cost


def _compared(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    return steady(NUMBER, evaluations), min(value.comparing for value in values)


def _looked_up(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    _, holder = values
    return steady(NUMBER, evaluations), holder.comparing


def _chosen(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    _, first, second = values
    most = first.most.joined(second.most)
    return capped(most, first.chars + second.chars, first.items + second.items, evaluations), 0.0


def _taken(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    return part_of(values[0], evaluations), 0.0


def _same(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    return values[0], 0.0


def _added(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    first, second = values
    most = Extent(
        chars=first.most.chars + second.most.chars,
        items=first.most.items + second.most.items,
        length=first.most.length + second.most.length,
        element=first.most.part.joined(second.most.part),
        is_json=first.most.is_json and second.most.is_json,
    )
    result = capped(most, first.chars + second.chars, first.items + second.items, evaluations)
    return result, result.chars * _CHAR_READ + result.items * ITEM_COPIED


def _changed(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    """Cost of a function that returns a string of the same length or shorter."""
    text = values[0]
    result = capped(Extent(chars=text.most.chars), text.chars, 0, evaluations)
    return result, text.chars * _CHAR_MADE


def _quoted(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    text = values[0]
    most = Extent(chars=text.most.chars * _ESCAPED_CHARS + 2)
    result = capped(most, text.chars * _ESCAPED_CHARS + 2 * evaluations.times, 0, evaluations)
    return result, result.chars * _CHAR_MADE


def _written(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    """Cost of a conversion of a string, bytes or number to a string or bytes."""
    value = values[0]
    most = Extent(chars=max(value.most.chars, _NUMBER_CHARS))
    result = capped(most, value.chars + _NUMBER_CHARS * evaluations.times, 0, evaluations)
    return result, result.chars * _CHAR_MADE


def _searched(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    return steady(NUMBER, evaluations), _searching(values[0], values[1])


def _searching(text: Value, word: Value) -> float:
    return (text.chars + word.chars) * _CHAR_READ + _product(text, word) * _SEARCH


def _product(first: Value, second: Value) -> float:
    """Return the product of two values' characters, summed over all evaluations."""
    return min(first.most.chars * second.chars, second.most.chars * first.chars)


def _matched(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:
    text, expression = call.arguments
    if not isinstance(expression, Constant) or expression.text is None:
        raise TooCostly(
            'matches takes its regular expression in quotes: matches("…"), not from the event. To '
            "look for a text from elsewhere, use contains",
            expression.offset if expression.offset >= 0 else text.offset,
        )
    steps = _regex_steps(expression)
    each = _REGEX_STEP_COMPILED * evaluations.times + _REGEX_STEP_ON_A_CHAR * values[0].chars
    return steady(NUMBER, evaluations), steps * each


def _regex_steps(expression: Constant) -> int:
    try:
        steps: int = re2.compile(expression.text, _RE2).programsize
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        message = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise TooCostly(
            f"a regular expression that cannot be used ({message})", expression.offset
        ) from error
    return steps


def _replaced(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:
    text, old, new = values[:3]
    least = _least_chars(call.arguments[1])
    places = text.most.chars / max(least, 1) + 1
    most = Extent(chars=text.most.chars + places * new.most.chars)
    chars = text.chars + _product(text, new) / max(least, 1) + new.chars
    result = capped(most, chars, 0, evaluations)
    return result, result.chars * _CHAR_MADE + _searching(text, old)


def _split(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:
    text, at = values[:2]
    least = max(_least_chars(call.arguments[1]), 1)
    pieces = text.most.chars / least + 1
    most = Extent(
        chars=text.most.chars,
        items=pieces,
        length=pieces,
        element=Extent(chars=text.most.chars),
    )
    result = capped(most, text.chars, text.chars / least + evaluations.times, evaluations)
    return result, result.items * _ITEM_MADE + _searching(text, at)


def _joined(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:  # noqa: ARG001
    pieces = values[0]
    between = values[1] if len(values) > 1 else steady(SCALAR, evaluations)
    most = Extent(chars=pieces.most.chars + pieces.most.length * between.most.chars)
    chars = pieces.chars + min(
        pieces.items * between.most.chars, pieces.most.length * between.chars
    )
    result = capped(most, chars, 0, evaluations)
    return result, result.chars * _CHAR_MADE + pieces.items * _ITEM_MADE


def _formatted(call: Call, values: list[Value], evaluations: Evaluations) -> tuple[Value, float]:
    pattern, arguments = values
    if not isinstance(call.arguments[0], Constant):
        raise TooCostly('format takes its pattern in quotes: "%s".format([…])', call.offset)
    numbers = _FORMATTED_NUMBER_CHARS
    most = Extent(
        chars=pattern.most.chars
        + arguments.most.chars * _ESCAPED_CHARS
        + (arguments.most.items + 1) * numbers
    )
    chars = pattern.chars + arguments.chars * _ESCAPED_CHARS
    result = capped(most, chars + (arguments.items + evaluations.times) * numbers, 0, evaluations)
    return result, result.chars * _CHAR_MADE + arguments.items * ITEM_READ


def _least_chars(node: Node) -> int:
    return len(node.text or "") if isinstance(node, Constant) else 0


FUNCTION_COSTS: Final[Mapping[str, _Rule]] = MappingProxyType(
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
