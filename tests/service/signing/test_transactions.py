"""Tests of transactions: an answer for each PDU; only verified state is followed."""

import pytest

from countersign.adapters.sql.stores.rooms import SqlRoomStore
from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import BadJson
from countersign.protocol.events.event_signatures import sign_event
from countersign.protocol.events.pdu import parse_pdu
from countersign.protocol.rooms import room_state as room_state_module
from countersign.protocol.unpadded_base64 import encode
from countersign.service.signing.transactions import Transactions
from countersign.testing.events import event_id_in
from tests.contracts.broadcasts import Hub
from tests.service.conftest import OUR_USER, every_kind_of_version
from tests.service.fake_rooms import FakeRoom
from tests.service.watching import make_leaks


@pytest.fixture
async def transactions(world):
    await world.rooms.join(world.room.room_id, ["example.org"])
    return Transactions(
        rooms=world.rooms,
        key_ring=world.key_ring,
        leaks=make_leaks(world),
        received=world.received,
    )


def state_of(world):
    return world.rooms.get(world.room.room_id).state


async def receive(transactions, *pdus, origin="example.org", txn_id="1"):
    answer = await transactions.receive(origin, txn_id, {"pdus": list(pdus), "edus": []})
    assert answer.keys() == {"pdus"}
    return answer["pdus"]


async def receive_one(transactions, world, event, **kwargs):
    results = await receive(transactions, event, **kwargs)
    return results[event_id_in(event, world.room.version)]


@every_kind_of_version
async def test_state_events_of_a_room_are_followed(transactions, world):
    event = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})

    assert await receive_one(transactions, world, event) == {}

    assert state_of(world).join_rule == "invite"
    (stored,) = await world.store.load()
    assert {"join_rule": "invite"} in [piece.content for piece in stored.state]


@every_kind_of_version
async def test_a_message_is_accepted_and_ignored(transactions, world):
    event = world.room.event(world.alice, "m.room.message", {"body": "hi"}, state_key=None)

    assert await receive_one(transactions, world, event) == {}


async def test_an_empty_transaction_has_an_empty_answer(transactions):
    assert await receive(transactions) == {}
    assert await transactions.receive("example.org", "2", {}) == {"pdus": {}}


async def test_events_of_other_servers_may_come_through_any_server(transactions, world):
    event = world.room.event(
        world.bob, "m.room.message", {"body": "hi"}, state_key=None, sender="@bob:bob.example"
    )

    assert await receive_one(transactions, world, event) == {}


async def test_a_bad_pdu_does_not_affect_the_others(transactions, world):
    good = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})
    bad = {**world.room.event(world.alice, "m.room.message", {}), "signatures": {}}

    results = await receive(transactions, bad, "no event", None, [], {}, good)

    assert set(results) == {event_id_in(bad), event_id_in(good)}
    assert "not signed by example.org" in results[event_id_in(bad)]["error"]
    assert state_of(world).join_rule == "invite"


@every_kind_of_version
async def test_forged_events_are_not_followed(transactions, world):
    event = world.room.event(
        world.alice, "m.room.join_rules", {"join_rule": "invite"}, key=world.bob.key
    )
    event["signatures"] = {"example.org": {"ed25519:paper": encode(b"f" * 64)}}

    assert "is wrong" in (await receive_one(transactions, world, event))["error"]

    assert state_of(world).join_rule == "public"


async def test_only_signed_parts_of_an_altered_event_count(transactions, world):
    event = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "public", "x": 1})
    altered = {**event, "content": {"join_rule": "public", "x": 2}}

    assert await receive_one(transactions, world, altered) == {}

    assert state_of(world).find("m.room.join_rules").content == {"join_rule": "public"}


async def test_an_altered_acl_does_not_ban_every_server(transactions, world):
    event = world.room.event(world.alice, "m.room.server_acl", {"allow": ["*"]})

    result = await receive_one(transactions, world, {**event, "content": {}})

    assert "content hash" in result["error"]
    assert state_of(world).acl is None


async def test_follows_nothing_that_its_sender_may_not_send(transactions, world):
    event = world.room.event(
        world.bob, "m.room.join_rules", {"join_rule": "invite"}, sender="@bob:bob.example"
    )

    assert "may not send it" in (await receive_one(transactions, world, event))["error"]

    assert state_of(world).join_rule == "public"


async def test_a_kick_of_our_user_is_noticed(transactions, world):
    event = world.room.event(
        world.alice, "m.room.member", {"membership": "leave"}, state_key=OUR_USER
    )

    assert await receive_one(transactions, world, event) == {}

    assert world.rooms.get(world.room.room_id).membership == "kicked"


