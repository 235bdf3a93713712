"""Every indicator of an event, also if it consists of several messages."""

from countersign.policy.events import Event
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text.indicators.kinds import Indicator


def every_indicator(event: Event) -> tuple[Indicator, ...]:
    """Return all indicators of an event.

    Of messages read together `Event.indicators` has only those that none of them holds alone.
    """
    if not event.is_joined:
        return event.indicators
    return event.worked_out(every_indicator, lambda of: indicators_of(of.seen, of.room_id))
