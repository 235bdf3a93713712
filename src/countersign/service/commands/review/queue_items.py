"""Items of the review queue: the refusals of an incident to look at, and their state."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.borderline import reasons_to_review
from countersign.policy.review.incidents import Incident
from countersign.ports.stores.review.reviews import Review, ReviewState

APPEAL: Final = "appeal"


class DueRefusal(NamedTuple):
    """A refusal that somebody should look at, with the reason."""

    refusal: RecordedDecision
    because: tuple[str, ...]


def refusals_to_review(
    incident: Incident, appealed: Mapping[bytes, str]
) -> dict[bytes, DueRefusal]:
    """Return the refusals of an incident that somebody should look at, by key, oldest first."""
    due = {}
    for each in incident.refusals:
        because = (*reasons_to_review(each), *([APPEAL] if each.key in appealed else []))
        if because:
            due[each.key] = DueRefusal(each, because)
    return due


class ToReview(NamedTuple):
    """An incident in the queue, with the refusals to look at, by their keys."""

    incident: Incident
    due: Mapping[bytes, DueRefusal]


class ReviewItem(NamedTuple):
    """An incident in the queue, with its state from `review_state`."""

    incident: Incident
    standing: dict[str, Any]

    def has_state(self, state: ReviewState | None) -> bool:
        """Return True if it has this state; None means every state but handled."""
        if state is None:
            return bool(self.standing["state"] != ReviewState.HANDLED.value)
        return bool(self.standing["state"] == state.value)


def incidents_to_review(
    incidents: Iterable[Incident], appealed: Mapping[bytes, str]
) -> list[ToReview]:
    """Return the incidents in the queue; slow for thousands of refusals."""
    items = (ToReview(each, refusals_to_review(each, appealed)) for each in incidents)
    return [each for each in items if each.due]


def review_items(
    to_review: Iterable[ToReview],
    reviews: Mapping[bytes, Review],
    appealed: Mapping[bytes, str],
    *,
    now_ts: int,
) -> list[ReviewItem]:
    """Return the state of each incident, see `review_state`; slow for thousands of refusals."""
    return [
        ReviewItem(incident, review_state([*due.values()], reviews, appealed, now_ts=now_ts))
        for incident, due in to_review
    ]


def review_state(
    to_look_at: Sequence[DueRefusal],
    reviews: Mapping[bytes, Review],
    appealed: Mapping[bytes, str],
    *,
    now_ts: int,
) -> dict[str, Any]:
    """Return the review state of an incident's refusals in the queue, as JSON.

    Args:
        to_look_at: the refusals, oldest first.
        reviews: the review of each refusal, by key, if somebody acted on it.
        appealed: the references of refusals with open appeals, by their keys.
        now_ts: now, in ms since the epoch.
    """
    refusals = [each.refusal for each in to_look_at]
    known_reviews = [reviews[each.key] for each in refusals if each.key in reviews]
    waiting = [
        each
        for each in refusals
        if each.key not in reviews or reviews[each.key].state is not ReviewState.HANDLED
    ]
    last = max(known_reviews, key=lambda review: review.ts, default=None)
    first = min(known_reviews, key=lambda review: review.first_ts, default=None)
    # A refusal that came after the incident was handled opens it again.
    is_reopened = last is not None and last.state is ReviewState.HANDLED and bool(waiting)
    standing = None if is_reopened else last
    because = {reason: None for each in to_look_at for reason in each.because}
    return {
        "example": (waiting or refusals)[-1].reference,
        "because": list(because),
        "state": _state_of(standing, is_waiting=bool(waiting)).value,
        "actor": None if standing is None else standing.actor,
        "answer": None if last is None or waiting or not last.answer else last.answer.value,
        "note": "" if standing is None else standing.note,
        "waiting": len(waiting),
        "waits_ms": max(0, now_ts - waiting[0].decided_ts) if waiting else 0,
        "first_action_ms": None if first is None else first.first_ts - first.refused_ts,
        "appeals": [appealed[each.key] for each in refusals if each.key in appealed],
        "reporters": 0,
        "reports": [],
    }


def _state_of(standing: Review | None, *, is_waiting: bool) -> ReviewState:
    if standing is None:
        return ReviewState.OPEN
    return standing.state if is_waiting else ReviewState.HANDLED