@every_kind_of_version
async def test_a_room_that_is_not_ours_is_an_error(transactions, world, room_version):
    other = FakeRoom(room_version, world.alice, name="other")
    event = other.event(world.alice, "m.room.message", {"body": "hi"}, state_key=None)

    (result,) = (await receive(transactions, event)).values()

    assert "not in the room" in result["error"]
    assert world.federation.asked[-1] != ("server_keys", "elsewhere.example")


@pytest.mark.parametrize("room_version", ["1", "4", "10", "11", "12"], indirect=True)
async def test_most_events_of_rooms_that_are_not_ours_are_answered_by_id(
    transactions, world, room_version
):
    other = FakeRoom(room_version, world.alice, name="other")
    event = other.event(world.alice, "m.room.message", {"body": "hi"}, state_key=None)

    assert list(await receive(transactions, event)) == [event_id_in(event, room_version)]


async def test_strangers_cannot_make_us_fetch_keys_for_rooms_that_are_not_ours(transactions, world):
    stranger = world.federation.add_peer("stranger.example")
    other = FakeRoom("11", stranger, name="other")
    world.federation.asked.clear()

    await receive(transactions, other.event(stranger, "m.room.message", {}, state_key=None))

    assert world.federation.asked == []


async def test_a_server_that_the_acl_denies_is_not_heard(transactions, world):
    acl = world.room.add(
        world.alice, "m.room.server_acl", {"allow": ["*"], "deny": ["bob.example"]}
    )
    await receive(transactions, acl)
    event = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})

    result = await receive_one(transactions, world, event, origin="bob.example", txn_id="2")

    assert "server ACL denies" in result["error"]
    assert state_of(world).join_rule == "public"


async def test_missing_keys_fail_one_pdu_only(transactions, world):
    gone = world.federation.add_peer("gone.example")
    world.federation.offline.add("gone.example")
    theirs = world.room.event(gone, "m.room.message", {}, state_key=None)
    ours = world.room.event(world.alice, "m.room.message", {}, state_key=None)

    results = await receive(transactions, theirs, ours)

    assert "gone.example" in results[event_id_in(theirs)]["error"]
    assert results[event_id_in(ours)] == {}


async def test_a_transaction_that_could_not_be_stored_is_to_be_sent_again(
    transactions, world, monkeypatch
):
    """An answer would be the last that we hear of it, and a restart would forget it."""
    save_state = SqlRoomStore.save_state

    async def fail(*_):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(SqlRoomStore, "save_state", fail)
    event = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})
    with pytest.raises(StoreUnavailable):
        await receive(transactions, event)
    monkeypatch.setattr(SqlRoomStore, "save_state", save_state)

    assert await receive_one(transactions, world, event) == {}
    rooms = world.restarted()
    await rooms.load()
    assert rooms.get(world.room.room_id).state.join_rule == "invite"


async def test_an_altered_copy_does_not_replace_the_true_one(transactions, world):
    """Redaction takes the level of invitations out of power levels of version 10 and below."""
    content = {"users": {world.alice.user(): 100}, "invite": 50, "notifications": {"room": 20}}
    event = world.room.event(world.alice, "m.room.power_levels", content)
    await receive(transactions, event)
    copy = {**event, "content": {**content, "notifications": {}}}

    await receive(transactions, copy, origin="bob.example", txn_id="2")

    assert state_of(world).power_levels.notifications == {"room": 20}


async def test_nobody_can_put_themselves_out_of_the_moderators_reach(transactions, world):
    """A depth is what its sender says; a word from the far end of the room is not the last one."""
    bob = world.bob.user("bob")
    world.clock.advance(60)
    join = {"membership": "join", "displayname": "Bob"}
    mine = {"sender": bob, "state_key": bob, "depth": 2**53 - 1}
    mine["origin_server_ts"] = world.clock.now_ts() + 3_600_000
    await receive_one(
        transactions,
        world,
        world.room.event(world.bob, "m.room.member", join, **mine),
        origin="bob.example",
    )
    world.clock.advance(60)
    ban = world.room.event(
        world.alice,
        "m.room.member",
        {"membership": "ban"},
        state_key=bob,
        origin_server_ts=world.clock.now_ts(),
    )

    await receive(transactions, ban, txn_id="2")

    assert state_of(world).membership_of(bob) == "ban"


async def test_nobody_has_the_last_word_on_a_rooms_acl(transactions, world):
    deny = {"allow": ["*"], "deny": ["*.example"]}
    far = world.room.event(world.alice, "m.room.server_acl", deny, depth=2**53 - 1)
    await receive(transactions, far)
    world.clock.advance(60)
    now_ts = world.clock.now_ts()
    allow = world.room.event(
        world.alice, "m.room.server_acl", {"allow": ["*"]}, origin_server_ts=now_ts
    )

    await receive(transactions, allow, txn_id="2")

    assert state_of(world).acl.allows("bob.example")


