"""Record of one server's keys, and of the attempts to fetch them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from countersign.ports.clock import Clock
from countersign.protocol.errors import CountersignError
from countersign.protocol.keys.server_keys import (
    ServerKeys,
)
from countersign.service.clock_readings import NEVER, ClockReading

MAX_WANTED_KEYS = 16


class KeysUnavailable(CountersignError):
    """A server's keys are not available now, so its signature was neither verified nor rejected."""


@dataclass(slots=True)
class ServerRecord:
    """Record of one server's keys, and of the attempts to get them.

    Attributes:
        server: its name.
        is_known: it is in a room of ours, or was.
        is_stored: its document is in the store.
        keys: from its last valid document, with former keys of earlier ones; None before the first.
        read: the clocks when `keys` were noted.
        read_ts: the time then, in ms since the epoch; our wall clock may have been wrong.
        failures: attempts in a row that failed.
        retry_at: time of the next attempt, in monotonic seconds.
        not_due_before: time of the next check for renewal, in monotonic seconds.
        is_silent: the last attempt failed because the server did not answer.
        reason: the reason why the last attempt failed, for our log.
        wanted_keys: key IDs to ask a notary for, with the time that each must be valid for.
        lacking: IDs of keys that were lately missing in its document; value: monotonic seconds.
        untold: the same for keys that notaries did not have.
    """

    server: str
    is_known: bool = False
    is_stored: bool = False
    keys: ServerKeys | None = None
    read: ClockReading = NEVER
    read_ts: int = 0
    failures: int = 0
    retry_at: float = float("-inf")
    not_due_before: float = float("-inf")
    is_silent: bool = False
    reason: str = ""
    wanted_keys: dict[str, int] = field(default_factory=dict)
    lacking: dict[str, float] = field(default_factory=dict)
    untold: dict[str, float] = field(default_factory=dict)

    def add_wanted_keys(self, key_ids: Iterable[str], needed_ts: int) -> None:
        """Add keys to the next question to a notary."""
        for key_id in key_ids:
            self.wanted_keys[key_id] = max(needed_ts, self.wanted_keys.pop(key_id, 0))
        while len(self.wanted_keys) > MAX_WANTED_KEYS:
            del self.wanted_keys[next(iter(self.wanted_keys))]

    def pop_wanted_keys(self) -> dict[str, int]:
        """Return and clear the wanted keys."""
        wanted_keys, self.wanted_keys = self.wanted_keys, {}
        return wanted_keys

    def note(self, keys: ServerKeys, clock: Clock, now_ts: int) -> None:
        """Replace the keys; their time is not before that of fetching."""
        self.keys = keys
        self.not_due_before = float("-inf")
        self.read = ClockReading.of(clock)
        self.read_ts = max(now_ts, keys.fetched_ts)

    def now_ts(self, clock: Clock) -> int:
        """Return the time by which these keys age: it does not jump with the wall clock."""
        return self.read_ts + self.read.elapsed_ms(clock)
