"""Extents: how long and how deep the values of a condition can be."""

from dataclasses import dataclass
from typing import Final

from countersign.protocol.errors import CountersignError

ENGINE_TURNS: Final = 10_000
"""Maximum number of turns of all loops together in one evaluation."""

_CHAR_COMPARED: Final = 1 / 256
ITEM_READ: Final = 8.0


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
    """Bounds on the size of a value.

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


@dataclass(frozen=True, slots=True)
class Value:
    """A part's value: its largest extent, and what all its evaluations hold together."""

    most: Extent
    chars: float
    items: float

    @property
    def comparing(self) -> float:
        """Cost of comparing it with another."""
        return self.chars * _CHAR_COMPARED + self.items * ITEM_READ


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Number of times that a part is evaluated.

    Attributes:
        times: at most, as the engine stops loops.
        turns: as if it did not; to tell how often an outer loop's value comes again.
    """

    times: float
    turns: float

    def in_loop(self, length: float) -> "Evaluations":
        """Return the moment of each turn of a loop over so many."""
        return Evaluations(min(self.times * length, ENGINE_TURNS), self.turns * length)


@dataclass(frozen=True, slots=True)
class Bound:
    """A loop's variable: its value, and the moment that it counts for."""

    value: Value
    moment: Evaluations


def steady(extent: Extent, moment: Evaluations) -> Value:
    """Return a value of the same extent at each evaluation."""
    return Value(extent, extent.chars * moment.times, extent.items * moment.times)


def capped(most: Extent, chars: float, items: float, moment: Evaluations) -> Value:
    """Return a value of which all evaluations together hold no more than each its most."""
    times = moment.times
    return Value(most, min(chars, most.chars * times), min(items, most.items * times))


def part_of(value: Value, moment: Evaluations) -> Value:
    """Return a part of a list, a map or a text."""
    return capped(value.most.part, value.chars, value.items, moment)
