"""Items of the review queue: which refusals of an incident are due, and how they stand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.borderline import reasons_to_review
from countersign.policy.review.incidents import Incident
from countersign.ports.stores.review.reviews import Review, ReviewState

APPEAL: Final = "appeal"


def refusals_to_review(incident: Incident, appealed: Mapping[bytes, str]) -> list[RecordedDecision]:
    """Return the refusals of an incident that somebody should look at, oldest first."""
    return [
        each for each in incident.refusals if each.key in appealed or any(reasons_to_review(each))
    ]


def standing_of(
    due: Sequence[RecordedDecision],
    reviews: Mapping[bytes, Review],
    appealed: Mapping[bytes, str],
    *,
    now_ts: int,
) -> dict[str, Any]:
    """Return how the refusals of an incident stand that somebody should look at, as JSON.

    Args:
        due: these refusals, oldest first.
        reviews: how each stands, by its key, as far as anybody did anything.
        appealed: the references of what is appealed against, by their keys.
        now_ts: now, in ms since the epoch.
    """
    known = [reviews[each.key] for each in due if each.key in reviews]
    waiting = [
        each
        for each in due
        if each.key not in reviews or reviews[each.key].state is not ReviewState.HANDLED
    ]
    last = max(known, key=lambda review: review.ts, default=None)
    first = min(known, key=lambda review: review.first_ts, default=None)
    is_open = bool(waiting) and (last is None or last.state is ReviewState.HANDLED)
    because = {
        reason: None
        for each in due
        for reason in (*reasons_to_review(each), *([APPEAL] if each.key in appealed else []))
    }
    return {
        "example": (waiting or due)[-1].reference,
        "because": list(because),
        "state": (
            ReviewState.OPEN.value
            if last is None or is_open
            else (last.state if waiting else ReviewState.HANDLED).value
        ),
        "actor": None if last is None or is_open else last.actor,
        "answer": None if last is None or waiting or not last.answer else last.answer.value,
        "note": "" if last is None or is_open else last.note,
        "waiting": len(waiting),
        "waits_ms": max(0, now_ts - waiting[0].decided_ts) if waiting else 0,
        "first_action_ms": None if first is None else first.first_ts - first.refused_ts,
        "appeals": [appealed[each.key] for each in due if each.key in appealed],
    }
