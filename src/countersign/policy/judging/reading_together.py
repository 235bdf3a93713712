"""Judging messages of one sender together: what filters make of them, and on which that rests."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from countersign.policy.events import Event
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.text.indicators.joining import RecentMessages

STRONG_POINTS: Final = 4
"""Points from which a finding is strong: weaker ones hardly refuse anything, even together."""
_PITCH_POINTS: Final = 3
"""Points of the text model from which messages before a strong finding are its pitch."""
_WHOLE_POINTS: Final = 7
"""And from which all of them together are one, if those before add `_ADDED_POINTS` to it."""
_ADDED_POINTS: Final = 2

Judge = Callable[[Event], Finding | None]


class StepResult(NamedTuple):
    """Finding of a step on an event by itself.

    Attributes:
        own: what the step has against it; None for nothing.
        judge: returns what the step has against an event; None if it reads no messages together.
    """

    own: Finding | None
    judge: Judge | None


class _Joined(NamedTuple):
    """Finding on several messages, and how much of its worth came with the last one."""

    found: Finding
    gain: float


def judged_together(judged: Sequence[StepResult], event: Event) -> list[Finding | None]:
    """Return for each step the stronger finding: on an event, or on it and those before it.

    What was signed is not held against whatever the sender writes next: the finding on several
    messages counts if this one makes it stronger. It also counts if there is evidence against this
    one by itself, or if this one makes another step's finding much stronger, as an address does
    that is now whole: then it is the end of what came before.

    Args:
        judged: what each step has against the event by itself.
        event: the event.
    """
    recent = event.recent_messages
    joined = [_joined(each, event) for each in judged]
    if recent is None:
        return [each.own for each in judged]
    if not any(joined):
        return [_with_pitch_before(own, event, recent) if judge else own for own, judge in judged]
    is_end = any(_is_evidence(each.own) for each in judged) or any(
        each is not None and each.gain >= STRONG_POINTS for each in joined
    )
    findings: list[Finding | None] = []
    for (own, judge), each in zip(judged, joined, strict=True):
        if judge is None or each is None or not (is_end or each.gain > 0):
            findings.append(_with_pitch_before(own, event, recent) if judge else own)
            continue
        found = replace(
            each.found,
            reason=f"{each.found.reason}; in the sender's last messages read together",
            rests_on=_rests_on(each.found, own, event, recent, judge),
        )
        findings.append(found)
    return findings


def _joined(judged: StepResult, event: Event) -> _Joined | None:
    """Return what a step finds in several messages, if that is more than in the last one alone."""
    own, judge = judged
    joined, recent = event.with_recent_messages, event.recent_messages
    if judge is None or joined is None or recent is None:
        return None
    found = judge(joined)
    if found is None or (own is not None and _worth(own) >= _worth(found)):
        return None
    before = judge(event.read_with(recent.others()))
    worth = 0.0 if before is None else _worth(before)
    return _Joined(found, _worth(found) - worth if _worth(found) > worth else 0.0)


def _is_evidence(finding: Finding | None) -> bool:
    return finding is not None and finding.kind is FindingKind.EVIDENCE and _worth(finding) > 0


def _rests_on(
    found: Finding, own: Finding | None, event: Event, recent: RecentMessages, judge: Judge
) -> tuple[int, ...]:
    """Return the positions of the messages that the finding rests on.

    These are the messages without which it would be weaker and, of a strong one, those that make
    the event worse than it is by itself, each alone with it: of a pitch in six messages none is
    indispensable. What stands between them belongs to it, and everything before it if that reads
    like a pitch without the last message too.
    """
    if _worth(found) >= STRONG_POINTS and _is_pitch(event, recent.others()):
        return _others_of(recent)
    left = recent
    needed: set[int] = set()
    others = [each for each in range(len(recent.texts)) if each != recent.place]
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
                pair = judge(event.read_with(recent.only(position)))
                if pair is not None and _worth(pair) > least:
                    needed.add(position)
    if _worth(found) < STRONG_POINTS or not needed:
        return tuple(sorted(needed))
    last = max(*needed, recent.place)
    return tuple(each for each in range(min(needed), last + 1) if each != recent.place)


def _with_pitch_before(own: Finding | None, event: Event, recent: RecentMessages) -> Finding | None:
    """Return a strong finding on an event with the messages before it, if they are its pitch."""
    is_strong = _is_evidence(own) and own is not None and _worth(own) >= STRONG_POINTS
    if own is None or not is_strong or not _is_pitch(event, recent.others()):
        return own
    return replace(own, rests_on=_others_of(recent))


def _is_pitch(event: Event, recent: RecentMessages) -> bool:
    """Return True if the messages before an event read like a pitch, alone or as its beginning."""
    if not recent.texts:
        return False
    before = event.read_with(recent).most_text_points
    if before >= _PITCH_POINTS or not before:
        return before > 0
    joined = event.with_recent_messages
    whole = 0 if joined is None else joined.most_text_points
    return whole >= max(_WHOLE_POINTS, event.most_text_points + _ADDED_POINTS)


def _others_of(recent: RecentMessages) -> tuple[int, ...]:
    return tuple(each for each in range(len(recent.texts)) if each != recent.place)


def _worth(finding: Finding) -> float:
    return float("inf") if finding.weight is None else finding.weight
