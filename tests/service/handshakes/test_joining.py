"""Tests of joining: only signed events of the resident server are used."""

import asyncio
import json

import pytest

from countersign.ports.errors import PeerRefused
from countersign.protocol.events.event_signatures import check_demand, signature_demands
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.events.redaction import redact
from countersign.protocol.json_pieces import JsonItems
from countersign.protocol.keys.notaries import Notary
from countersign.protocol.unpadded_base64 import encode
from countersign.service.handshakes import joined_state
from countersign.service.handshakes.joining import JoinFailed
from countersign.service.rooms.room_alerts import AlertKind
from countersign.testing.peers import Peer
from tests.service.conftest import OUR_NAME, OUR_USER, every_kind_of_version, every_version
from tests.service.fake_rooms import FakeRoom


async def join(world, **kwargs):
    return await world.rooms.join(world.room.room_id, [world.alice.server_name], **kwargs)


async def join_fails(world) -> str:
    with pytest.raises(JoinFailed) as failure:
        await join(world)
    room = world.rooms.get(world.room.room_id)
    assert room is None or not room.is_joined
    assert await world.store.load() == []
    return str(failure.value)


def alter_state(world, change):
    """Let `change` work on the list of state events that the resident server tells."""

    def tamper(answer):
        state = list(answer["state"])
        change(state)
        return {**answer, "state": state}

    world.federation.tamper["send_join"] = tamper


def alter_template(world, *, content=None, **keys):
    def tamper(answer):
        event = {**answer["event"], **keys}
        if content is not None:
            event["content"] = content
        return {**answer, "event": event}

    world.federation.tamper["make_join"] = tamper


@every_version
async def test_rooms_of_every_version_are_joined_with_their_state(world, room_version):
    room = await join(world)

    assert room.is_joined
    assert room.rules.identifier == room_version
    assert room.state.members["@bob:bob.example"].display_name == "Bob"
    assert room.state.members[OUR_USER].membership == "join"
    assert set(room.state.joined_servers()) == {"example.org", "bob.example", OUR_NAME}
    assert room.state.creators == {"@alice:example.org"}


@every_kind_of_version
async def test_the_sent_join_is_ours_and_verifiable(world):
    await join(world)

    (event,) = world.federation.sent
    pdu = parse_pdu(event, world.room.rules)
    own = world.identity.server_key.verify_key
    for demand in signature_demands(pdu):
        check_demand(pdu, demand, {own.key_id: own})
    assert pdu.has_intact_content
    assert pdu.content == {"membership": "join", "displayname": "Countersign"}
    assert (pdu.type, pdu.sender, pdu.state_key) == ("m.room.member", OUR_USER, OUR_USER)
    assert pdu.origin_server_ts == world.clock.now_ts()
    assert "origin" not in event


async def test_a_join_is_durable_when_it_is_reported(world):
    room = await join(world)

    (stored,) = await world.store.load()

    assert stored.membership == "joined"
    assert stored.room_version == room.rules.identifier
    assert stored.via == ("example.org",)
    assert {(event.type, event.state_key) for event in stored.state} == {
        (event.type, event.state_key) for event in room.state.events()
    }


async def test_progress_is_reported(world):
    lines = []

    await join(world, progress=lines.append)

    assert lines[0] == "asking example.org how to join"
    assert "verified 4 of 4 events" in lines
    assert lines[-1] == f"joined {world.room.room_id}"


async def test_joining_again_asks_nobody(world):
    await join(world)
    world.federation.asked.clear()

    await join(world)

    assert world.federation.asked == []


async def test_a_forced_join_takes_the_state_anew(world):
    await join(world)
    world.room.add(world.alice, "m.room.join_rules", {"join_rule": "invite"})

    room = await join(world, force=True)

    assert room.state.join_rule == "invite"
    assert world.rooms.get(world.room.room_id) is room


async def test_the_next_server_is_tried_after_a_failure(world):
    room = await world.rooms.join(world.room.room_id, ["gone.example", "bob.example"])

    assert room.via == ("bob.example", "gone.example")


async def test_the_authorising_user_of_a_restricted_join_is_kept(world):
    content = {"membership": "join", "join_authorised_via_users_server": "@alice:example.org"}
    alter_template(world, content=content)

    await join(world)

    sent = world.federation.sent[0]["content"]
    assert sent["join_authorised_via_users_server"] == "@alice:example.org"


