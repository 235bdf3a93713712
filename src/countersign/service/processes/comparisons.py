"""Comparison between processes of one server name: each publishes its value, and others answer."""

from collections.abc import Callable
from typing import Final

from countersign.ports.clock import Clock

SAY_EVERY_SECONDS: Final = 60.0
ANSWER_EVERY_SECONDS: Final = 5.0
"""Minimum interval between answers to processes that differ, so that both know of it at once."""
FORGOTTEN_AFTER_SECONDS: Final = 200.0
"""Time without another difference after which a process is gone or was corrected."""


class Comparison:
    """Publishes the value of this process each minute, and in answer to processes that differ.

    Args:
        publish: says it to all.
    """

    def __init__(self, publish: Callable[[], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._answered_at = float("-inf")

    async def run(self) -> None:
        """Publish the value each minute, until cancelled."""
        while True:
            self._publish()
            await self._clock.sleep(SAY_EVERY_SECONDS)

    def answer(self) -> None:
        """Publish the value for a process that differs, unless that was done a few seconds ago."""
        now = self._clock.monotonic()
        if now - self._answered_at >= ANSWER_EVERY_SECONDS:
            self._answered_at = now
            self._publish()
