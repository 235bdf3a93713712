"""`MISS`: what a cache's `peek` returns of a key that is not in memory."""

from enum import Enum
from typing import Final, Literal


class Miss(Enum):
    """The one value of `MISS`, as a type; None is a value that a cache may hold."""

    MISS = "miss"


MISS: Final[Literal[Miss.MISS]] = Miss.MISS
