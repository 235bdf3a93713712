"""Shapes of JSON values, of which the schemas of event types are built."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from countersign.policy.document.mistakes import Path

_NO_FIELDS: Final[Mapping[str, "Shape"]] = MappingProxyType({})
WORDS: Final[Mapping[type[Any], str]] = MappingProxyType(
    {
        str: "a string",
        bool: "true or false",
        int: "a number",
        float: "a number",
        dict: "an object",
        list: "a list",
        type(None): "null",
    }
)


class Shape(NamedTuple):
    """Values that are allowed at one path.

    Attributes:
        types: the Python types of the JSON values.
        prefix: required beginning of a string.
        fields: shapes of an object's values by key; other keys may have any value.
        required: keys of an object that must be present and not null.
        items: the shape of a list's items.
    """

    types: frozenset[type[Any]]
    prefix: str = ""
    fields: Mapping[str, "Shape"] = _NO_FIELDS
    required: tuple[str, ...] = ()
    items: "Shape | None" = None


class Fault(NamedTuple):
    """A path with a value that is not allowed; `found` and `allowed` are texts for people."""

    path: Path
    found: str
    allowed: str


def of_type(*types: type[Any]) -> Shape:
    """Return the shape of values of these types."""
    return Shape(frozenset(types))


def list_of(items: Shape) -> Shape:
    """Return the shape of a list of such items."""
    return Shape(frozenset({list}), items=items)


def object_with(*required: str, **fields: Shape) -> Shape:
    """Return the shape of an object with these fields."""
    return object_of(fields, *required)


def object_of(fields: Mapping[str, Shape], *required: str) -> Shape:
    """Return the shape of an object with these fields, some of them required."""
    return Shape(frozenset({dict}), fields=MappingProxyType(dict(fields)), required=required)


def keyed(shape: Shape, *keys: str) -> dict[str, Shape]:
    """Return fields of one shape under several names."""
    return dict.fromkeys(keys, shape)
