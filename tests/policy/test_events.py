"""What a filter sees of a PDU."""

import pytest

from countersign.policy.events import Event
from countersign.testing.events import make_pdu


def test_an_event_shows_what_the_pdu_holds_and_what_is_known_of_the_room():
    pdu = make_pdu("@bob:example.com", "m.room.topic", {"topic": "Hi"}, state_key="")

    event = Event.of(pdu, is_encrypted_room=True, sender_power_level=50, received_ts=7)

    assert (event.type, event.sender, event.server) == ("m.room.topic", pdu.sender, "example.com")
    assert (event.room_id, event.state_key, event.is_state) == (pdu.room_id, "", True)
    assert (event.size_bytes, event.origin_server_ts) == (pdu.size_bytes, pdu.origin_server_ts)
    assert (event.is_encrypted_room, event.sender_power_level) == (True, 50)
    assert (event.received_ts, event.sticky_ms) == (7, None)
    assert event.seen.normalized == "hi"


def test_the_content_is_read_once():
    event = Event.of(make_pdu())

    assert event.seen is event.seen
    assert not event.is_state


@pytest.mark.parametrize(
    ("beside", "sticky_ms"),
    [
        ({"sticky": {"duration_ms": 600_000}}, 600_000),
        ({"msc4354_sticky": {"duration_ms": 5}}, 5),
        ({"sticky": True}, 0),
        ({"sticky": {"duration_ms": "5"}}, 0),
    ],
)
def test_an_event_that_asks_to_stick_says_for_how_long(beside, sticky_ms):
    assert Event.of(make_pdu(**beside)).sticky_ms == sticky_ms


def test_what_a_filter_worked_out_is_kept_for_it_alone(message):
    event, calls = message("hello"), []

    def work(of):
        calls.append(of)
        return len(calls)

    one, another = object(), object()

    assert [event.worked_out(each, work) for each in (one, another, one)] == [1, 2, 1]
    assert calls == [event, event]
