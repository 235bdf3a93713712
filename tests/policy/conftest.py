"""Events for tests of filters."""

import pytest

from countersign.policy.facts import NO_FACTS
from countersign.testing.filters import make_event_to_judge, make_message_to_judge

ALICE, BOB, CAROL = "@alice:example.org", "@bob:example.org", "@carol:example.com"


@pytest.fixture
def event():
    """Return a function that makes an event of any type with this content."""
    return make_event_to_judge


@pytest.fixture
def message():
    """Return a function that makes a message with this content."""
    return make_message_to_judge


@pytest.fixture
def no_facts():
    return NO_FACTS
