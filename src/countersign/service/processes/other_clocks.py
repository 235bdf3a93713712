"""Detection of other processes of this server name whose wall clock differs from ours.

Mutes, allowances and raids end by the clock of the machine that is asked.
"""

from typing import Final

from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.processes.comparisons import FORGOTTEN_AFTER_SECONDS, Comparison

MAX_DIFFERENCE_MS: Final = 10_000
"""Difference that is no trouble: an event loop that is busy may read a message seconds later."""


class OtherClocks:
    """Compares our time with that of other processes.

    Args:
        broadcasts: send and receive the times.
    """

    def __init__(self, broadcasts: Broadcasts, clock: Clock) -> None:
        self._broadcasts = broadcasts
        self._clock = clock
        self._differed_at = float("-inf")
        self._difference_ms = 0
        self._comparison = Comparison(self._publish_time, clock)
        broadcasts.subscribe(Topic.CLOCKS, self._on_message)

    def find_trouble(self) -> str | None:
        """Return a sentence on a clock that differs; None if none does."""
        if self._clock.monotonic() - self._differed_at >= FORGOTTEN_AFTER_SECONDS:
            return None
        seconds = round(abs(self._difference_ms) / 1_000)
        direction = "ahead of" if self._difference_ms > 0 else "behind"
        return (
            f"The clock of another process of this server name is {seconds} seconds {direction} "
            "ours. Mutes and limits end by these clocks: have all machines use NTP."
        )

    async def run(self) -> None:
        """Send our time each minute, until cancelled."""
        await self._comparison.run()

    def _publish_time(self) -> None:
        self._broadcasts.publish(Topic.CLOCKS, str(self._clock.now_ts()))

    def _on_message(self, time_ts: str) -> None:
        difference_ms = int(time_ts) - self._clock.now_ts()
        if abs(difference_ms) <= MAX_DIFFERENCE_MS:
            return
        self._differed_at, self._difference_ms = self._clock.monotonic(), difference_ms
        self._comparison.answer()
