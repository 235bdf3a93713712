"""Tests of transactions: room state is followed, and only verified events are used."""

import json
from copy import deepcopy

import pytest

from tests.blackbox import oracle
from tests.blackbox.conftest import ACL_DENIED, TOKEN
from tests.blackbox.fake_room import ACL, MEMBER, POLICY, POWER, THIRD_PARTY_INVITE, now_ts
from tests.blackbox.program import SPAM
from tests.blackbox.test_signers import third_party_invite
from tests.blackbox.wire import assert_error, assert_one_object, assert_refused, assert_signed


@pytest.fixture(scope="module")
def make_own_room(program, make_room, join):
    """Return a maker of protected rooms for tests that change them."""

    def make(version="11"):
        room = make_room(version, program, f"own-{now_ts()}")
        join(program, [room])
        return room

    return make


@pytest.fixture
def own_room(make_own_room):
    return make_own_room()


@pytest.fixture
def push(requester):
    """Return how to push events; it returns what became of each, in order."""

    def push(origin, room, *events):
        response = requester.send(origin, f"txn-{now_ts()}-{id(events)}", list(events))
        assert_one_object(response)
        assert response.status == 200, response.said
        assert set(response.json) == {"pdus"}
        pdus = response.json["pdus"]
        ids = [oracle.event_id_of(room.version, event) for event in events]
        assert set(pdus) <= set(ids), response.said
        return [pdus.get(event_id, {"error": "no word of it"}) for event_id in ids]

    return push


@pytest.mark.parametrize("version", oracle.ROOM_VERSIONS)
def test_messages_are_taken(rooms, version, second, push):
    room = rooms[version]
    event = room.event(second, sender=second.user("bob"))

    assert push(second, room, event) == [{}]


@pytest.mark.parametrize("version", ["1", "6", "12"])
def test_a_new_acl_is_followed(make_own_room, version, first, second, requester, program, push):
    room = make_own_room(version)
    shut = room.add_state(first, ACL, "", {"allow": ["*"], "deny": [second.address]})
    assert push(first, room, shut) == [{}]

    assert_error(requester.ask(room.event(first), second), 403, "M_FORBIDDEN")
    event = room.event(first)
    assert_signed(requester.ask(event, first), room, event, program)

    opened = room.add_state(first, ACL, "", {"allow": ["*"], "deny": []})
    assert push(first, room, opened) == [{}]
    assert_signed(requester.ask(event, second), room, event, program)


def test_an_unauthorised_acl_has_no_effect(own_room, first, second, requester, program, push):
    content = {"allow": ["*"], "deny": [first.address]}
    forged = own_room.event(second, ACL, content, state_key="", sender=second.user("bob"))
    by_stranger = own_room.event(second, ACL, content, state_key="", sender=second.user("nobody"))
    for event in (forged, by_stranger):
        (result,) = push(second, own_room, event)
        assert "error" in result or program.workers > 1

    event = own_room.event(first)
    assert_signed(requester.ask(event, first), own_room, event, program)


def test_unsigned_and_wrongly_signed_news_is_not_believed(
    own_room, first, second, requester, program, push
):
    right = own_room.event(first, ACL, {"allow": [], "deny": ["*"]}, state_key="")
    by_second = oracle.hash_and_sign(
        own_room.version, {**right, "signatures": {}}, second.server_name, second.key
    )
    unsigned = {**right, "signatures": {}}
    forged = deepcopy(right)
    forged["signatures"][first.server_name][first.key.key_id] = "A" * 86
    for event in (by_second, unsigned, forged):
        (result,) = push(second, own_room, event)
        assert "error" in result

    event = own_room.event(first)
    assert_signed(requester.ask(event, first), own_room, event, program)


def test_an_emptied_copy_of_the_acl_shuts_nobody_out(
    own_room, first, second, requester, program, push
):
    """Whoever has seen the room's ACL can send it on without its content.

    Its sender's signature still holds, and an ACL that allows nobody would silence the room.
    """
    standing = own_room.state[ACL, ""]
    news = own_room.add_state(first, ACL, "", {"allow": ["*"], "deny": [ACL_DENIED]})
    for event in (standing, news):
        push(second, own_room, {**event, "content": {}})
        push(second, own_room, oracle.redact(own_room.version, event))

        message = own_room.event(first)
        assert_signed(requester.ask(message, first), own_room, message, program)


