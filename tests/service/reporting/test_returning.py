"""Tests of kept events that return to the review queue after clearly more reports, a few times."""

from itertools import count

import pytest

from countersign.ports.stores.review.reports import MAX_REPORTERS, ReportedEvent
from countersign.ports.stores.review.reviews import Review, ReviewAnswer, ReviewState
from countersign.service.reporting.returning import returned_ts


def event(*made_ts):
    return ReportedEvent(
        key=b"k",
        reference="r",
        community="default",
        room_id="!r:x.org",
        sender="@s:x.org",
        reporters=len(made_ts),
        texts=(),
        made_ts=made_ts,
    )


def review(ts, answer=ReviewAnswer.KEEP, state=ReviewState.HANDLED):
    return Review(
        key=b"k", reference="r", community="default", state=state, answer=answer, actor="mod",
        refused_ts=1, first_ts=1, ts=ts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("made_ts", "answered", "expected"),
    [
        ((1,), None, None),
        ((1, 11, 12), review(10), None),
        ((1, 11, 12, 13), review(10), 13),
        ((1, 2, 3, 4, 11, 12, 13), review(10), None),
        ((1, 2, 3, 4, 11, 12, 13, 14), review(10), 14),
        ((1, 11, 12, 13), review(10, ReviewAnswer.SPAM), None),
        ((1, 11, 12, 13), review(10, None, ReviewState.TAKEN), None),
    ],
)
def test_as_many_new_reports_as_there_were_and_three_at_least_bring_it_back(
    made_ts, answered, expected
):
    assert returned_ts(event(*made_ts), answered) == expected


def test_however_many_report_it_moderators_look_a_few_times():
    """A crowd that wants somebody gone must not be able to ask for ever."""
    made_ts, answered, answers = [], None, 0
    for ts in count(1):
        if len(made_ts) == MAX_REPORTERS:
            break
        made_ts.append(ts)
        if answered is None or returned_ts(event(*made_ts), answered) is not None:
            answered, answers = review(ts), answers + 1

    assert answers == 5
