"""Tests of `Backoff`."""

import pytest

from countersign.basics.backoff import Backoff


def test_waits_grow_up_to_the_longest():
    backoff = Backoff(first=2, longest=100, factor=5)

    assert list(backoff.waits(5)) == [2, 10, 50, 100, 100]


@pytest.mark.parametrize("failures", [100, 10_000, 10**9])
def test_a_server_that_is_gone_for_years_is_no_overflow(failures):
    assert Backoff(first=1, longest=60).seconds(failures) == 60


def test_jitter_makes_a_wait_longer_by_its_share():
    backoff = Backoff(first=10, longest=40, jitter=0.5)

    assert backoff.seconds(1, fraction=0) == 10
    assert backoff.seconds(1, fraction=0.5) == 12.5
    assert 40 < backoff.seconds(9, fraction=0.999) < 60


def test_waits_go_on_without_end():
    waits = Backoff(first=1, longest=4).waits()

    assert [next(waits) for _ in range(6)] == [1, 2, 4, 4, 4, 4]