def test_an_altered_copy_of_the_acl_changes_nothing(
    own_room, first, second, requester, program, push
):
    news = own_room.add_state(first, ACL, "", {"allow": ["*"], "deny": [ACL_DENIED]})
    push(second, own_room, {**news, "content": {"allow": ["*"], "deny": [first.address]}})

    event = own_room.event(first)
    assert_signed(requester.ask(event, first), own_room, event, program)


def test_an_emptied_copy_of_a_third_party_invite_takes_nothing_back(
    own_room, first, second, requester, program, push
):
    push(second, own_room, {**own_room.state[THIRD_PARTY_INVITE, TOKEN], "content": {}})

    invite = third_party_invite(own_room, first, first.user(), mxid=second.user("guest"))
    assert_signed(requester.ask(invite, first), own_room, invite, program)


def test_old_news_is_no_news(own_room, first, second, denied, requester, push):
    shut = own_room.state[ACL, ""]
    old = own_room.event(first, ACL, {"allow": ["*"]}, state_key="", depth=1)
    push(first, own_room, old)

    assert shut["content"]["deny"]
    assert_error(requester.ask(own_room.event(first), denied), 403, "M_FORBIDDEN")


def test_new_power_levels_are_followed(own_room, first, second, requester, program, push):
    bob = second.user("bob")
    spam = {"users_default": 0, "note": SPAM}
    refused = own_room.event(second, POWER, spam, state_key="", sender=bob)
    assert_refused(requester.ask(refused, second))

    levels = {"users": {bob: 100, **own_room.state[POWER, ""]["content"]["users"]}}
    assert push(first, own_room, own_room.add_state(first, POWER, "", levels)) == [{}]

    allowed = own_room.event(second, POWER, spam, state_key="", sender=bob)
    assert_signed(requester.ask(allowed, second), own_room, allowed, program)
    assert_refused(requester.ask(refused, second))


@pytest.mark.parametrize("membership", ["leave", "ban"])
@pytest.mark.parametrize("version", ["2", "10", "12"])
def test_once_we_are_kicked_the_room_is_not_ours(
    make_own_room, version, membership, first, requester, program, push
):
    room = make_own_room(version)
    content = {"membership": membership, "reason": "thank you"}
    kick = room.event(first, MEMBER, content, state_key=program.user_id)
    assert_signed(requester.ask(kick, first), room, kick, program)

    assert push(first, room, kick) == [{}]

    assert_error(requester.ask(room.event(first), first), 404, "M_NOT_FOUND")
    assert_error(
        requester.ask(room.event(first, content={"body": SPAM}), first), 404, "M_NOT_FOUND"
    )
    # The servers that have not seen the kick yet must take it, or they would ask us for ever.
    assert_signed(requester.ask(kick, first), room, kick, program)


def test_an_unauthorised_kick_has_no_effect(own_room, first, second, requester, program, push):
    content = {"membership": "leave"}
    bob = second.user("bob")
    kick = own_room.event(second, MEMBER, content, state_key=program.user_id, sender=bob)
    ours = own_room.event(second, MEMBER, content, state_key=program.user_id,
                          sender=program.user_id)  # fmt: skip
    for event in (kick, ours):
        (result,) = push(second, own_room, event)
        assert "error" in result or program.workers > 1

    event = own_room.event(first)
    assert_signed(requester.ask(event, first), own_room, event, program)


def test_a_room_that_chooses_another_policy_server_is_served_until_it_lets_us_go(
    own_room, first, requester, program, push
):
    for content in ({"via": "elsewhere.example.org", "public_keys": {"ed25519": "x"}}, {}):
        chosen = own_room.add_state(first, POLICY, "", content)
        assert push(first, own_room, chosen) == [{}]
        event = own_room.event(first)
        assert_signed(requester.ask(event, first), own_room, event, program)


def test_a_transaction_that_comes_again_gets_the_same_answer(own_room, first, second, requester):
    event = own_room.event(first)
    one = requester.send(first, "again", [event])
    again = requester.send(first, "again", [event])
    by_another = requester.send(second, "again", [])

    assert one.status == 200
    assert again.body == one.body
    assert by_another.json == {"pdus": {}}


def test_events_of_rooms_that_we_are_not_in_are_not_taken(own_room, first, requester):
    event = own_room.event(first, add={"room_id": "!elsewhere:example.org"})
    response = requester.send(first, f"elsewhere-{now_ts()}", [event])

    assert response.status == 200
    (result,) = response.json["pdus"].values()
    assert "error" in result


