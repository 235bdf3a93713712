"""Retries: events that are sent again after they were not signed."""

from typing import Final

from countersign.ports.people_counts import Unsigned
from countersign.service.answers.answers import AlwaysCounted, Counted
from countersign.service.answers.event_context import EventContext

RETRIED_WITHIN_MS: Final = 3_600_000
"""Time after the last attempt from which on the same words count as a new event."""
LEAST_CHARS: Final = 7
"""Minimum length of a text; shorter ones are often written twice on purpose."""


class Retries(AlwaysCounted):
    """Detects retries: the same words, sender and room as an event that was not signed.

    A client that sends again after a refusal makes a new event each time. A retry is judged like
    any event, but does not add to counts that could lead to more refusals.
    """

    def counts(self, context: EventContext) -> Unsigned | None:
        """See `AlwaysCounted.counts`: asks if the policy has a step that counts anything."""
        event = context.event
        if event.is_state or not context.policy.pipeline.asks_about(event):
            return None
        if 0 < len(event.seen.normalized) < LEAST_CHARS and not event.seen.media:
            return None
        return Unsigned(lambda: context.fingerprint, RETRIED_WITHIN_MS)

    def is_retry(self, counted: Counted) -> bool:
        """Return True if the counters' reply shows that the event is a retry."""
        return counted.reply_to(self) is True


RETRIES: Final = Retries()
