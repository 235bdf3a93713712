"""Judging messages of one sender together: what a filter makes of them, and on which it rests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from countersign.policy.events import Event
from countersign.policy.findings import Finding
from countersign.policy.text.indicators.joining import Together

STRONG_POINTS: Final = 4
"""Of a finding that is worth less nothing is refused alone, and little together with others."""

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
        rests_on=_rests_on(found, own, event, together, judge),
    )


def _rests_on(
    found: Finding, own: Finding | None, event: Event, together: Together, judge: Judge
) -> tuple[int, ...]:
    """Return the positions of the messages that the finding rests on.

    These are the messages without which it would be weaker and, of a strong one, those that make
    the event worse than it is by itself, each alone with it: of a pitch in six messages none is
    indispensable.
    """
    left = together
    needed: set[int] = set()
    others = [each for each in range(len(together.texts)) if each != together.place]
    for taken, position in enumerate(others):
        without = left.without(position - taken + len(needed))
        still = judge(event.read_with(without))
        if still is not None and _worth(still) >= _worth(found):
            left = without
        else:
            needed.add(position)
    if _worth(found) >= STRONG_POINTS:
        least = 0.0 if own is None else _worth(own)
        for position in others:
            if position not in needed:
                pair = judge(event.read_with(together.only(position)))
                if pair is not None and _worth(pair) > least:
                    needed.add(position)
    return tuple(sorted(needed))


def _worth(finding: Finding) -> float:
    return float("inf") if finding.weight is None else finding.weight