@pytest.mark.parametrize(
    "authoriser",
    [
        pytest.param("@alice:elsewhere.example", id="of another server"),
        pytest.param("alice", id="no user ID"),
        pytest.param(["@alice:example.org"], id="a list"),
    ],
)
async def test_an_authorising_user_of_another_server_is_refused(world, authoriser):
    content = {"membership": "join", "join_authorised_via_users_server": authoriser}
    alter_template(world, content=content)

    assert "authorised by no user of its own" in await join_fails(world)
    assert world.federation.sent == []


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({"type": "m.room.power_levels"}, id="another type"),
        pytest.param({"type": "m.room.message"}, id="a message"),
        pytest.param({"sender": "@admin:policy.example.com"}, id="another sender"),
        pytest.param({"state_key": "@alice:example.org"}, id="another state key"),
        pytest.param({"state_key": None}, id="no state key"),
        pytest.param({"room_id": "!other:example.org"}, id="another room"),
        pytest.param({"content": {"membership": "ban"}}, id="another membership"),
        pytest.param({"content": []}, id="no content"),
        pytest.param({"auth_events": "all"}, id="auth events that are no list"),
        pytest.param({"auth_events": [{"sign": "this"}]}, id="auth events that are objects"),
        pytest.param({"auth_events": ["$" + "a" * 43] * 11}, id="too many auth events"),
        pytest.param({"prev_events": ["$" + "a" * 43] * 21}, id="too many previous events"),
        pytest.param({"prev_events": ["yesterday"]}, id="previous events that are no IDs"),
        pytest.param({"depth": "deep"}, id="depth that is text"),
        pytest.param({"depth": -1}, id="depth below zero"),
        pytest.param({"depth": 2**53}, id="depth out of range"),
        pytest.param({"depth": True}, id="depth that is true"),
    ],
)
async def test_a_template_of_another_event_is_not_signed(world, keys):
    """A resident server once had others sign any event of its choice this way."""
    alter_template(world, **keys)

    await join_fails(world)

    assert world.federation.sent == []


async def test_other_fields_of_a_template_are_ignored(world):
    alter_template(
        world,
        content={"membership": "join", "displayname": "Mallory", "is_admin": True},
        origin_server_ts=1,
        method="PUT",
        uri="/_matrix/federation/v1/send/1",
        hashes={"sha256": "x"},
    )

    await join(world)

    (event,) = world.federation.sent
    assert event["content"] == {"membership": "join", "displayname": "Countersign"}
    assert event.keys().isdisjoint({"method", "uri"})


@pytest.mark.parametrize("room_version", ["1", "2"], indirect=True)
async def test_old_references_are_reduced_to_id_and_hash(world):
    def tamper(answer):
        event_id, hashes = answer["event"]["prev_events"][0]
        prev_events = [[event_id, {**hashes, "sign": "this too"}]]
        return {**answer, "event": {**answer["event"], "prev_events": prev_events}}

    world.federation.tamper["make_join"] = tamper

    await join(world)

    assert world.federation.sent[0]["prev_events"][0][1].keys() == {"sha256"}


@pytest.mark.parametrize("version", ["13", "org.example.v1", None, 11, ["11"]])
async def test_an_unknown_room_version_is_refused(world, version):
    world.federation.tamper["make_join"] = lambda answer: {**answer, "room_version": version}

    assert "a version that we do not know" in await join_fails(world)
    assert world.federation.sent == []


@pytest.mark.parametrize("lie", ["10", "1", "12"])
async def test_a_lie_about_the_version_does_not_outlive_the_create_event(world, lie):
    world.federation.tamper["make_join"] = lambda answer: {**answer, "room_version": lie}

    await join_fails(world)


@pytest.mark.parametrize("room_version", ["10"], indirect=True)
async def test_a_lie_about_a_version_whose_events_look_alike_is_found_out(world):
    world.federation.tamper["make_join"] = lambda answer: {**answer, "room_version": "9"}

    failure = await join_fails(world)

    assert "it says that the room has version 9, and the create event says '10'" in failure


@pytest.mark.parametrize("room_version", ["10"], indirect=True)
async def test_a_redacted_create_event_does_not_make_the_room_version_1(world):
    world.federation.tamper["make_join"] = lambda answer: {**answer, "room_version": "9"}

    def redact_create(state):
        state[0] = redact(state[0], world.room.rules)

    alter_state(world, redact_create)

    assert "its create event was altered" in await join_fails(world)


async def test_a_pinned_version_is_never_changed(world):
    await join(world)
    world.federation.tamper["make_join"] = lambda answer: {**answer, "room_version": "12"}

    with pytest.raises(JoinFailed, match="we verified 11 when we joined before"):
        await join(world, force=True)

    assert world.rooms.get(world.room.room_id).rules.identifier == "11"


@every_kind_of_version
async def test_two_create_events_are_refused(world, room_version):
    other = FakeRoom(room_version, world.alice, name="other")
    alter_state(world, lambda state: state.append(other.state["m.room.create", ""]))

    assert "2 create events instead of one" in await join_fails(world)


async def test_a_state_without_create_event_is_refused(world):
    alter_state(world, lambda state: state.pop(0))

    assert "0 create events instead of one" in await join_fails(world)


