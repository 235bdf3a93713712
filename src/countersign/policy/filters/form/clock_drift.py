"""Filter `clock-drift`: events with a wrong `origin_server_ts`."""

from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm

_MS_PER_SECOND: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class ClockDrift(Filter):
    """Refuses events that claim to come from the future, or from too long ago.

    ## Why this harms
    Clients show the time that an event claims, and sort by it. An event from the future stays at
    the end of the room, or at the top of the room list. An event from long ago appears where nobody
    looks, or before a ban.

    ## What it sees
    The filter compares `origin_server_ts`, which the sender's server can set to any value, with our
    own clock at the moment when the event reached us. Nothing else relies on that claim.
    `countersign check` does not know when an event came, and passes it. The server also passes
    events while it cannot trust its own clock.

    ## When it is wrong
    Servers' clocks go wrong: allow some minutes. The filter checks for old events only if
    `max_behind_seconds` is set, because many honest events are old when they reach us: a server was
    offline for a day, a bridge imports its history, or somebody reads messages from before the room
    had a policy server.
    """

    name: ClassVar[str] = "clock-drift"
    harm: ClassVar[Harm] = Harm.TROLLING
    says: ClassVar[str] = (
        "Please ask those who run your server to check its clock: this message carries a wrong "
        "time."
    )

    max_ahead_seconds: int = option(
        900,
        minimum=0,
        maximum=31_536_000,
        unit="seconds",
        help="How far an event's time may be ahead of our clock.",
    )
    max_behind_seconds: int = option(
        0,
        minimum=0,
        maximum=315_360_000,
        unit="seconds",
        help="How far an event's time may be behind our clock; 0 for no limit.",
    )

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.received_ts == 0:
            return None
        ahead = (event.origin_server_ts - event.received_ts) // _MS_PER_SECOND
        if ahead > self.max_ahead_seconds:
            return self.refuse(
                f"claims to come from {ahead:,} seconds in the future; "
                f"this room allows {self.max_ahead_seconds:,}",
                value=ahead,
                limit=self.max_ahead_seconds,
            )
        behind = (event.received_ts - event.origin_server_ts) // _MS_PER_SECOND
        if 0 < self.max_behind_seconds < behind:
            return self.refuse(
                f"claims to be {behind:,} seconds old; "
                f"this room allows {self.max_behind_seconds:,}",
                value=behind,
                limit=self.max_behind_seconds,
            )
        return None
