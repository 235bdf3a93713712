"""Filter `depth`: events with a depth that no room's history has."""

from dataclasses import dataclass
from typing import ClassVar

from countersign.policy.document.options import option
from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.findings import Finding
from countersign.policy.harms import Harm


@dataclass(frozen=True, kw_only=True)
class Depth(Filter):
    """Refuses events whose depth is greater than a room's history can be.

    ## Why this harms
    An event's depth is one more than that of the events before it, and servers sort a room's
    history by depth. After one event at the greatest possible depth, all later events have the same
    depth. Some servers then show the history in a wrong order, and others accept no more events at
    all. Such a room must be replaced by a new one.

    ## What it sees
    The filter checks `depth`, which the sender's server can set to any value. A room with one
    message every second reaches the default limit after thirty years.

    ## When it is wrong
    In a room that already has such an event, every new event is as deep. Exempt the room, and
    upgrade it.
    """

    name: ClassVar[str] = "depth"
    harm: ClassVar[Harm] = Harm.TROLLING
    says: ClassVar[str] = (
        "Please ask those who run your server to check it: this message has an impossible place."
    )

    max_depth: int = option(
        1_000_000_000,
        minimum=1_000,
        maximum=2**53 - 1,
        unit="events",
        help="The greatest depth that an event may claim.",
    )

    def judge(self, event: Event, facts: Facts) -> Finding | None:  # noqa: ARG002
        """See `Filter.judge`."""
        if event.depth <= self.max_depth:
            return None
        return self.refuse(
            f"claims to be at depth {event.depth:,}; this room allows {self.max_depth:,}",
            value=event.depth,
            limit=self.max_depth,
        )
