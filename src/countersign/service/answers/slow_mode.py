"""Answers about a room's slow mode: the time that a sender has to wait."""

from countersign.policy.questions.rooms import SlowModeWait
from countersign.ports.counters import Count, CountGroup, Namespace, Total
from countersign.protocol.rooms.slow_mode import (
    SLOW_MODE,
    UNSTABLE_SLOW_MODE,
    SlowMode,
    find_slow_mode,
)
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext


class SlowModeWaits(CountedAnswerer):
    """Answers `SlowModeWait`; counts signed events in rooms with a limit."""

    def counts(self, question: SlowModeWait, context: EventContext) -> CountGroup:  # noqa: ARG002
        """See `CountedAnswerer.counts`; asks nothing in a room without a limit."""
        slow_mode = _slow_mode(context)
        if slow_mode is None:
            return CountGroup(())
        event = context.event
        counter = ("slow-mode", event.sender, event.room_id, event.type)
        return CountGroup((Count(Namespace.EVENTS, counter, slow_mode.limit_ms),))

    def answer(
        self,
        question: SlowModeWait,  # noqa: ARG002
        context: EventContext,
        reply: tuple[Total, ...],
    ) -> int:
        """See `CountedAnswerer.answer`."""
        # Without a reply nothing was asked, since the room has no limit.
        if not reply or not reply[0].units or (slow_mode := _slow_mode(context)) is None:
            return 0
        return max(0, slow_mode.limit_ms - reply[0].latest_ms_ago)


def _slow_mode(context: EventContext) -> SlowMode | None:
    state, event = context.room.state, context.event
    stated = state.find(SLOW_MODE) or state.find(UNSTABLE_SLOW_MODE)
    slow_mode = None if stated is None else find_slow_mode(stated.content, event.type)
    if slow_mode is None or slow_mode.exempt_power_level is None:
        return slow_mode
    return None if event.sender_power_level >= slow_mode.exempt_power_level else slow_mode