@every_kind_of_version
async def test_another_rooms_create_event_is_refused(world, room_version):
    other = FakeRoom(room_version, world.alice, name="other")

    def exchange(state):
        state[0] = other.state["m.room.create", ""]

    alter_state(world, exchange)

    assert "its create event is that of another room" in await join_fails(world)


@every_kind_of_version
async def test_a_forged_create_event_is_refused(world, room_version):
    def forge(state):
        state[0] = world.bob.hash_and_sign(state[0], room_version)
        state[0]["signatures"] = {
            "example.org": {"ed25519:paper": encode(b"f" * 64)},
        }

    alter_state(world, forge)

    assert "its create event is forged" in await join_fails(world)


async def test_events_of_another_room_are_refused(world):
    other = FakeRoom("11", world.alice, name="other")
    alter_state(world, lambda state: state.append(other.state["m.room.power_levels", ""]))

    assert "an event of another room" in await join_fails(world)


async def test_two_events_for_one_piece_of_state_are_refused(world):
    second = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})
    alter_state(world, lambda state: state.append(second))

    assert "two m.room.join_rules" in await join_fails(world)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(None, id="none"),
        pytest.param({}, id="an object"),
        pytest.param(["event"], id="texts"),
        pytest.param([[]], id="lists"),
    ],
)
async def test_a_malformed_state_is_refused(world, state):
    world.federation.tamper["send_join"] = lambda answer: {**answer, "state": state}

    assert "its answer cannot be trusted" in await join_fails(world)


async def test_a_huge_state_is_refused(world, monkeypatch):
    monkeypatch.setattr(joined_state, "MAX_LISTED", 5)
    alter_state(world, lambda state: state.append(state[-1]))

    assert "not a list of at most 5 events" in await join_fails(world)


async def test_a_state_without_the_members_is_refused(world):
    world.federation.tamper["send_join"] = lambda answer: {**answer, "members_omitted": True}

    assert "it left the members out" in await join_fails(world)


async def test_another_event_in_the_answer_is_refused(world):
    other = world.room.event(world.alice, "m.room.member", {"membership": "join"})
    world.federation.tamper["send_join"] = lambda answer: {**answer, "event": other}

    assert "another event than the join that we sent" in await join_fails(world)


async def test_a_join_with_unverifiable_state_is_undone(world):
    """Else the room would count us in, ask us about every event, and be told 404."""
    alter_state(world, lambda state: state.pop(0))

    await join_fails(world)

    assert world.room.membership_of(OUR_USER) == "leave"


@every_kind_of_version
async def test_forged_events_are_left_out(world, room_version):
    def forge(state):
        forged = world.room.event(
            world.alice,
            "m.room.member",
            {"membership": "ban"},
            sender="@bob:bob.example",
            state_key="@bob:bob.example",
            key=world.alice.key,
        )
        state[-1] = forged

    alter_state(world, forge)

    room = await join(world)

    assert "@bob:bob.example" not in room.state.members


async def test_malformed_events_are_left_out(world):
    alter_state(world, lambda state: state.append({**state[-1], "state_key": "@x:y", "depth": []}))

    room = await join(world)

    assert "@x:y" not in room.state.members


async def test_only_signed_parts_of_an_altered_event_count(world):
    rules = world.room.add(world.alice, "m.room.join_rules", {"join_rule": "public", "x": 1})

    def alter(state):
        state[state.index(rules)] = {**rules, "content": {"join_rule": "public", "x": 2}}

    alter_state(world, alter)

    room = await join(world)

    assert room.state.find("m.room.join_rules").content == {"join_rule": "public"}


async def test_an_altered_acl_does_not_ban_every_server(world):
    acl = world.room.add(world.alice, "m.room.server_acl", {"allow": ["*"]})
    altered = {**acl, "content": {"allow": ["*"], "deny": ["bob.example"]}}
    alter_state(world, lambda state: state.__setitem__(-1, altered))

    room = await join(world)

    assert room.state.acl is None


async def test_unverifiable_events_are_left_out_and_reported(world):
    gone = world.federation.add_peer("gone.example")
    world.room.join(gone, "carol")
    world.federation.offline.add("gone.example")

    room = await join(world)

    assert "@carol:gone.example" not in room.state.members
    alerts = {alert.kind: alert for alert in room.alerts}
    assert "gone.example" in alerts[AlertKind.PARTIALLY_VERIFIED].message


async def test_a_key_that_its_server_no_longer_publishes_counts_as_missing(world):
    alter_state(
        world,
        lambda state: state.append(
            {
                **(event := world.room.event(world.bob, "m.room.join_rules", {}, key=None)),
                "type": "m.room.member",
                "state_key": "@dora:bob.example",
                "sender": "@dora:bob.example",
                "content": {"membership": "join"},
                "signatures": {"bob.example": {"ed25519:former": encode(b"f" * 64)}},
                "hashes": event["hashes"],
            }
        ),
    )

    room = await join(world)

    assert AlertKind.PARTIALLY_VERIFIED in {alert.kind for alert in room.alerts}


