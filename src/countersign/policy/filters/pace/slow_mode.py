"""Filter `slow-mode`: events sent sooner than the room's slow mode (MSC4435) allows."""

from dataclasses import dataclass
from typing import ClassVar, Final

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.rooms import SlowModeWait

_ASKED: Final = (SlowModeWait(),)


@dataclass(frozen=True, kw_only=True)
class SlowMode(Filter):
    """Refuses events that come sooner after the sender's last one than the room's slow mode allows.

    ## Why this harms
    A room can set a slow mode ([MSC4435]): an event `m.room.slowmode` sets, for each event type,
    the shortest time between two events of one sender. Clients and good servers keep to it. Other
    servers need not, and only a policy server can make them.

    ## What it sees
    The filter reads the room's `m.room.slowmode`, or `com.nhjkl.msc4435.slowmode` if there is none,
    and the time when the sender's last event of the same type was signed in that room. In a room
    without such an event the filter does nothing. It ignores state events, edits, reactions,
    redactions, votes and calls, and senders with the `exempt_power_level`.

    ## When it is wrong
    Whoever may send `m.room.slowmode` sets it: check the room's power levels.

    [MSC4435]: https://github.com/matrix-org/matrix-spec-proposals/pull/4435
    """

    name: ClassVar[str] = "slow-mode"
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    harm: ClassVar[Harm] = Harm.FLOODING
    expects_crowds: ClassVar[bool] = True
    says: ClassVar[str] = (
        "Please wait a little before you send the next one: this room is in slow mode."
    )

    def asks(self, event: Event) -> tuple[SlowModeWait, ...]:
        """See `Filter.asks`."""
        return _ASKED if event.state_key is None and event.follow_up is None else ()

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        for question in self.asks(event):
            wait_ms = facts[question]
            if wait_ms > 0:
                return self.refuse(
                    f"comes {wait_ms} ms sooner than the room's slow mode says",
                    value=wait_ms,
                    expires_ts=event.received_ts + wait_ms if event.received_ts else None,
                )
        return None
