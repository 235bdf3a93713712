"""Hourly limits on recorded leaks, for a room and for each sender's domain in it."""

from collections import Counter
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock

MAX_AN_HOUR: Final = 3_600
"""Maximum number of leaks of one room that are recorded in an hour.

Each may make a bot send a redaction, so two cooperating servers could flood a room with them."""

MAX_ROOMS: Final = 10_000
_HOUR_SECONDS: Final = 3_600.0


class LeakRation:
    """Hourly limits on recorded leaks, per room and per sender's domain in a room.

    A domain has half of its room's limit, so that deliberate leaks leave a share for others. The
    processes of one server name inform each other and share the limits.

    Args:
        broadcasts: informs other processes; None if there are none.
    """

    def __init__(self, clock: Clock, broadcasts: Broadcasts | None = None) -> None:
        self._clock = clock
        self._broadcasts = broadcasts
        if broadcasts is not None:
            broadcasts.subscribe(Topic.LEAKED, self._count)
        self._taken: BoundedMapping[str, tuple[float, Counter[str]]] = BoundedMapping(MAX_ROOMS)

    def has_left(self, room_id: str, domain: str) -> bool:
        """Return True if one more leak may be recorded."""
        _, used = self._taken_lately(room_id)
        return used.total() < MAX_AN_HOUR and used[domain] < MAX_AN_HOUR // 2

    def count(self, room_id: str, domain: str) -> None:
        """Count one recorded leak."""
        self._count(room_id, domain)
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.LEAKED, room_id, domain)

    def _count(self, room_id: str, domain: str) -> None:
        began_at, used = self._taken_lately(room_id)
        used[domain] += 1
        self._taken[room_id] = (began_at, used)

    def _taken_lately(self, room_id: str) -> tuple[float, Counter[str]]:
        now = self._clock.monotonic()
        began_at, used = self._taken.get(room_id, (now, Counter()))
        return (now, Counter()) if now - began_at >= _HOUR_SECONDS else (began_at, used)
