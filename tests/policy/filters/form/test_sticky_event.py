"""Tests of `sticky-event`: events of calls may be sticky, others not."""

import pytest

from countersign.policy.filters.form.sticky_event import StickyEvent

HOUR_MS = 3_600_000


def test_passes_an_event_that_is_not_sticky(message, no_facts):
    assert StickyEvent(allow_types=()).judge(message(), no_facts) is None


@pytest.mark.parametrize("event_type", ["m.rtc.member", "org.matrix.msc4143.rtc.member"])
def test_passes_a_call(event, no_facts, event_type):
    assert StickyEvent().judge(event(event_type, sticky_ms=HOUR_MS), no_facts) is None


@pytest.mark.parametrize("sticky_ms", [0, 1, HOUR_MS])
def test_refuses_a_sticky_message_whatever_time_it_asks_for(event, no_facts, sticky_ms):
    finding = StickyEvent().judge(event(sticky_ms=sticky_ms), no_facts)

    assert finding is not None
    assert finding.reason == "is sticky and of the type 'm.room.message'"


def test_refuses_a_call_if_the_policy_lets_nothing_stick(event, no_facts):
    finding = StickyEvent(allow_types=()).judge(event("m.rtc.member", sticky_ms=1), no_facts)

    assert finding is not None


def test_refuses_what_asks_to_stick_for_too_long(event, no_facts):
    finding = StickyEvent(max_seconds=60).judge(event("m.rtc.member", sticky_ms=HOUR_MS), no_facts)

    assert finding is not None
    assert finding.reason == "asks to stick for 3,600 seconds; this room allows 60"
