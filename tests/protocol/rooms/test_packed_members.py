"""Packed membership events are unpacked exactly as they were."""

from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.rooms.members_by_user_id import MembersByUserId
from countersign.protocol.rooms.packed_members import PackedMembers
from countersign.protocol.rooms.state_events import MEMBER, StateEvent, parse_member

NUMBERS = st.integers(-(2**70), 2**70) | st.integers(0, 2**41)
TEXTS = st.text(max_size=20) | st.sampled_from(["Ä\0\ud800", "x" * 512, "ß" * 512, ""])
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "membership": st.sampled_from(
            ["join", "leave", "ban", "invite", "knock", "", "x", None, []]
        ),
        "displayname": TEXTS | st.none() | st.just(5),
        "avatar_url": TEXTS,
        "join_authorised_via_users_server": st.just("@a:example.org") | st.just("x" * 300),
        "invited_by": TEXTS | st.none(),
        "more": st.just({"nested": [1]}),
    },
)
USERS = st.sampled_from([f"@{name}:example.org" for name in ("a", "aa", "aaa", "ä", "\ud800", "B")])
EVENTS = st.builds(
    StateEvent,
    type=st.just(MEMBER),
    state_key=USERS,
    sender=USERS,
    content=CONTENTS,
    event_id=st.sampled_from(["$" + "x" * 43, "$1:example.org", "$" + "y" * 300]),
    depth=NUMBERS,
    origin_server_ts=NUMBERS,
    known_since_ts=NUMBERS,
)


def keep(packed, event):
    if event.state_key in packed:
        packed.replace(event)
    else:
        packed.add(event)


@given(st.lists(EVENTS, max_size=40))
def test_the_last_stored_member_is_returned(events):
    packed, expected = PackedMembers(), {}
    for event in events:
        keep(packed, event)
        expected[event.state_key] = event

    assert list(packed) == list(expected)
    assert list(packed.events()) == list(expected.values())
    assert MembersByUserId(packed) == {
        user: parse_member(event.content) for user, event in expected.items()
    }
    for user in ("@nobody:example.org", "", *(event.state_key for event in events)):
        event = expected.get(user)
        assert packed.find(user) == event
        assert (user in packed) == (event is not None)
        inviter = None if event is None else event.content.get("invited_by")
        assert packed.inviter_of(user) == inviter
        is_joined = event is not None and event.content.get("membership") == "join"
        assert packed.joined_since_ts(user) == (event.known_since_ts if is_joined else None)
        name = None if event is None else parse_member(event.content).display_name
        assert packed.name_of(user) == name
        membership = None if event is None else parse_member(event.content).membership
        assert packed.membership_of(user) == membership
    joined = [user for user, event in expected.items() if event.content.get("membership") == "join"]
    assert list(packed.joined()) == joined


def event_of(number, name="Name"):
    user = f"@user{number}:hs{number % 50}.example.org"
    content = {"membership": "join", "displayname": name}
    return StateEvent(MEMBER, user, user, content, "$" + "x" * 43, number, number, number)


def test_many_members_are_found_and_a_name_that_changes_for_ever_takes_no_more_room():
    packed = PackedMembers()
    for number in range(20_000):
        packed.add(event_of(number))
    for length in range(2_000):
        packed.replace(event_of(7, "x" * (length % 400)))

    assert len(packed) == 20_000
    assert packed.find(event_of(19_999).state_key) == event_of(19_999)
    assert packed.find(event_of(7).state_key) == event_of(7, "x" * (1_999 % 400))
    assert packed.find("@user20000:hs0.example.org") is None
    assert packed.bytes_held < 20_000 * 200


def test_events_that_take_much_more_room_than_others_leave_no_waste_behind():
    packed = PackedMembers()
    packed.add(event_of(1))
    for length in range(400):
        packed.replace(event_of(1, "x" * length))

    assert packed.bytes_held < 2_000