async def test_a_kicked_user_rejoins_a_restricted_room_only_with_authorisation(transactions, world):
    """Else a moderator who was thrown out could act on, in our eyes, in a room closed to them."""
    bob = world.bob.user("bob")
    rules = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "restricted"})
    kick = world.room.event(world.alice, "m.room.member", {"membership": "leave"}, state_key=bob)
    await receive(transactions, rules, kick)
    join = {"membership": "join", "join_authorised_via_users_server": world.alice.user()}
    event = world.room.event(world.bob, "m.room.member", join, sender=bob, state_key=bob)

    result = await receive_one(transactions, world, event, origin="bob.example", txn_id="2")

    assert "not signed by example.org" in result["error"]
    assert state_of(world).membership_of(bob) == "leave"

    authorised = sign_event(event, world.room.rules, "example.org", world.alice.key)
    assert await receive_one(transactions, world, authorised, txn_id="3") == {}
    assert state_of(world).membership_of(bob) == "join"


async def test_a_room_takes_only_so_much_state(transactions, world, monkeypatch):
    """Invites by e-mail need no more than the power to invite, which all have by default."""
    monkeypatch.setattr(room_state_module, "MAX_KEPT_EVENTS", 20)
    for number in range(50):
        content = {"display_name": "x" * 50_000, "public_key": "k" * 43, "key_validity_url": "u"}
        event = world.room.event(
            world.bob,
            "m.room.third_party_invite",
            content,
            sender=world.bob.user("bob"),
            state_key=f"token {number}",
        )
        await receive(transactions, event, origin="bob.example", txn_id=str(number))
    acl = world.room.event(world.alice, "m.room.server_acl", {"allow": ["*"]})
    await receive(transactions, acl, txn_id="last")

    state = state_of(world)
    assert len(list(state.events())) == 21
    assert state.third_party_invites["token 0"] == {"public_key": "k" * 43}
    assert state.acl is not None


async def test_a_transaction_sent_again_gets_the_same_answer(transactions, world):
    event = world.room.event(world.alice, "m.room.join_rules", {"join_rule": "invite"})
    first = await receive(transactions, event)

    assert await receive(transactions, {"other": "body"}) == first
    assert await receive(transactions, txn_id="2") == {}
    assert await receive(transactions, origin="bob.example") == {}


async def test_old_answers_are_forgotten(transactions, monkeypatch):
    monkeypatch.setattr(transactions, "_answers", BoundedMapping(3))

    for number in range(10):
        await receive(transactions, txn_id=str(number))

    assert len(transactions._answers) == 3


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"pdus": {}}, id="pdus that are no list"),
        pytest.param({"pdus": [], "edus": {}}, id="edus that are no list"),
        pytest.param({"pdus": [{}] * 51}, id="too many pdus"),
        pytest.param({"pdus": [], "edus": [{}] * 101}, id="too many edus"),
    ],
)
async def test_an_invalid_transaction_is_refused(transactions, body):
    with pytest.raises(BadJson):
        await transactions.receive("example.org", "1", body)


async def test_a_transaction_of_maximum_size_is_accepted(transactions, world):
    event = world.room.event(world.alice, "m.room.message", {}, state_key=None)

    body = {"pdus": [event] * 50, "edus": [{"edu_type": "m.typing"}] * 100}

    assert await transactions.receive("example.org", "1", body) == {
        "pdus": {event_id_in(event): {}}
    }


async def test_a_third_party_invite_needs_the_rooms_word(transactions, world):
    event = world.room.event(
        world.alice,
        "m.room.member",
        {
            "membership": "invite",
            "third_party_invite": {"signed": {"mxid": "@eve:example.org", "token": "t"}},
        },
        state_key="@eve:example.org",
    )
    assert parse_pdu(event, world.room.rules).has_intact_content

    result = await receive_one(transactions, world, event)

    assert "no third-party invite of the room" in result["error"]


async def test_a_transaction_that_is_sent_again_to_another_process_is_answered_as_before(world):
    await world.rooms.join(world.room.room_id, ["example.org"])
    hub = Hub()
    one, other = (
        Transactions(
            rooms=world.rooms,
            key_ring=world.key_ring,
            leaks=make_leaks(world),
            received=world.received,
            broadcasts=hub.join(),
        )
        for _ in range(2)
    )
    event = world.room.event(world.alice, "m.room.message", {"body": "hi"}, state_key=None)
    bad = {**world.room.event(world.alice, "m.room.message", {"body": "ho"}), "signatures": {}}
    first = await receive(one, event, bad)

    assert await receive(other) == first  # the same transaction ID, and nobody looks into it
    assert await receive(other, origin="bob.example") == {}
    assert await receive(other, txn_id="2") == {}
