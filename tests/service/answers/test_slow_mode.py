"""Tests of slow mode: the people and the interval that the room's setting names."""

import pytest

from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, trimmed
from countersign.protocol.rooms.slow_mode import SlowMode, find_slow_mode
from countersign.testing.events import make_pdu
from tests.waves.simulated_community import MODERATOR, ROOMS

LIMITS = {"events": {"m.room.message": {"rate_limit": 60_000, "exempt_power_level": 50}}}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({"rate_limit": 5_000}, SlowMode(5_000)),
        ({"rate_limit": 5_000, "exempt_power_level": 20}, SlowMode(5_000, 20)),
        ({"rate_limit": 10**15}, SlowMode(86_400_000)),
        ({"rate_limit": 0}, None),
        ({"rate_limit": -5}, None),
        ({"rate_limit": "5000"}, None),
        ({"rate_limit": True}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_rooms_setting_for_a_type_is_read_strictly(rules, found):
    assert find_slow_mode({"events": {"m.room.message": rules}}, "m.room.message") == found
    assert find_slow_mode({"events": rules}, "m.other") is None
    assert find_slow_mode({}, "m.room.message") is None


@pytest.mark.parametrize("event_type", ["m.room.slowmode", "com.nhjkl.msc4435.slowmode"])
def test_a_rooms_state_keeps_it_and_nothing_else_of_it(event_type):
    content = {**LIMITS, "other": "x" * 1_000}
    pdu = make_pdu(MODERATOR, event_type, content, room_id=ROOMS[0], state_key="")
    state = RoomState(ROOMS[0], get_room_version("11"))
    state.apply(trimmed(pdu))

    assert state.find(event_type).content == LIMITS
    other = make_pdu(MODERATOR, event_type, content, room_id=ROOMS[0], state_key="x")
    state.apply(trimmed(other))
    assert state.find(event_type, "x") is None
