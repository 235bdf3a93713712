"""Names with an @ and no messenger beside them, which newcomers post in varying words."""

from countersign.policy.events import Event
from countersign.policy.text.indicators.contacts import bare_handles_in
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind


def bare_handles_of(event: Event) -> tuple[Indicator, ...]:
    """Return the bare names in a message; none of messages that are read together.

    They are no indicators of the event: people address each other so. They have the normal form
    that the same name has beside a messenger.
    """
    if event.is_joined:
        return ()
    return event.worked_out(bare_handles_of, _bare_handles)


def _bare_handles(event: Event) -> tuple[Indicator, ...]:
    names = dict.fromkeys(bare_handles_in(event.seen.normalized))
    handles = [Indicator(IndicatorKind.HANDLE, name) for name in names]
    return tuple([each for each in handles if each not in event.indicators])
