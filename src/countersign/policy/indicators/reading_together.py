"""Judging messages of one sender together: what a filter makes of them, and on which it rests."""

from collections.abc import Callable
from dataclasses import replace

from countersign.policy.events import Event
from countersign.policy.findings import Finding
from countersign.policy.text.indicators.joining import Together

Judge = Callable[[Event], Finding | None]


def judged_together(own: Finding | None, event: Event, judge: Judge) -> Finding | None:
    """Return the stronger finding: on an event, or on it and its sender's last messages.

    Args:
        own: what the filter has against the event by itself.
        event: the event.
        judge: returns what the filter has against an event.
    """
    joined, together = event.joined, event.together
    if joined is None or together is None:
        return own
    found = judge(joined)
    if found is None or (own is not None and _worth(own) >= _worth(found)):
        return own
    return replace(
        found,
        reason=f"{found.reason}; in the sender's last messages read together",
        rests_on=_rests_on(found, event, together, judge),
    )


def _rests_on(found: Finding, event: Event, together: Together, judge: Judge) -> tuple[int, ...]:
    """Return the positions of the messages without which the finding would be weaker."""
    left = together
    needed: list[int] = []
    taken = 0
    for position in range(len(together.texts)):
        if position == together.place:
            continue
        without = left.without(position - taken)
        still = judge(event.read_with(without))
        if still is not None and _worth(still) >= _worth(found):
            left, taken = without, taken + 1
        else:
            needed.append(position)
    return tuple(needed)


def _worth(finding: Finding) -> float:
    return float("inf") if finding.weight is None else finding.weight
