"""Tests of room state without state resolution: which events count, are kept, and change power."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.protocol.rooms import room_state as room_state_module
from countersign.protocol.rooms.policy_servers import RoomPolicy
from countersign.protocol.rooms.room_state import (
    KEPT_TYPES,
    MAX_NAME_CHARS,
    Member,
    RoomState,
    StateEvent,
    is_kept,
    trimmed,
)
from countersign.testing.peers import Peer

ALICE, BOB, CAROL, DAVE = (f"@{name}:{name}.example" for name in ("alice", "bob", "carol", "dave"))
PEER = Peer("alice.example")


def piece(
    event_type: str, content: Any = None, state_key: str = "", sender: str = ALICE, depth: int = 1
) -> StateEvent:
    return StateEvent(event_type, state_key, sender, content or {}, f"${depth}", depth, depth)


def member(user_id: str, membership: str = "join", depth: int = 1, **content: Any) -> StateEvent:
    return piece("m.room.member", {"membership": membership, **content}, user_id, user_id, depth)


def made(event_type="m.room.message", content=None, state_key=None, sender=ALICE) -> Any:
    """Something that a user would like to send."""
    return SimpleNamespace(
        type=event_type, content=content or {}, state_key=state_key, sender=sender
    )


def membership(sender: str, target: str, membership: str, **content: Any) -> Any:
    return made("m.room.member", {"membership": membership, **content}, target, sender)


def room(*pieces: StateEvent, version: str = "11") -> RoomState:
    """A room of Alice (100), Bob (50) and Carol (0), all joined, and more."""
    state = RoomState("!room:alice.example", ROOM_VERSIONS[version])
    users = {BOB: 50} if version == "12" else {ALICE: 100, BOB: 50}
    for event in (
        piece("m.room.create"),
        member(ALICE),
        piece("m.room.power_levels", {"users": users}),
        piece("m.room.join_rules", {"join_rule": "public"}),
        member(BOB),
        member(CAROL),
        *pieces,
    ):
        assert state.apply(event)
    return state


def invite(inviter: str, target: str, depth: int) -> StateEvent:
    return piece("m.room.member", {"membership": "invite"}, target, inviter, depth)


class TestInviters:
    def test_the_inviter_of_a_joined_user_is_kept_through_changes_of_the_name(self):
        state = room(invite(BOB, DAVE, 5), member(DAVE, depth=6))
        assert state.inviter_of(DAVE) == BOB

        state.apply(member(DAVE, depth=7, displayname="Dave"))

        assert state.inviter_of(DAVE) == BOB
        assert state.display_name_of(DAVE) == "Dave"

    def test_an_inviter_without_power_of_their_own_is_not_kept(self):
        assert room(invite(CAROL, DAVE, 5), member(DAVE, depth=6)).inviter_of(DAVE) is None

    def test_somebody_who_left_and_came_again_was_not_invited(self):
        state = room(
            invite(BOB, DAVE, 5),
            member(DAVE, depth=6),
            member(DAVE, "leave", depth=7),
            member(DAVE, depth=8),
        )
        assert state.inviter_of(DAVE) is None

    def test_nobody_can_name_an_inviter_of_their_own(self):
        content = {"membership": "join", "invited_by": BOB}
        pdu = PEER.pdu("m.room.member", content, state_key=PEER.user())
        assert trimmed(pdu).content == {"membership": "join"}

    def test_the_inviter_is_read_back_from_what_is_stored(self):
        state = room(invite(BOB, DAVE, 5), member(DAVE, depth=6))
        again = RoomState(state.room_id, state.rules)
        for event in state.events():
            again.apply(event)
        assert again.inviter_of(DAVE) == BOB


class TestApply:
    def test_a_newer_event_replaces_an_older_one(self):
        state = room()

        assert state.apply(piece("m.room.join_rules", {"join_rule": "invite"}, depth=2))
        assert state.join_rule == "invite"

    def test_an_event_of_the_same_depth_replaces(self):
        assert room().apply(piece("m.room.join_rules", {"join_rule": "knock"}, depth=1))

    def test_an_event_of_less_depth_is_passed_over(self):
        state = room(piece("m.room.join_rules", {"join_rule": "invite"}, depth=5))

        assert not state.apply(piece("m.room.join_rules", {"join_rule": "public"}, depth=4))
        assert state.join_rule == "invite"

    def test_a_second_create_event_is_passed_over(self):
        state = room()

        assert not state.apply(piece("m.room.create", sender=BOB, depth=9))
        assert state.creators == {ALICE}

    @pytest.mark.parametrize(
        "event",
        [
            piece("m.room.topic", {"topic": "x"}),
            piece("m.room.name", {"name": "x"}, "x"),
            piece("m.room.power_levels", {}, "x"),
            piece("m.room.policy", {}, "x"),
            piece("m.room.member", {"membership": "join"}, ""),
            piece("m.room.member", {"membership": "join"}, "bob"),
        ],
    )
    def test_state_of_other_types_is_ignored(self, event):
        state = room()

        assert not is_kept(event)
        assert not state.apply(event)
        assert event not in state.events()

    def test_stored_state_restores_the_same_room(self):
        state = room(member(BOB, "leave", 3), piece("m.room.encryption"))
        again = RoomState(state.room_id, state.rules)
        for event in state.events():
            assert event.type in KEPT_TYPES
            again.apply(event)

        assert again.members == state.members
        assert again.power_levels == state.power_levels
        assert again.is_encrypted


class TestNames:
    @pytest.mark.parametrize(
        ("pieces", "name"),
        [
            ([], None),
            ([piece("m.room.canonical_alias", {"alias": "#a:x.org"})], "#a:x.org"),
            (
                [
                    piece("m.room.canonical_alias", {"alias": "#a:x.org"}),
                    piece("m.room.name", {"name": " Lobby\n"}),
                ],
                "Lobby",
            ),
            (
                [
                    piece("m.room.canonical_alias", {"alias": "#a:x.org"}),
                    piece("m.room.name", {"name": " "}),
                ],
                "#a:x.org",
            ),
            ([piece("m.room.name", {"name": ["Lobby"]})], None),
        ],
    )
    def test_a_room_is_called_by_its_name_or_else_by_its_alias(self, pieces, name):
        assert room(*pieces).name == name


class TestFacts:
    def test_an_empty_room_knows_nothing_and_says_so(self):
        state = RoomState("!r:x", ROOM_VERSIONS["11"])

        assert (state.join_rule, state.acl, state.room_policy) == ("invite", None, None)
        assert not state.is_encrypted
        assert not state.creators
        assert list(state.joined_servers()) == []
        assert state.power_levels.user_level(ALICE) == 0

    def test_members_have_names(self):
        state = room(member(BOB, depth=2, displayname="Bob", avatar_url="mxc://b/1"))

        assert state.members[BOB] == Member("join", "Bob", "mxc://b/1")
        assert state.membership_of(DAVE) == "leave"

    def test_a_former_member_keeps_their_name(self):
        state = room(member(BOB, "leave", 2, displayname="Bob"))

        assert state.display_name_of(BOB) == "Bob"
        assert state.display_name_of(ALICE) is None
        assert state.display_name_of(DAVE) is None

    def test_a_member_is_known_since_they_joined_whatever_they_are_called_later(self):
        state = room(replace(member(DAVE, displayname="Dave"), known_since_ts=500))

        state.apply(replace(member(DAVE, depth=2, displayname="Eve"), known_since_ts=900))

        assert state.member_known_since_ts(DAVE) == 500
        assert state.find("m.room.member", DAVE).known_since_ts == 500
        assert state.display_name_of(DAVE) == "Eve"

    def test_a_returning_member_is_known_since_the_return(self):
        state = room(replace(member(DAVE), known_since_ts=500))

        state.apply(replace(member(DAVE, "leave", 2), known_since_ts=600))
        assert state.member_known_since_ts(DAVE) is None
        state.apply(replace(member(DAVE, depth=3), known_since_ts=700))

        assert state.member_known_since_ts(DAVE) == 700

    def test_a_user_who_is_not_joined_is_not_known(self):
        state = room(replace(member(DAVE, "invite"), known_since_ts=500))

        assert state.member_known_since_ts(DAVE) is None
        assert state.member_known_since_ts("@nobody:x") is None

    def test_joined_servers_are_those_of_joined_users(self):
        state = room(member("@two:bob.example"), member(DAVE, "invite"))

        assert set(state.joined_servers()) == {"alice.example", "bob.example", "carol.example"}
        state.apply(member(BOB, "leave", 2))
        assert state.is_server_joined("bob.example")
        assert state.joined_count == 3
        state.apply(member("@two:bob.example", "ban", 2))
        assert not state.is_server_joined("bob.example")
        assert state.joined_count == 2
        assert set(state.joined_servers()) == {"alice.example", "carol.example"}

    def test_creators_are_several_since_version_12(self):
        create = piece("m.room.create", {"additional_creators": [BOB, 7, "junk"]})
        for version, creators in (("11", {ALICE}), ("12", {ALICE, BOB})):
            state = RoomState("!r:x", ROOM_VERSIONS[version])
            state.apply(create)

            assert state.creators == creators

    def test_the_stable_policy_event_comes_before_the_unstable_one(self):
        unstable = piece("org.matrix.msc4284.policy", {"via": "u.example", "public_key": "A"})

        assert room(unstable).room_policy == RoomPolicy("u.example", None, "A")
        assert room(unstable, piece("m.room.policy", {})).room_policy is None

    def test_the_acl_is_ready_to_be_asked(self):
        assert not room(piece("m.room.server_acl", {"allow": []})).acl.allows("a.example")

    def test_third_party_invites_are_known_by_token_until_revoked(self):
        state = room(piece("m.room.third_party_invite", {"public_key": "k"}, "token"))

        assert state.third_party_invites == {"token": {"public_key": "k"}}
        state.apply(piece("m.room.third_party_invite", {}, "token", depth=2))
        assert state.third_party_invites == {}

    def test_names_of_members_have_a_bound_and_membership_has_not(self, monkeypatch):
        """Whoever may join can send any number of members, with the longest names there are."""
        monkeypatch.setattr(room_state_module, "MAX_NAMES_BYTES", 10_000)
        levels = piece("m.room.power_levels", {"users": {ALICE: 100, DAVE: 50}}, depth=2)
        state = room(levels, member(BOB, depth=2, displayname="Bob"))

        for number in range(100):
            state.apply(member(f"@{number}:evil.example", displayname="\N{PILE OF POO}" * 512))
        state.apply(member(DAVE, depth=2, displayname="Dave"))
        state.apply(member(BOB, depth=3, displayname="Bobby", avatar_url="mxc://b/1"))

        names = [state.display_name_of(f"@{number}:evil.example") for number in range(100)]
        assert len([name for name in names if name is not None]) == 4
        assert all(
            state.membership_of(f"@{number}:evil.example") == "join" for number in range(100)
        )
        assert state.display_name_of(DAVE) == "Dave"  # a moderator's is what others would borrow
        assert state.display_name_of(BOB) == "Bobby"
        for number in range(100):
            state.apply(member(f"@{number}:evil.example", "leave", depth=2))
        state.apply(member(BOB, depth=4, displayname="x" * 512, avatar_url="mxc://b/2" * 50))
        assert state.members[BOB] == Member("join", "x" * 512, "mxc://b/2" * 50)

    def test_invites_by_e_mail_have_a_bound_of_their_own(self, monkeypatch):
        monkeypatch.setattr(room_state_module, "MAX_INVITES", 2)
        state = room()

        taken = [
            state.apply(piece("m.room.third_party_invite", {"public_key": "k"}, f"{number}"))
            for number in range(4)
        ]

        assert taken == [True, True, False, False]
        assert state.apply(piece("m.room.third_party_invite", {}, "0", depth=2))
        assert state.apply(member(DAVE))


class TestTrimmed:
    def test_keeps_of_a_member_what_we_need_and_no_more_than_fits(self):
        pdu = PEER.pdu(
            "m.room.member",
            {"membership": "join", "displayname": "x" * 2000, "avatar_url": 7, "reason": "spam"},
            state_key=PEER.user(),
        )

        event = trimmed(pdu)

        assert event.content == {"membership": "join", "displayname": "x" * MAX_NAME_CHARS}
        assert (event.event_id, event.depth) == (pdu.event_id, pdu.depth)

    @pytest.mark.parametrize(("said", "kept"), [(ALICE, [ALICE]), ("x" * 512, []), (7, [])])
    def test_keeps_of_a_member_who_authorised_the_join(self, said, kept):
        content = {"membership": "join", "join_authorised_via_users_server": said}
        event = trimmed(PEER.pdu("m.room.member", content, state_key=PEER.user()))

        assert [event.content[name] for name in event.content if name != "membership"] == kept

    def test_keeps_other_state_whole(self):
        pdu = PEER.pdu("m.room.server_acl", {"allow": ["*"], "x": 1}, state_key="")

        assert trimmed(pdu).content == {"allow": ["*"], "x": 1}


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from([ALICE, BOB]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["users", "membership", "join_rule", "signed", "mxid", "token", "events", "ban"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
junk_contents = st.dictionaries(
    st.sampled_from(
        ["membership", "users", "join_rule", "third_party_invite", "displayname", "allow", "via",
         "additional_creators", "m.federate", "join_authorised_via_users_server", "public_keys"]
    ),
    junk | st.sampled_from(["join", "invite", "leave", "restricted"]),
)  # fmt: skip
junk_pieces = st.builds(
    StateEvent,
    type=st.sampled_from(sorted(KEPT_TYPES)),
    state_key=st.sampled_from(["", ALICE, BOB, "t"]),
    sender=st.sampled_from([ALICE, BOB]),
    content=junk_contents,
    event_id=st.just("$x"),
    depth=st.integers(0, 3),
    origin_server_ts=st.just(0),
)


@given(st.lists(junk_pieces, max_size=6), junk_pieces, st.sampled_from(["1", "8", "12"]))
def test_whatever_a_room_holds_nothing_raises(pieces, event, version):
    state = RoomState("!r:x", ROOM_VERSIONS[version])
    for state_event in pieces:
        state.apply(state_event)

    state.may_send(event)
    state.may_send(made("m.room.message", event.content))
    assert isinstance(state.room_policy, RoomPolicy | None)
    assert state.join_rule is not None
    joined = [user.partition(":")[2] for user, m in state.members.items() if m.membership == "join"]
    assert set(state.joined_servers()) == set(joined)
    assert state.joined_count == len(joined)


def test_names_of_people_with_a_level_change_with_members_and_levels():
    state = room(member(BOB, depth=2, displayname="Bob"))
    assert state.names_from_level(50) == ((ALICE, None), (BOB, "Bob"))

    state.apply(member(BOB, depth=3, displayname="Robert"))
    assert state.names_from_level(50) == ((ALICE, None), (BOB, "Robert"))

    state.apply(piece("m.room.power_levels", {"users": {ALICE: 100, CAROL: 50}}, depth=4))
    assert state.names_from_level(50) == ((ALICE, None), (CAROL, None))
    assert state.names_from_level(100) == ((ALICE, None),)
