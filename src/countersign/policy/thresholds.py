"""Thresholds: scores from which on an event is warned about or refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from countersign.policy.document.options import option
from countersign.policy.measures.trust_records import Trust

MAX_WEIGHT: Final = 1_000
MAX_THRESHOLD: Final = 1_000_000
MAX_HITS_COUNTED: Final = 16
"""Number of hits that count; any more would add less than a point to the greatest weight."""

LEVELS: Final = tuple(level for level in Trust if level is not Trust.BANNED)
"""Levels that may have a threshold; events of banned senders are refused anyway."""


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Scores from which on an event is warned about, and refused.

    The score is the sum of the weights of all findings that have one. A threshold is one number, or
    one for each level of trust, such as `refuse: {new: 10, member: 16}`. A level that is not named
    has the threshold of the next named level below it. Levels below all named ones have the
    preset's or the default threshold, but not a higher one than the lowest named level.
    """

    warn: int = option(
        0,
        minimum=0,
        maximum=MAX_THRESHOLD,
        unit="points",
        help="Score from which on an event is refused once, and passes if sent again; 0 for never.",
    )
    refuse: int = option(
        10,
        minimum=1,
        maximum=MAX_THRESHOLD,
        unit="points",
        help="Score from which on an event is refused.",
    )
    by_level: Mapping[Trust, "Thresholds"] = field(default_factory=dict, hash=False)

    def of(self, level: Trust | None) -> "Thresholds":
        """Return the thresholds for senders of that level, without `by_level`."""
        return self if level is None else self.by_level.get(level, self)

    @classmethod
    def by_trust(cls, warn: int | Mapping[Trust, int], refuse: int | Mapping[Trust, int]) -> Self:
        """Return thresholds from one number each, or from one for each level that is named."""
        if isinstance(warn, int) and isinstance(refuse, int):
            return cls(warn=warn, refuse=refuse)
        warns, refuses = _at_every_level(warn, cls.warn), _at_every_level(refuse, cls.refuse)
        return cls(
            warn=warns[Trust.NEW],
            refuse=refuses[Trust.NEW],
            by_level={each: Thresholds(warn=warns[each], refuse=refuses[each]) for each in LEVELS},
        )


def _at_every_level(value: int | Mapping[Trust, int], usual: int) -> dict[Trust, int]:
    if isinstance(value, int):
        return dict.fromkeys(LEVELS, value)
    named = [level for level in LEVELS if level in value]
    current = min(usual, value[named[0]]) if named else usual
    filled: dict[Trust, int] = {}
    for level in LEVELS:
        current = filled[level] = value.get(level, current)
    return filled


DEFAULT_THRESHOLDS: Final = Thresholds()


def weight_of_hits(weight: int, hits: int) -> int:
    """Return the weight of several hits of one filter: each adds half of the one before.

    With a weight w these are w, 1.5 w, 1.75 w and so on, below 2 w; halves are rounded up.
    """
    if hits <= 1:
        return weight
    halves = 1 << min(hits, MAX_HITS_COUNTED)
    return (2 * weight * (halves - 1) + halves // 2) // halves
