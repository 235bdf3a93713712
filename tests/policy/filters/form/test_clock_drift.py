"""Tests of `clock-drift`: an inaccurate clock passes, an event dated another day does not."""

import pytest

from countersign.policy.filters.form.clock_drift import ClockDrift

NOW = 1_750_000_000_000
MINUTE = 60_000
DAY = 1_440 * MINUTE


def judged(event, facts, filter_, ago):
    return filter_.judge(event(origin_server_ts=NOW - ago, received_ts=NOW), facts)


@pytest.mark.parametrize("ago", [0, 999, -15 * MINUTE - 999, 5 * MINUTE, 400 * DAY])
def test_events_within_the_limits_and_backfilled_ones_pass(event, no_facts, ago):
    assert judged(event, no_facts, ClockDrift(), ago) is None


def test_an_event_without_a_time_of_arrival_passes(event, no_facts):
    assert ClockDrift().judge(event(origin_server_ts=10 * NOW), no_facts) is None


def test_an_event_from_the_future_is_refused(event, no_facts):
    finding = judged(event, no_facts, ClockDrift(), -16 * MINUTE)

    assert finding is not None
    assert finding.reason == "claims to come from 960 seconds in the future; this room allows 900"


def test_old_events_are_refused_only_with_the_option(event, no_facts):
    filter_ = ClockDrift(max_behind_seconds=3_600)

    assert judged(event, no_facts, filter_, 60 * MINUTE) is None
    finding = judged(event, no_facts, filter_, 61 * MINUTE)
    assert finding is not None
    assert finding.reason == "claims to be 3,660 seconds old; this room allows 3,600"
