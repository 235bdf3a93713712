"""Schedule of state checks: from time to time, and when in doubt."""

from dataclasses import dataclass
from math import inf
from typing import Final

from countersign.basics.backoff import Backoff
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import POLICY_TYPE, UNSTABLE_POLICY_TYPE
from countersign.protocol.rooms.room_state import ENCRYPTION, JOIN_RULES, POWER_LEVELS, SERVER_ACL

INTERVAL_SECONDS: Final = 1_200
"""Interval between state checks when all is well; up to half as long again, by chance."""

FIRST_SECONDS: Final = 10
SPREAD_SECONDS: Final = 50
"""Time of the first check after a start or join, spread so that not all are at once."""

AGAIN_SECONDS: Final = 60
BACKOFF: Final = Backoff(first=AGAIN_SECONDS, longest=INTERVAL_SECONDS, jitter=0.5)
"""Delays before what was left open is looked at again, in seconds."""

DOUBT_GAP_SECONDS: Final = 300
"""Minimum interval between checks that outsiders can bring about."""

SILENCE_SECONDS: Final = 30
"""Time that a room may be silent after we were asked about an event."""


@dataclass(slots=True)
class _Entry:
    """Times known of a room, in seconds of the monotonic clock."""

    due_at: float
    checked_at: float | None = None
    asked_at: float | None = None
    in_a_row: int = 0


COMPARED_TYPES: Final = frozenset(
    {POLICY_TYPE, UNSTABLE_POLICY_TYPE, SERVER_ACL, POWER_LEVELS, JOIN_RULES, ENCRYPTION}
)
"""The types of state that are compared among the room's servers, beside our own membership."""


def is_compared(pdu: Pdu, our_user_id: str) -> bool:
    """Return True if an event decides about us, about power, or about whom we answer."""
    return pdu.type in COMPARED_TYPES or pdu.state_key == our_user_id


class StateCheckSchedule:
    """Says which rooms are due; costs next to nothing where requests pass through."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._entries: dict[str, _Entry] = {}

    def add(self, room_id: str) -> None:
        """Take up a room that we are in, to be looked at soon."""
        wait = FIRST_SECONDS + SPREAD_SECONDS * self._randomness.fraction()
        self._entries[room_id] = _Entry(self._clock.monotonic() + wait)

    def forget(self, room_id: str) -> None:
        """Drop a room that we are no longer in."""
        self._entries.pop(room_id, None)

    def hasten(self, room_id: str, within_seconds: float = AGAIN_SECONDS) -> None:
        """Have a room looked at within so many seconds, because something in it changed."""
        entry = self._entries.get(room_id)
        if entry is not None:
            entry.due_at = min(entry.due_at, self._clock.monotonic() + within_seconds)

    def doubt(self, room_id: str) -> None:
        """Have a room looked at because somebody does not fit in with what we know of it.

        Anybody can bring that about, so it counts only if the last look is some minutes old.
        """
        entry = self._entries.get(room_id)
        if entry is None:
            return
        now = self._clock.monotonic()
        earliest = now if entry.checked_at is None else entry.checked_at + DOUBT_GAP_SECONDS
        entry.due_at = min(entry.due_at, max(now, earliest))

    def note_asked(self, room_id: str) -> None:
        """Note that somebody asked about an event of the room; it should reach us soon."""
        entry = self._entries.get(room_id)
        if entry is not None and entry.asked_at is None:
            entry.asked_at = self._clock.monotonic()

    def note_heard(self, room_id: str) -> None:
        """Note that an event of the room reached us: its servers still have us in it."""
        entry = self._entries.get(room_id)
        if entry is not None:
            entry.asked_at = None

    def note_started(self, room_id: str) -> None:
        """Note that a room is being looked at: it is due again only if something new comes up."""
        entry = self._entries.get(room_id)
        if entry is not None:
            entry.due_at = inf

    def note_checked(self, room_id: str, *, is_settled: bool) -> None:
        """Note that a look at a room has ended, and whether everything is clear."""
        entry = self._entries.get(room_id)
        if entry is None:
            return
        now = entry.checked_at = self._clock.monotonic()
        entry.asked_at = None
        entry.in_a_row = 0 if is_settled else entry.in_a_row + 1
        if is_settled:
            wait = INTERVAL_SECONDS * (1 + self._randomness.fraction() / 2)
        else:
            wait = BACKOFF.seconds(entry.in_a_row, self._randomness.fraction())
        entry.due_at = min(entry.due_at, now + wait)

    def due(self) -> list[str]:
        """Return the rooms to be looked at now, the longest due first."""
        now = self._clock.monotonic()
        for room_id, entry in self._entries.items():
            if entry.asked_at is not None and now - entry.asked_at > SILENCE_SECONDS:
                entry.asked_at = None
                self.doubt(room_id)
        ready = [(entry.due_at, room_id) for room_id, entry in self._entries.items()]
        return [room_id for due_at, room_id in sorted(ready) if due_at <= now]
