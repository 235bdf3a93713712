"""A property that is computed when it is first used.

On Python 3.11 `functools.cached_property` takes a lock at each first use, which costs more than
most of the properties of an event.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class computed_once(Generic[Value]):  # noqa: N801 - reads as the decorator that it is
    """The result of a method, kept in the object; for use from one thread.

    Args:
        compute: the method.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> "computed_once[Value]": ...

    @overload
    def __get__(self, owner: object, kind: type[Any]) -> Value: ...

    def __get__(self, owner: object | None, kind: type[Any]) -> "computed_once[Value] | Value":
        """Return the value, and set it as an attribute of the object."""
        if owner is None:
            return self
        value = self._compute(owner)
        owner.__dict__[self._name] = value
        return value
