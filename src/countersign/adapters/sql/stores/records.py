"""Records in rows: each field of a dataclass in the column of its name."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from countersign.adapters.sql.database import Row

T = TypeVar("T")

_names_of: Callable[[Any], tuple[str, ...]] = cache(
    lambda record: tuple(each.name for each in fields(record))
)


def record_from(record: type[T], row: Row, /, **converters: Callable[[Any], Any]) -> T:
    """Return the record in a row.

    Args:
        record: a dataclass.
        row: with a column for each field.
        converters: by field, those that make its value from the column's. A NULL is None.
    """
    values = {name: row[name] for name in _names_of(record)}
    for name, convert in converters.items():
        if values[name] is not None:
            values[name] = convert(values[name])
    return record(**values)


def values_of(record: object, /, **converted: Any) -> dict[str, Any]:
    """Return the values of a record's columns; `converted` are those that differ from its fields.

    Unlike `asdict` it copies nothing.
    """
    return {name: getattr(record, name) for name in _names_of(type(record))} | converted
