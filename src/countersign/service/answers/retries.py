"""Retries: events that are sent again after they were not signed."""

from typing import Final

from countersign.ports.people_counts import Unsigned
from countersign.service.answers.answers import AlwaysCounted, Counted
from countersign.service.answers.asked import Asked

RETRIED_WITHIN_MS: Final = 3_600_000
"""After so long without any, the same words are a new event."""
LEAST_CHARS: Final = 7
"""Shorter words prove nothing: who writes the same says it again."""


class Retries(AlwaysCounted):
    """Tells whether the same words of the same sender to the same room were not signed before.

    A client that sends again what was refused makes a new event each time. Such a one is judged
    like any other, and adds to nothing by which its sender could be refused more.
    """

    def counts(self, asked: Asked) -> Unsigned | None:
        """See `AlwaysCounted.counts`: asks where the policy remembers anything at all."""
        event = asked.event
        if event.is_state or not asked.policy.pipeline.asks_about(event):
            return None
        if 0 < len(event.seen.normalized) < LEAST_CHARS and not event.seen.media:
            return None
        return Unsigned(asked.fingerprint, RETRIED_WITHIN_MS)

    def is_retry(self, counted: Counted) -> bool:
        """Return True if an event is one, by what the counters replied."""
        return counted.reply_to(self) is True


RETRIES: Final = Retries()
