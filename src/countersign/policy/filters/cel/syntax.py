"""The syntax tree of a condition, as CEL's compiler returns it.

The compiler returns the protocol buffer message `cel.expr.CheckedExpr`, in which names are
resolved: a variable with a dot in its name is one identifier. Nodes that conditions do not use are
an error.

Spec: https://github.com/google/cel-spec/blob/master/proto/cel/expr/checked.proto and syntax.proto
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from countersign.protocol.errors import CountersignError

Message = dict[int, list[Any]]
"""A protocol buffer message: lists of values by field number; varints are int, the rest bytes."""


class SyntaxUnknown(CountersignError):
    """The tree has a node that conditions do not use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a condition.

    Attributes:
        offset: position in the source, in characters from 0; -1 if unknown.
    """

    offset: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Node):
    """A literal.

    Attributes:
        text: a string's value; for bytes, one character per byte; None for all other types.
    """

    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A variable: one of `VARIABLES`, such as `event.text`, or a loop's."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Node):
    """`operand.field`, or `has(operand.field)`."""

    operand: Node
    field: str
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """A function or operator; the target of a method is its first argument."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf(Node):
    """`[a, b]`."""

    elements: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf(Node):
    """`{a: b}`."""

    entries: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Node):
    """Expansion of a macro such as `exists` or `map`.

    `step` is evaluated for each element of `of` while `goes_on` is true, and its value is that of
    `accumulator` afterwards.
    """

    of: Node
    variable: str
    accumulator: str
    start: Node
    goes_on: Node
    step: Node
    result: Node


def read_syntax(serialized: bytes) -> Node:
    """Return the syntax tree in the result of `cel.Expression.serialize`, a `google.protobuf.Any`.

    Raises:
        SyntaxUnknown: it has a node that conditions do not use.
    """
    checked = _message(_one(_message(serialized), 2, b""))
    source = _message(_one(checked, 5, b""))
    offsets = {}
    for entry in map(_message, source.get(4, ())):
        offsets[_one(entry, 1, 0)] = _one(entry, 2, 0)
    return _Reader(offsets).node(_one(checked, 4, b""))


def names_in(node: Node) -> Iterator[Name]:
    """Yield every variable in a tree, also those of loops."""
    if isinstance(node, Name):
        yield node
    for part in parts_of(node):
        yield from names_in(part)


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the children of a node."""
    match node:
        case Field():
            return (node.operand,)
        case Call():
            return node.arguments
        case ListOf():
            return node.elements
        case MapOf():
            return node.entries
        case Loop():
            return (node.of, node.start, node.goes_on, node.step, node.result)
        case _:
            return ()


class _Reader:
    def __init__(self, offsets: dict[int, int]) -> None:
        self._offsets = offsets

    def node(self, serialized: bytes) -> Node:
        """Return the node of an `Expr`; the one field besides the ID gives its kind."""
        fields = _message(serialized)
        offset = self._offsets.get(_one(fields, 2, 0), -1)
        (kind,) = fields.keys() - {2} or {0}
        body = _message(_one(fields, kind, b"")) if kind else {}
        match kind:
            case 3:
                return Constant(offset=offset, text=_constant_text(body))
            case 4:
                return Name(offset=offset, name=_text(body, 1).removeprefix("."))
            case 5:
                return Field(
                    offset=offset,
                    operand=self.node(_one(body, 1, b"")),
                    field=_text(body, 2),
                    is_test=bool(_one(body, 3, 0)),
                )
            case 6:
                parts = (*body.get(1, ()), *body.get(3, ()))
                function, arguments = _text(body, 2), tuple(map(self.node, parts))
                return Call(offset=offset, function=function, arguments=arguments)
            case 7 if 2 not in body:
                return ListOf(offset=offset, elements=tuple(map(self.node, body.get(1, ()))))
            case 8 if 1 not in body:
                return MapOf(offset=offset, entries=tuple(self._entries(body)))
            case 9 if 8 not in body:
                return Loop(
                    offset=offset,
                    variable=_text(body, 1),
                    of=self.node(_one(body, 2, b"")),
                    accumulator=_text(body, 3),
                    start=self.node(_one(body, 4, b"")),
                    goes_on=self.node(_one(body, 5, b"")),
                    step=self.node(_one(body, 6, b"")),
                    result=self.node(_one(body, 7, b"")),
                )
        raise SyntaxUnknown("it holds something that is not known here")

    def _entries(self, body: Message) -> Iterator[Node]:
        for entry in map(_message, body.get(2, ())):
            if not {3, 4} <= entry.keys() <= {1, 3, 4}:
                raise SyntaxUnknown("it holds a map of a kind that is not known here")
            yield self.node(_one(entry, 3, b""))
            yield self.node(_one(entry, 4, b""))


def _one(message: Message, field: int, default: Any) -> Any:
    """Return a field's last value; the format says that the last one counts."""
    value = message.get(field, (default,))[-1]
    if type(value) is not type(default):
        raise SyntaxUnknown("a field of another type than expected")
    return value


def _constant_text(constant: Message) -> str | None:
    if 6 in constant:
        return _text(constant, 6)
    return _one(constant, 7, b"").decode("latin-1") if 7 in constant else None


def _text(message: Message, field: int) -> str:
    text: bytes = _one(message, field, b"")
    return text.decode("utf-8")


def _message(serialized: bytes) -> Message:
    """Return a message's fields, see https://protobuf.dev/programming-guides/encoding/."""
    fields: Message = {}
    place = 0
    while place < len(serialized):
        key, place = _varint(serialized, place)
        field, wire_type = key >> 3, key & 7
        value: int | bytes
        if wire_type == 0:
            value, place = _varint(serialized, place)
        elif wire_type in (1, 2, 5):
            length = {1: 8, 5: 4}.get(wire_type)
            if length is None:
                length, place = _varint(serialized, place)
            value = serialized[place : place + length]
            place += length
        else:
            raise SyntaxUnknown("a field of an unknown kind")
        if place > len(serialized):
            raise SyntaxUnknown("a field that is cut off")
        fields.setdefault(field, []).append(value)
    return fields


def _varint(serialized: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(serialized):
        byte = serialized[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise SyntaxUnknown("a number that is cut off")


def names_required(syntax: Node) -> Iterator[tuple[str, bool | str]]:
    """Yield variables with the value that they must have for a condition to be true.

    Only the operands of `&&` at the top are read: `a && !b && c == "x" && d > 1` requires
    `("a", True)`, `("b", False)` and `("c", "x")`.
    """
    if isinstance(syntax, Name):
        yield syntax.name, True
    elif isinstance(syntax, Call) and syntax.function == "_&&_":
        for argument in syntax.arguments:
            yield from names_required(argument)
    elif isinstance(syntax, Call) and syntax.function == "!_":
        (argument,) = syntax.arguments
        if isinstance(argument, Name):
            yield argument.name, False
    elif isinstance(syntax, Call) and syntax.function == "_==_":
        match syntax.arguments:
            case (Name(name=name), Constant(text=str(text))):
                yield name, text
