"""Events for tests of filters."""

import pytest

from countersign.policy.events import Event
from countersign.policy.facts import NO_FACTS

ALICE, BOB, CAROL = "@alice:example.org", "@bob:example.org", "@carol:example.com"


@pytest.fixture
def event():
    """Return an event of any type with this content."""

    def make(event_type="m.room.message", content=None, **facts):
        sender = facts.pop("sender", ALICE)
        given = {
            "type": event_type,
            "sender": sender,
            "server": sender.partition(":")[2],
            "room_id": "!room:example.org",
            "state_key": None,
            "content": content or {},
            "origin_server_ts": 1_750_000_000_000,
            "size_bytes": 1_000,
        }
        return Event(**(given | facts))

    return make


@pytest.fixture
def message(event):
    """Return a message with this content."""

    def make(body="hello", /, **content):
        return event(content={"msgtype": "m.text", "body": body, **content})

    return make


@pytest.fixture
def no_facts():
    return NO_FACTS
