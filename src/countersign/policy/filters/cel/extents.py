"""Extents: maximum sizes of the values in a condition."""

from dataclasses import dataclass
from typing import Final

from countersign.protocol.errors import CountersignError

ENGINE_TURNS: Final = 10_000
"""Maximum number of turns of all loops together in one evaluation."""

_CHAR_COMPARED: Final = 1 / 256
ITEM_READ: Final = 8.0


class TooCostly(CountersignError):
    """A condition may cost more than the limit, or its cost cannot be bounded.

    Args:
        reason: the fault, and how to change it.
        offset: position in the source, in characters from 0; -1 if unknown.
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Bounds on the size of a value.

    Attributes:
        chars: characters of all strings in it.
        items: elements and entries at all levels.
        length: elements or entries at its top level.
        element: extent of its largest element; None if it has no elements.
        is_json: True for any JSON, whose elements may be as large as itself.
    """

    chars: float = 0
    items: float = 0
    length: float = 0
    element: "Extent | None" = None
    is_json: bool = False

    @property
    def part(self) -> "Extent":
        """Extent of the largest element."""
        return self if self.is_json else self.element or SCALAR

    def joined(self, other: "Extent") -> "Extent":
        """Return the smallest extent that includes both."""
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


@dataclass(frozen=True, slots=True)
class Value:
    """Sizes of a part's value.

    Attributes:
        most: maximum extent in one evaluation.
        chars: characters in all evaluations together.
        items: elements and entries in all evaluations together.
    """

    most: Extent
    chars: float
    items: float

    @property
    def comparing(self) -> float:
        """Cost of a comparison with another value."""
        return self.chars * _CHAR_COMPARED + self.items * ITEM_READ


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Number of times that a part is evaluated.

    Attributes:
        times: at most `ENGINE_TURNS`, at which the engine stops.
        turns: the same without that limit: the number of times a value of an outer loop is read.
    """

    times: float
    turns: float

    def in_loop(self, length: float) -> "Evaluations":
        """Return the evaluations of a part inside a loop over `length` elements."""
        return Evaluations(min(self.times * length, ENGINE_TURNS), self.turns * length)


@dataclass(frozen=True, slots=True)
class Bound:
    """A loop's variable: its value, and the evaluations over which its sizes are summed."""

    value: Value
    evaluations: Evaluations


def steady(extent: Extent, evaluations: Evaluations) -> Value:
    """Return a value with the same extent in each evaluation."""
    return Value(extent, extent.chars * evaluations.times, extent.items * evaluations.times)


def capped(most: Extent, chars: float, items: float, evaluations: Evaluations) -> Value:
    """Return a value with at most `chars` and `items` in all evaluations, and `most` in each."""
    times = evaluations.times
    return Value(most, min(chars, most.chars * times), min(items, most.items * times))


def part_of(value: Value, evaluations: Evaluations) -> Value:
    """Return the sizes of an element of a list, map or text."""
    return capped(value.most.part, value.chars, value.items, evaluations)
