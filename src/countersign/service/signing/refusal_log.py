"""Access log of refusals: one line for each refused event, without its content."""

from typing import Final

import structlog

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.ports.clock import Clock
from countersign.protocol.events.pdu import Pdu
from countersign.service.errors import RateLimited
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.service.rooms.room import Room

LINES: Final = RateLimit(per_second=50, burst=500)
"""Limit on lines, so that a raid neither fills the disk nor delays answers by writing to it."""
_EVERYONE: Final = ""

log = structlog.get_logger()


class RefusalLog:
    """Writes a line when an event is refused for the first time, and none when it is repeated.

    Args:
        clock: fills the bucket of lines.
    """

    def __init__(self, clock: Clock) -> None:
        self._lines = TokenBuckets(LINES, clock)
        self._left_out = 0

    def decided(self, pdu: Pdu, room: Room, origin: str, decision: RecordedDecision) -> None:
        """Write the line of a refused event."""
        if decision.decision.verdict is not Verdict.REFUSE:
            return
        try:
            self._lines.take(_EVERYONE)
        except RateLimited:
            self._left_out += 1
            return
        log.info(
            "refused",
            reference=decision.reference,
            event_id=pdu.event_id,
            type=pdu.type,
            room_id=room.room_id,
            server=pdu.sender_server,
            asked_by=origin,
            steps=sorted({each.label for each in decision.decision.deciding}),
            is_warning=decision.decision.is_warning,
            left_out=self._left_out,
        )
        self._left_out = 0
