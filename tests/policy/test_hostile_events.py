"""Judging an expensive event takes a bounded number of function calls."""

import gc
import weakref
from dataclasses import replace

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.policy_documents import parse_policy
from countersign.policy.text.indicators.joining import RecentMessages
from countersign.testing.counting import count_calls
from tests.policy.hostile_events import CHARACTERS, EVENTS
from tests.policy.quiet_community import decide, make_event

# So many take some 100 times as long as one verification, and an ordinary message takes 1,000.
MAX_CALLS = 75_000


@pytest.fixture(scope="module")
def preset():
    return parse_policy(b"preset: newcomer-safe\n", BUILTIN_FILTERS, read_presets()).pipeline


@pytest.mark.parametrize("name", EVENTS)
def test_no_event_takes_more_calls_than_this(preset, name):
    event = make_event(EVENTS[name])

    assert count_calls(lambda: decide(preset, event)) < MAX_CALLS


@pytest.mark.parametrize(
    "piece", ["\u0430 t . m e / x [.] a dot com ha\n.com ", "a b c d \u0430p p4y "]
)
def test_several_long_texts_are_read_at_the_price_of_one(preset, piece):
    """The model and the search for hidden links read so much of one event, not of each text."""
    alone = (piece * CHARACTERS)[: CHARACTERS // 2]
    twelve = [f"{n} {alone[: len(alone) // 12]}" for n in range(12)]

    calls = [
        count_calls(lambda content=content: decide(preset, make_event(content)))
        for content in ({"list": [alone]}, {"list": twelve})
    ]

    assert calls[1] < 3 * calls[0]


def test_an_event_that_is_read_with_others_leaves_no_cycle():
    body = {"msgtype": "m.text", "body": "me/abc"}
    recent = RecentMessages(("see t.", "me/abc"), 1)
    gc.collect()
    gc.disable()
    try:
        event = replace(make_event(body), recent_messages=recent)
        assert event.with_recent_messages.indicators
        held = weakref.ref(event.seen)
        del event
        assert held() is None
    finally:
        gc.enable()
