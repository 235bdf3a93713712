"""Crowds: many people who come and write within minutes, more than a community is used to.

A raid whose accounts write nothing alike and nothing abusive looks like a product launch or a
class. Nothing is refused because of a crowd; moderators are told of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from countersign.basics.durations import DAY_MS, MINUTE_MS

CROWD_MS: Final = 10 * MINUTE_MS
"""Time up to now within which people of a crowd wrote."""
CAME_MS: Final = 30 * MINUTE_MS
"""Time before their first message within which they came."""
USUAL_DAYS: Final = 28
"""Number of past days by which it is known how many people usually come."""
TIMES_USUAL: Final = 3
"""Number of times that a crowd is larger than what is usual."""
ODD_DAYS: Final = 2
"""Number of the past days with most people that do not count: a launch or a raid was then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewcomerCrowd:
    """People who came and wrote within minutes.

    Attributes:
        people: their number.
        messages: the number of their signed messages.
        rooms: the IDs of the rooms in which they wrote, that with the most messages first.
        usual: maximum number of such people on a usual day within the same time.
    """

    people: int
    messages: int
    rooms: tuple[str, ...]
    usual: int = 0

    def is_unusual(self, joins: int) -> bool:
        """Return True if there are enough people for a crowd, and more than usual."""
        return self.people >= max(joins, self.usual * TIMES_USUAL)


def usual_people(people: Mapping[int, int]) -> int:
    """Return the number of people who come within `CROWD_MS` at the busiest time of a usual day.

    Args:
        people: number of those who came and wrote, by multiples of `CROWD_MS` since the epoch;
            those without any are left out.
    """
    busiest: dict[int, int] = {}
    for window, count in people.items():
        day = window * CROWD_MS // DAY_MS
        busiest[day] = max(count, busiest.get(day, 0))
    days = sorted(busiest.values(), reverse=True)
    return days[ODD_DAYS] if len(days) > ODD_DAYS else 0
