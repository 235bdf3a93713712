"""Tests of `sticky-event`: events of calls may be sticky, others not."""

import pytest

from countersign.policy.filters.form.sticky_event import StickyEvent

HOUR_MS = 3_600_000


def test_an_event_that_is_not_sticky_passes(message, no_facts):
    assert StickyEvent(allow_types=()).judge(message(), no_facts) is None


@pytest.mark.parametrize("event_type", ["m.rtc.member", "org.matrix.msc4143.rtc.member"])
def test_a_sticky_call_event_passes(event, no_facts, event_type):
    assert StickyEvent().judge(event(event_type, sticky_ms=HOUR_MS), no_facts) is None


@pytest.mark.parametrize("sticky_ms", [0, 1, HOUR_MS])
def test_a_sticky_message_of_any_duration_is_refused(event, no_facts, sticky_ms):
    finding = StickyEvent().judge(event(sticky_ms=sticky_ms), no_facts)

    assert finding is not None
    assert finding.reason == "is sticky and of the type 'm.room.message'"


def test_a_sticky_call_is_refused_if_no_type_is_allowed(event, no_facts):
    finding = StickyEvent(allow_types=()).judge(event("m.rtc.member", sticky_ms=1), no_facts)

    assert finding is not None


def test_a_duration_above_the_limit_is_refused(event, no_facts):
    finding = StickyEvent(max_seconds=60).judge(event("m.rtc.member", sticky_ms=HOUR_MS), no_facts)

    assert finding is not None
    assert finding.reason == "asks to stick for 3,600 seconds; this room allows 60"
