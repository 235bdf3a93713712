"""New events, about which the database need not be asked before they are decided."""

from collections.abc import Awaitable, Callable
from typing import Final

from countersign.policy.decisions import RecordedDecision
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import CountersignError
from countersign.protocol.events.pdu import Pdu
from countersign.service.evaluation.observers import Decisions
from countersign.service.misses import MISS

NEW_FOR_MS: Final = 4_000
"""Maximum difference of a new event's time from ours.

Twice as long, and a little longer, counters know that it was settled: `RESERVED_FOR_MS`."""


class NewEvents:
    """Recognises new events, which are decided without a lookup in the database.

    A sender's own server asks once, before it sends an event, and others later. If the event has
    a decision all the same, the counters know it: their `reserve` raises `AlreadySettled`.

    Args:
        decisions: the stored decisions.
        clock: tells the time.
        know_settled: returns True if the counters know which events were settled recently.
        is_clock_in_doubt: returns True if our clock may be wrong.
    """

    def __init__(
        self,
        decisions: Decisions,
        clock: Clock,
        *,
        know_settled: Callable[[], bool],
        is_clock_in_doubt: Callable[[], bool],
    ) -> None:
        self._decisions = decisions
        self._clock = clock
        self._know_settled = know_settled
        self._is_clock_in_doubt = is_clock_in_doubt

    def is_new(self, pdu: Pdu, origin: str) -> bool:
        """Return whether an event for which an authenticated server asks may be decided at once.

        A copy without its content may get a stored decision only, so it is never new.
        """
        return (
            self._know_settled()
            and origin == pdu.sender_server
            and pdu.has_intact_content
            and abs(self._clock.now_ts() - pdu.origin_server_ts) <= NEW_FOR_MS
            and not self._is_clock_in_doubt()
            and self._decisions.peek(pdu.digest) is MISS
        )

    async def unless_decided(
        self, digest: bytes, deciding: Awaitable[RecordedDecision | None]
    ) -> RecordedDecision | None:
        """Return the decision on a new event; if deciding fails, the stored decision.

        Raises:
            CountersignError: deciding failed, and there is no stored decision.
            StoreUnavailable: the decision may not be stored.
        """
        try:
            return await deciding
        except StoreUnavailable:
            raise
        except CountersignError:
            standing = await self._decisions.find(digest)
            if standing is None:
                raise
            return standing
