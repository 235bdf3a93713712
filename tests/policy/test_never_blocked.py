"""Events that let people leave a room, or a room change its policy server, are never judged."""

import pytest

from countersign.policy.never_blocked import is_never_blocked
from countersign.protocol.room_versions import get_room_version
from countersign.protocol.rooms.room_state import RoomState, StateEvent
from countersign.testing.events import make_pdu, make_room_id

ADMIN, MOD, OTHER_MOD, ALICE, BOB = (
    f"@{name}:example.org" for name in ("admin", "mod", "other-mod", "alice", "bob")
)
US = "@policy:policy.example.org"
LEVELS = {
    "users": {ADMIN: 100, MOD: 50, OTHER_MOD: 50},
    "kick": 50,
    "ban": 50,
    "redact": 50,
    "events": {"m.room.power_levels": 100, "m.room.server_acl": 100, "m.room.tombstone": 100},
}


@pytest.fixture
def room():
    state = RoomState(make_room_id(), get_room_version("11"))
    events = [
        ("m.room.create", "", {}),
        ("m.room.power_levels", "", LEVELS),
        *(("m.room.member", user, {"membership": "join"}) for user in (ADMIN, MOD, ALICE, US)),
        ("m.room.member", BOB, {"membership": "ban"}),
    ]
    for depth, (event_type, state_key, content) in enumerate(events):
        state.apply(StateEvent(event_type, state_key, ADMIN, content, f"${depth}", depth, 0))
    return state


def judged(room, sender, event_type, content, state_key=None):
    pdu = make_pdu(sender, event_type, content, state_key=state_key)
    return not is_never_blocked(pdu, room, our_user_id=US)


def test_ordinary_events_are_judged(room):
    assert judged(room, ADMIN, "m.room.message", {"body": "hi"})
    assert judged(room, ADMIN, "m.room.topic", {"topic": "hi"}, "")


def test_events_of_our_own_user_are_not_judged(room):
    assert not judged(room, US, "m.room.message", {"body": "hi"})
    assert judged(room, US.replace("policy", "policy2", 1), "m.room.message", {"body": "hi"})


@pytest.mark.parametrize("membership", ["join", "invite", "knock", None, 5, ["leave"]])
def test_other_membership_is_judged(room, membership):
    assert judged(room, ALICE, "m.room.member", {"membership": membership}, ALICE)


def test_a_users_own_leave_is_an_exit_whatever_it_says(room):
    content = {"membership": "leave", "reason": "spam"}

    assert not judged(room, ALICE, "m.room.member", content, ALICE)


@pytest.mark.parametrize("membership", ["leave", "ban"])
def test_a_moderator_may_remove_those_below(room, membership):
    assert not judged(room, MOD, "m.room.member", {"membership": membership}, ALICE)


@pytest.mark.parametrize("membership", ["leave", "ban"])
@pytest.mark.parametrize(
    ("sender", "target"), [(ALICE, BOB), (ALICE, MOD), (MOD, OTHER_MOD), (MOD, ADMIN)]
)
def test_removing_others_without_the_power_is_judged(room, sender, target, membership):
    assert judged(room, sender, "m.room.member", {"membership": membership}, target)


def test_an_unban_is_an_exit_for_those_who_may(room):
    assert not judged(room, MOD, "m.room.member", {"membership": "leave"}, BOB)


def test_an_unban_needs_the_power_to_ban(room):
    levels = LEVELS | {"ban": 60}
    room.apply(StateEvent("m.room.power_levels", "", ADMIN, levels, "$x", 99, 0))

    assert judged(room, MOD, "m.room.member", {"membership": "leave"}, BOB)


@pytest.mark.parametrize("membership", ["leave", "ban"])
def test_whatever_removes_us_is_an_exit(room, membership):
    assert not judged(room, ALICE, "m.room.member", {"membership": membership}, US)


@pytest.mark.parametrize(
    "event_type", ["m.room.power_levels", "m.room.server_acl", "m.room.tombstone"]
)
def test_the_rooms_levers_are_exits_for_those_who_may(room, event_type):
    assert not judged(room, ADMIN, event_type, {}, "")
    assert judged(room, MOD, event_type, {}, "")
    assert judged(room, ADMIN, event_type, {}, "spam")
    assert judged(room, ADMIN, event_type, {})


def test_a_moderators_redaction_is_an_exit_and_anothers_is_judged(room):
    content = {"redacts": "$" + "A" * 43, "reason": "spam"}

    assert not judged(room, MOD, "m.room.redaction", content)
    assert judged(room, ALICE, "m.room.redaction", content)
