"""Schedule of state checks: periodic, and sooner after signs that our state is outdated."""

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
"""Interval between state checks of a healthy room; up to half as long again, at random."""

FIRST_SECONDS: Final = 10
SPREAD_SECONDS: Final = 50
"""Delay of the first check after a start or join; random, to spread the checks."""

AGAIN_SECONDS: Final = 60
BACKOFF: Final = Backoff(first=AGAIN_SECONDS, longest=INTERVAL_SECONDS, jitter=0.5)
"""Delays before a check without a clear result is repeated, in seconds."""

DOUBT_GAP_SECONDS: Final = 300
"""Minimum interval between checks that outsiders can cause."""

SILENCE_SECONDS: Final = 30
"""Time within which an event should be pushed to us after a server asked about it."""


@dataclass(slots=True)
class _Entry:
    """Times of a room's checks and events, in seconds of the monotonic clock."""

    due_at: float
    checked_at: float | None = None
    asked_at: float | None = None
    in_a_row: int = 0


COMPARED_TYPES: Final = frozenset(
    {POLICY_TYPE, UNSTABLE_POLICY_TYPE, SERVER_ACL, POWER_LEVELS, JOIN_RULES, ENCRYPTION}
)
"""The types of state that are compared among the room's servers, besides our own membership."""


def is_compared(pdu: Pdu, our_user_id: str) -> bool:
    """Return True if an event is our membership, or of a compared type."""
    return pdu.type in COMPARED_TYPES or pdu.state_key == our_user_id


class StateCheckSchedule:
    """Determines which rooms are due for a check; cheap to call on the sign path."""

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._entries: dict[str, _Entry] = {}

    def add(self, room_id: str) -> None:
        """Add a room that we are in; it is checked soon."""
        wait = FIRST_SECONDS + SPREAD_SECONDS * self._randomness.fraction()
        self._entries[room_id] = _Entry(self._clock.monotonic() + wait)

    def forget(self, room_id: str) -> None:
        """Remove a room that we are no longer in."""
        self._entries.pop(room_id, None)

    def schedule_soon(self, room_id: str) -> None:
        """Schedule a check within `AGAIN_SECONDS`, because the room changed."""
        entry = self._entries.get(room_id)
        if entry is not None:
            entry.due_at = min(entry.due_at, self._clock.monotonic() + AGAIN_SECONDS)

    def doubt(self, room_id: str) -> None:
        """Schedule a check because an event contradicts our view of the room.

        Anybody can cause this, so it has an effect only if the last check is some minutes old.
        """
        entry = self._entries.get(room_id)
        if entry is None:
            return
        now = self._clock.monotonic()
        earliest = now if entry.checked_at is None else entry.checked_at + DOUBT_GAP_SECONDS
        entry.due_at = min(entry.due_at, max(now, earliest))

    def record_request(self, room_id: str) -> None:
        """Record that a server asked about an event, which should be pushed to us soon."""
        entry = self._entries.get(room_id)
        if entry is not None and entry.asked_at is None:
            entry.asked_at = self._clock.monotonic()

    def record_push(self, room_id: str) -> None:
        """Record that an event was pushed to us: the room's servers still have us in it."""
        entry = self._entries.get(room_id)
        if entry is not None:
            entry.asked_at = None

    def note_started(self, room_id: str) -> None:
        """Record the start of a check: the room is due again only after something new."""
        entry = self._entries.get(room_id)
        if entry is not None:
            entry.due_at = inf

    def note_checked(self, room_id: str, *, is_settled: bool) -> None:
        """Record the end of a check, and whether its result is clear."""
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
        """Return the IDs of rooms that are due, longest due first."""
        now = self._clock.monotonic()
        for room_id, entry in self._entries.items():
            if entry.asked_at is not None and now - entry.asked_at > SILENCE_SECONDS:
                entry.asked_at = None
                self.doubt(room_id)
        ready = [(entry.due_at, room_id) for room_id, entry in self._entries.items()]
        return [room_id for due_at, room_id in sorted(ready) if due_at <= now]
