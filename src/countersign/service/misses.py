"""`MISS`: the value that a cache's `peek` returns for a key that is not in memory."""

from enum import Enum
from typing import Final, Literal


class Miss(Enum):
    """Type of `MISS`, its only value. A cache may hold None, so None cannot mean a miss."""

    MISS = "miss"


MISS: Final[Literal[Miss.MISS]] = Miss.MISS