def test_a_server_that_the_acl_shuts_out_pushes_nothing(own_room, first, denied, push):
    (result,) = push(denied, own_room, own_room.event(first))

    assert "error" in result


def test_one_bad_event_does_not_spoil_the_others(own_room, first, second, push):
    good = own_room.event(first)
    bad = {**own_room.event(first), "signatures": {}}

    results = push(first, own_room, bad, good)

    assert "error" in results[0]
    assert results[1] == {}


@pytest.mark.parametrize(
    "pdus", [[None], [1], ["x"], [[]], [{}], [{"type": 1}], [{"room_id": "!x:y"}] * 50]
)
def test_invalid_pdus_are_harmless(first, requester, pdus):
    response = requester.send(first, f"odd-{now_ts()}", pdus)

    assert_one_object(response)
    assert response.status == 200


@pytest.mark.parametrize(
    "changed", [{"pdus": {}}, {"pdus": [{}] * 51}, {"edus": [{}] * 101}, {"edus": "x"}]
)
def test_a_transaction_has_its_bounds(first, requester, changed):
    pdus = changed.pop("pdus") if "pdus" in changed else []
    response = requester.send(first, f"bounds-{now_ts()}", pdus, **changed)

    assert_error(response, 400, "M_BAD_JSON")


def test_ephemeral_events_are_passed_over(first, requester):
    edus = [{"edu_type": "m.typing", "content": {}}, {"edu_type": "m.presence"}, 7, None]
    response = requester.send(first, f"edus-{now_ts()}", [], edus=edus)

    assert (response.status, response.json) == (200, {"pdus": {}})


def test_a_transaction_needs_a_signature(requester):
    response = requester.request("PUT", "/_matrix/federation/v1/send/1", {"pdus": []})

    assert_error(response, 401, "M_UNAUTHORIZED")


SEND = "/_matrix/federation/v1/send"
LARGE = {str(number): number for number in range(4_000)}


def large_events(room, server):
    return [
        room.event(server, content={"msgtype": "m.text", "body": str(number), "x": LARGE})
        for number in range(50)
    ]


def test_fifty_large_events_are_taken_however_they_are_spelled(modern, first, requester):
    content = {"origin": first.server_name, "origin_server_ts": 1, "edus": [{"edu_type": "m.x"}]}
    content["pdus"] = large_events(modern, first)
    # Neither sorted nor compact, and text that could be written shorter: signed is its meaning.
    body = json.dumps(dict(reversed(content.items())), indent=1).replace("m.text", "m.\\u0074ext")

    answer = requester.request("PUT", f"{SEND}/spelled", content, origin=first, body=body.encode())

    assert answer.status == 200, answer.said
    assert answer.json["pdus"] == {modern.id_of(event): {} for event in content["pdus"]}


@pytest.mark.parametrize(
    ("old", "new", "status", "errcode"),
    [
        (b'"body":"7"', b'"body":"8"', 401, "M_UNAUTHORIZED"),
        (b'"body":"7"', b'"body":"7","body":"7"', 400, "M_BAD_JSON"),
        (b'"body":"7"', b'"body":7.', 400, "M_NOT_JSON"),
        (b'"body":"7"', b'"body":' + b"[" * 101 + b"]" * 101, 400, "M_BAD_JSON"),
        (b'"pdus":[', b'"pdus":[],"pdus":[', 400, "M_BAD_JSON"),
        (b'"pdus":[', b'"other":"' + b"x" * 300_000 + b'","pdus":[', 400, "M_BAD_JSON"),
        (b'"pdus":[', b'"pdus":7,"other":[', 400, "M_BAD_JSON"),
        (b'"pdus":[', b'"pdus":[' + b"{}," * 51, 400, "M_BAD_JSON"),
    ],
)
def test_a_long_transaction_is_refused_whole_for_one_fault(
    modern, first, requester, old, new, status, errcode
):
    content = {"pdus": large_events(modern, first)}
    body = oracle.canonical(content).replace(old, new, 1)

    answer = requester.request("PUT", f"{SEND}/fault", content, origin=first, body=body)

    assert_error(answer, status, errcode)


def test_a_long_body_under_an_unknown_key_is_not_even_read(first, requester):
    header = first.header(requester.server_name, "ed25519:unknown", "A" * 86)
    sent = {"Authorization": header, "Content-Type": "application/json"}

    answer = requester.connection.request("PUT", f"{SEND}/unread", b"<" * 500_000, sent)

    # To be told that it is no JSON, somebody would have had to look.
    assert_error(answer, 401, "M_UNAUTHORIZED")
