"""Detection of other processes of this server name whose wall clock differs from ours.

Mutes, allowances and raids end by the clock of the machine that is asked.
"""

from typing import Final

from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock

SAY_EVERY_SECONDS: Final = 60.0
ANSWER_EVERY_SECONDS: Final = 5.0
"""Minimum interval between answers to processes that differ, so that both know of it at once."""
FORGOTTEN_AFTER_SECONDS: Final = 200.0
"""Time without another difference after which a process is gone or was corrected."""
MAX_DIFFERENCE_MS: Final = 10_000
"""Difference that is no trouble: an event loop that is busy may read a message seconds later."""


class OtherClocks:
    """Knows whether another process has another time.

    Args:
        broadcasts: send and receive the times.
        clock: ours.
    """

    def __init__(self, broadcasts: Broadcasts, clock: Clock) -> None:
        self._broadcasts = broadcasts
        self._clock = clock
        self._differed_at = float("-inf")
        self._difference_ms = 0
        self._answered_at = float("-inf")
        broadcasts.subscribe(Topic.CLOCKS, self._on_message)

    def find_trouble(self) -> str | None:
        """Return a sentence on a clock that differs; None if none does."""
        if self._clock.monotonic() - self._differed_at >= FORGOTTEN_AFTER_SECONDS:
            return None
        seconds = round(abs(self._difference_ms) / 1_000)
        which = "ahead of" if self._difference_ms > 0 else "behind"
        return (
            f"The clock of another process of this server name is {seconds} seconds {which} ours."
            " Mutes and limits end by these clocks: have all machines use NTP."
        )

    async def run(self) -> None:
        """Send our time each minute, until cancelled."""
        while True:
            self._publish_time()
            await self._clock.sleep(SAY_EVERY_SECONDS)

    def _publish_time(self) -> None:
        self._broadcasts.publish(Topic.CLOCKS, str(self._clock.now_ts()))

    def _on_message(self, time_ts: str) -> None:
        difference_ms = int(time_ts) - self._clock.now_ts()
        if abs(difference_ms) <= MAX_DIFFERENCE_MS:
            return
        now = self._clock.monotonic()
        self._differed_at, self._difference_ms = now, difference_ms
        if now - self._answered_at >= ANSWER_EVERY_SECONDS:
            self._answered_at = now
            self._publish_time()
