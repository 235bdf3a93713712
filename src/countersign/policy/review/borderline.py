"""Borderline refusals: those that a person should look at."""

from enum import StrEnum
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict

MARGIN_POINTS: Final = 3
"""A score of less than so many points above the threshold was hardly enough."""
_TURNED_ACCOUNT: Final = "turned-account"


class ReviewReason(StrEnum):
    """Reason why somebody should look at a refusal."""

    BORDERLINE = "borderline"
    """Evidence refused it that was hardly enough."""
    TURNED_ACCOUNT = "turned-account"
    """The account may have been taken over, and waits for a moderator."""


def reasons_to_review(refusal: RecordedDecision) -> tuple[ReviewReason, ...]:
    """Return why somebody should look at a refusal; nothing if nobody needs to."""
    decision = refusal.decision
    if decision.verdict is not Verdict.REFUSE or decision.is_courtesy:
        return ()
    against = decision.deciding
    reasons: list[ReviewReason] = []
    is_weighed = bool(against) and all(each.weight is not None for each in against)
    limit = None if decision.threshold is None else decision.threshold + MARGIN_POINTS
    if is_weighed and limit is not None and decision.score < limit:
        reasons.append(ReviewReason.BORDERLINE)
    if any(each.filter == _TURNED_ACCOUNT for each in against):
        reasons.append(ReviewReason.TURNED_ACCOUNT)
    return tuple(reasons)
