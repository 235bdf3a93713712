"""Thresholds: what the weights of an event's findings must add up to."""

from dataclasses import dataclass
from typing import Final

from countersign.policy.document.options import option

MAX_WEIGHT: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """From which score on an event is warned about, and from which it is refused.

    The score is the sum of the weights of all findings that have one.
    """

    warn: int = option(
        0,
        minimum=0,
        maximum=1_000_000,
        unit="points",
        help="From this score on an event is refused once, and passes if sent again; 0 for never.",
    )
    refuse: int = option(
        10,
        minimum=1,
        maximum=1_000_000,
        unit="points",
        help="From this score on an event is refused.",
    )


DEFAULT_THRESHOLDS: Final = Thresholds()
