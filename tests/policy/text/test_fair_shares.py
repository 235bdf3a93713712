"""Tests of the limit on reading that the texts of an event share, the short ones first."""

import pytest

from countersign.policy.text.prose.fair_shares import fair_limit


@pytest.mark.parametrize(
    ("lengths", "limit"),
    [
        ([], 100),
        ([40], 100),
        ([400], 100),
        ([400, 400], 50),
        ([10, 400], 90),
        ([10, 20, 400, 400], 35),
    ],
)
def test_a_limit_lets_all_texts_together_take_the_total(lengths, limit):
    assert fair_limit(lengths, 100) == limit
    assert sum(min(length, limit) for length in lengths) <= 100
