"""Knowledge of one server's keys, and of the attempts to get them."""

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
    """A server's keys cannot be had at the moment; says nothing of any signature."""


@dataclass(slots=True)
class ServerRecord:
    """Record of one server's keys, and of the attempts to get them.

    Attributes:
        server: its name.
        is_known: it is in a room of ours, or was.
        is_stored: a restart would find what is known of it.
        keys: from its last good document, with the former keys of earlier ones; None before that.
        read: when `keys` were noted.
        read_ts: what time it was then, as far as we know: our wall clock may have been wrong.
        failures: attempts in a row that failed.
        retry_at: no attempt before, in monotonic seconds.
        not_due_before: they need not be renewed before, in monotonic seconds, as was found lately.
        is_silent: the last attempt failed because nobody answered; the server said nothing else.
        reason: why the last attempt failed, for our log.
        wanted: key IDs to ask a notary for, with the time that each must be valid for.
        lacking: keys that it was asked for lately in vain, by ID: when, in monotonic seconds.
        untold: the same of keys that notaries were asked for.
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
    wanted: dict[str, int] = field(default_factory=dict)
    lacking: dict[str, float] = field(default_factory=dict)
    untold: dict[str, float] = field(default_factory=dict)

    def want(self, key_ids: Iterable[str], needed_ts: int) -> None:
        """Note keys for the next question to a notary."""
        for key_id in key_ids:
            self.wanted[key_id] = max(needed_ts, self.wanted.pop(key_id, 0))
        while len(self.wanted) > MAX_WANTED_KEYS:
            del self.wanted[next(iter(self.wanted))]

    def take_wanted(self) -> dict[str, int]:
        """Return what is wanted, and forget it."""
        wanted, self.wanted = self.wanted, {}
        return wanted

    def note(self, keys: ServerKeys, clock: Clock, now_ts: int) -> None:
        """Take over `keys`, at a time that cannot be before they were fetched."""
        self.keys = keys
        self.not_due_before = float("-inf")
        self.read = ClockReading.of(clock)
        self.read_ts = max(now_ts, keys.fetched_ts)

    def now_ts(self, clock: Clock) -> int:
        """Return what time it is for these keys: they age, and do not jump with the wall clock."""
        return self.read_ts + self.read.elapsed_ms(clock)
