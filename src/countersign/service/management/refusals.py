"""Refusals on their way to the alerts: an observer that queues, and what empties the queue."""

from collections import deque
from collections.abc import Callable
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.service.answers.asked import Asked

MAX_WAITING: Final = 5_000
"""Refusals between two looks; what is more is not told of, and counted nowhere but in metrics."""


class Refusals:
    """An observer of decisions.

    Args:
        is_wanted: tells of a community whether it gets alerts.
    """

    def __init__(self, is_wanted: Callable[[str], bool]) -> None:
        self._is_wanted = is_wanted
        self._waiting: deque[tuple[str, RecordedDecision]] = deque()

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """See `Observer.settled`: one append, for a refused event."""
        if (
            recorded.decision.verdict is Verdict.REFUSE
            and len(self._waiting) < MAX_WAITING
            and self._is_wanted(asked.community)
        ):
            self._waiting.append((asked.community, recorded))

    def take(self) -> list[tuple[str, RecordedDecision]]:
        """Return what waits, each with its community, and let go of it."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken
