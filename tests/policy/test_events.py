"""Tests of `Event`, the view of a PDU that filters get."""

import pytest

from countersign.policy.event_kinds.aspects import Aspect
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


def test_results_are_cached_for_each_filter_separately(message):
    event, calls = message("hello"), []

    def work(of):
        calls.append(of)
        return len(calls)

    one, another = object(), object()

    assert [event.worked_out(each, work) for each in (one, another, one)] == [1, 2, 1]
    assert calls == [event, event]


SEEN = {
    Aspect.OTHER_TYPE: ("m.room.topic", {"topic": "Hi"}, ""),
    Aspect.FOLLOW_UP: ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation"}}, None),
    Aspect.RELATION: ("m.room.message", {"body": "hi", "m.relates_to": {}}, None),
    Aspect.STATE: ("m.room.name", {"name": "Hi"}, ""),
    Aspect.MEDIA: ("m.room.message", {"msgtype": "m.image", "body": "hi"}, None),
    Aspect.PLACES: ("m.room.message", {"msgtype": "m.text", "body": "see example.org"}, None),
    Aspect.MENTIONS: ("m.room.message", {"msgtype": "m.text", "body": "hi @bob:example.com"}, None),
    Aspect.BEYOND_ASCII: ("m.room.message", {"msgtype": "m.text", "body": "naïve"}, None),
    Aspect.SHORT: ("m.room.message", {"msgtype": "m.text", "body": "hi"}, None),
    Aspect.LONG: ("m.room.message", {"msgtype": "m.text", "body": "so " * 401}, None),
}
ALL = sum(Aspect)


@pytest.mark.parametrize("aspect", SEEN)
def test_an_event_has_an_aspect_if_it_holds_or_is_such_a_thing(event, message, aspect):
    event_type, content, state_key = SEEN[aspect]
    with_it = event(event_type, content, state_key=state_key)

    assert message("Hello there. Shall we?").aspects(ALL) == 0
    assert with_it.aspects(ALL) & aspect
    assert with_it.aspects(ALL & ~aspect) & aspect == 0


@pytest.mark.parametrize(
    "body", ["t . me / abc", "example (dot) com", "hxxps://a.example", "HTTPS://A.EXAMPLE", "a.b"]
)
def test_whatever_may_be_a_place_is_an_aspect(message, body):
    assert message(body).aspects(Aspect.PLACES) == Aspect.PLACES


def test_a_sticky_event_has_its_aspect(event):
    assert event(sticky_ms=0).aspects(ALL) & Aspect.STICKY
