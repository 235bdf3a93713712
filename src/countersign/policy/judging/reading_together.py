"""Findings on several messages of one sender that are read together."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from countersign.policy.events import Event
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.message_traits.quotations import warned_quotation
from countersign.policy.text.indicators.joining import RecentMessages

STRONG_POINTS: Final = 4
"""Points from which a finding is strong."""
_PITCH_POINTS: Final = 3
"""Points of the text model from which the messages before a strong finding belong to it."""
_WHOLE_POINTS: Final = 7
"""Points of all messages together, `_ADDED_POINTS` of them by earlier ones, with that effect."""
_ADDED_POINTS: Final = 2

Judge = Callable[[Event], Finding | None]


class StepResult(NamedTuple):
    """Finding of a step on an event by itself.

    Attributes:
        own: the finding; None without one.
        judge: the step's function on another event; None if it reads no messages together.
    """

    own: Finding | None
    judge: Judge | None


class _Joined(NamedTuple):
    """Finding on several messages, and the part of its weight that the last one adds."""

    found: Finding
    gain: float


def judged_together(judged: Sequence[StepResult], event: Event) -> list[Finding | None]:
    """Return for each step the stronger finding: on the event, or on it with earlier messages.

    Earlier messages were signed, so a finding on several counts only if the event makes it
    stronger, if there is evidence in the event alone, or if the event makes another step's finding
    much stronger, for example because it completes an address.

    Args:
        judged: each step's result on the event alone.
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
        finding = replace(
            each.found,
            reason=f"{each.found.reason}; in the sender's last messages read together",
            rests_on=_rests_on(each.found, own, event, recent, judge),
        )
        findings.append(finding)
    return findings


def _joined(judged: StepResult, event: Event) -> _Joined | None:
    """Return a step's finding on several messages if it is stronger than on the last one alone."""
    own, judge = judged
    joined, recent = event.with_recent_messages, event.recent_messages
    if judge is None or joined is None or recent is None:
        return None
    finding = judge(joined)
    quotation = None if finding is None else warned_quotation(event)
    if quotation is not None and quotation.is_clear:
        finding = judge(event.read_with(recent.with_own(quotation.around)))
    if finding is None or (own is not None and _weight(own) >= _weight(finding)):
        return None
    before = judge(event.read_with(recent.others()))
    weight_before = 0.0 if before is None else _weight(before)
    return _Joined(
        finding, _weight(finding) - weight_before if _weight(finding) > weight_before else 0.0
    )


def _is_evidence(finding: Finding | None) -> bool:
    return finding is not None and finding.kind is FindingKind.EVIDENCE and _weight(finding) > 0


def _rests_on(
    finding: Finding, own: Finding | None, event: Event, recent: RecentMessages, judge: Judge
) -> tuple[int, ...]:
    """Return the positions of the messages that the finding follows from.

    These are the messages without which it would be weaker. Of a strong finding they are also
    those that make it stronger when read alone with the event, because no single message of a
    pitch may be indispensable. Messages between them belong to it, and all earlier ones if they
    read like a pitch without the event too.
    """
    if _weight(finding) >= STRONG_POINTS and _is_pitch(event, recent.others()):
        return _others_of(recent)
    remaining = recent
    needed: set[int] = set()
    others = [each for each in range(len(recent.texts)) if each != recent.place]
    for removed, position in enumerate(others):
        without = remaining.without(position - removed + len(needed))
        still = judge(event.read_with(without))
        if still is not None and _weight(still) >= _weight(finding):
            remaining = without
        else:
            needed.add(position)
    if _weight(finding) >= STRONG_POINTS:
        least = 0.0 if own is None else _weight(own)
        for position in others:
            if position not in needed:
                pair = judge(event.read_with(recent.only(position)))
                if pair is not None and _weight(pair) > least:
                    needed.add(position)
    if _weight(finding) < STRONG_POINTS or not needed:
        return tuple(sorted(needed))
    last = max(*needed, recent.place)
    return tuple(each for each in range(min(needed), last + 1) if each != recent.place)


def _with_pitch_before(own: Finding | None, event: Event, recent: RecentMessages) -> Finding | None:
    """Return a strong finding on an event extended to earlier messages, if they are its pitch."""
    is_strong = _is_evidence(own) and own is not None and _weight(own) >= STRONG_POINTS
    if own is None or not is_strong or not _is_pitch(event, recent.others()):
        return own
    return replace(own, rests_on=_others_of(recent))


def _is_pitch(event: Event, recent: RecentMessages) -> bool:
    """Return True if the earlier messages read like a pitch, alone or together with the event."""
    if not recent.texts:
        return False
    before = event.read_with(recent).most_text_points
    if before >= _PITCH_POINTS or not before:
        return before > 0
    joined = event.with_recent_messages
    points_together = 0 if joined is None else joined.most_text_points
    return points_together >= max(_WHOLE_POINTS, event.most_text_points + _ADDED_POINTS)


def _others_of(recent: RecentMessages) -> tuple[int, ...]:
    return tuple(each for each in range(len(recent.texts)) if each != recent.place)


def _weight(finding: Finding) -> float:
    return float("inf") if finding.weight is None else finding.weight
