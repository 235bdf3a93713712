"""Refusals that a person should review: borderline ones, and taken-over accounts."""

from enum import StrEnum
from typing import Final

from countersign.policy.decisions import RecordedDecision
from countersign.policy.findings import FindingKind

MARGIN_POINTS: Final = 3
"""A score of less than so many points above the threshold is borderline."""
_TURNED_ACCOUNT: Final = "turned-account"


class ReviewReason(StrEnum):
    """Reason why somebody should look at a refusal."""

    BORDERLINE = "borderline"
    """The score is hardly above the threshold."""
    TURNED_ACCOUNT = "turned-account"
    """The sender's account may have been taken over."""


def reasons_to_review(refusal: RecordedDecision) -> tuple[ReviewReason, ...]:
    """Return the reasons for a moderator to review a refusal; empty if there are none."""
    decision = refusal.decision
    limit = None if decision.threshold is None else decision.threshold + MARGIN_POINTS
    is_hardly_enough = limit is not None and decision.score < limit
    # Most refusals are neither, and the rest of this function takes time.
    if not is_hardly_enough and all(each.filter != _TURNED_ACCOUNT for each in decision.findings):
        return ()
    against = decision.deciding
    if all(each.kind is FindingKind.COURTESY for each in against):  # nothing, if it is signed
        return ()
    reasons: list[ReviewReason] = []
    is_weighed = all(each.weight is not None for each in against)
    if is_weighed and is_hardly_enough:
        reasons.append(ReviewReason.BORDERLINE)
    if any(each.filter == _TURNED_ACCOUNT for each in against):
        reasons.append(ReviewReason.TURNED_ACCOUNT)
    return tuple(reasons)