@pytest.mark.parametrize("room_version", ["3", "11"], indirect=True)
async def test_a_join_fails_if_the_create_event_cannot_be_verified(world):
    world.federation.offline.add("example.org")

    with pytest.raises(JoinFailed, match=r"the keys of example\.org cannot be had"):
        await world.rooms.join(world.room.room_id, ["bob.example"])


class TestWithANotary:
    @pytest.fixture
    def notaries(self):
        return [Notary("notary.example", Peer("notary.example").verify_keys)]

    @pytest.fixture
    def gone(self, world):
        world.federation.add_peer("notary.example")
        world.federation.offline.add("example.org")

    @every_kind_of_version
    async def test_joins_a_room_whose_first_server_is_gone(self, world, gone):
        room = await world.rooms.join(world.room.room_id, ["bob.example"])

        assert room.state.creators == {"@alice:example.org"}
        assert "@alice:example.org" in room.state.members

    async def test_a_notary_whose_key_is_not_the_pinned_one_helps_nobody(self, world, gone):
        world.federation.peers["notary.example"] = Peer("notary.example", key_version="stolen")

        with pytest.raises(JoinFailed, match=r"the keys of example\.org cannot be had"):
            await world.rooms.join(world.room.room_id, ["bob.example"])


@pytest.mark.parametrize("room_version", ["12"], indirect=True)
async def test_since_version_12_the_room_id_speaks_for_the_create_event(world):
    world.federation.offline.add("example.org")

    room = await world.rooms.join(world.room.room_id, ["bob.example"])

    assert room.rules.identifier == "12"
    assert room.state.creators == {"@alice:example.org"}


async def test_the_error_names_the_asked_servers_their_errors_and_the_remedy(world):
    world.federation.refusal = PeerRefused(403, "M_FORBIDDEN", "You are not invited")

    with pytest.raises(JoinFailed) as failure:
        await world.rooms.join("!far:example.org", ["bob.example"])

    assert str(failure.value) == (
        "Could not join !far:example.org. Asked bob.example: it says that we may not "
        "(M_FORBIDDEN: You are not invited); example.org: it says that we may not "
        "(M_FORBIDDEN: You are not invited). "
        "Invite @policy:policy.example.com into the room (or lift its ban), then join again."
    )
    assert [attempt.server for attempt in failure.value.attempts] == ["bob.example", "example.org"]


async def test_an_error_says_that_no_server_can_be_asked(world):
    with pytest.raises(JoinFailed, match="name one that is in the room with --via"):
        await world.rooms.join("!" + "a" * 43, [])


async def test_our_own_server_and_invalid_names_are_not_asked(world):
    with pytest.raises(JoinFailed) as failure:
        await world.rooms.join("!" + "a" * 43, [OUR_NAME, "not a server", "gone.example"])

    assert [attempt.server for attempt in failure.value.attempts] == ["gone.example"]


async def test_other_work_gets_its_turns_while_a_large_state_is_verified(world):
    for number in range(400):
        world.room.join(world.bob, f"user{number}")
    turns = 0

    async def other_work():
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(other_work())
    lines = []

    room = await join(world, progress=lines.append)

    other.cancel()
    assert len(room.state.members) == 403
    assert "verified 400 of 404 events" in lines
    assert turns > 404 / 16 * 2


async def test_the_number_of_events_that_wait_for_keys_is_limited(world, monkeypatch):
    """A server that lets us in may tell of thousands of members whose servers nobody reaches."""
    monkeypatch.setattr(joined_state, "MAX_UNVERIFIED_BYTES", 5_000)
    gone = world.federation.add_peer("gone.example")
    for number in range(50):
        world.room.join(gone, f"u{number}")
    world.federation.offline.add("gone.example")

    room = await join(world)

    waiting = await world.store.load_unverified(room.room_id)
    assert 5 < len(waiting) < 15
    assert room.state.is_server_joined("example.org")
    assert not room.state.is_server_joined("gone.example")


async def test_a_member_who_is_nested_too_deeply_is_left_out(world):
    def tamper(answer):
        member = world.room.event(
            world.alice, "m.room.member", {"membership": "join"}, state_key="@deep:example.org"
        )
        texts = [json.dumps(event).encode() for event in (*answer["state"], member)]
        texts[-1] = texts[-1].replace(b'"join"', b'"join","x":' + b"[" * 450 + b"]" * 450)
        return {**answer, "state": JsonItems(texts)}

    world.federation.tamper["send_join"] = tamper

    room = await join(world)

    assert room.is_joined
    assert "@deep:example.org" not in room.state.members
    assert world.alice.server_name in room.state.joined_servers()
