"""Tests of joins through lying servers: they fail with a reason; only our membership is signed."""

import json
from copy import deepcopy
from urllib.parse import parse_qs, quote

import pytest
from examples.demo.loopback import wait_until
from examples.demo.policy_server import CommandFailedError

from tests.blackbox import oracle
from tests.blackbox.fake_room import CREATE, MEMBER, FakeRoom
from tests.blackbox.wire import assert_error, assert_signed

MAKE_JOIN, SEND_JOIN = "/_matrix/federation/v1/make_join", "/_matrix/federation/v2/send_join"


@pytest.fixture
def liar(make_homeserver):
    return make_homeserver()


@pytest.fixture(params=["10", "12"], ids="v{}".format)
def trap(request, liar):
    """A room on a server that is about to lie about it."""
    return liar.host(FakeRoom(request.param, liar, "trap"))


def server_key_of(program):
    document = program.get("/_matrix/key/v2/server")
    ((key_id, entry),) = document["verify_keys"].items()
    return key_id, entry["key"]


def assert_only_own_membership_was_signed(program, liar, room):
    """Whatever we sent is our own user's membership of this room, and has nothing else in it."""
    for request in liar.received:
        if request.method != "PUT":
            continue
        event = request.json
        assert event["type"] == MEMBER
        assert event["sender"] == event["state_key"] == program.user_id
        assert event["room_id"] == room.room_id
        assert event["content"]["membership"] in ("join", "leave")
        allowed = {"membership", "displayname", "avatar_url", "join_authorised_via_users_server"}
        assert set(event["content"]) <= allowed
        assert set(event) <= {
            "auth_events", "content", "depth", "event_id", "hashes", "origin", "origin_server_ts",
            "prev_events", "room_id", "sender", "signatures", "state_key", "type", "unsigned",
        }  # fmt: skip
        assert set(event["signatures"]) == {program.server_name}


def assert_join_fails(program, requester, liar, room):
    with pytest.raises(CommandFailedError) as caught:
        program.join(room.room_id, liar.server_name)
    words = str(caught.value)
    assert "Traceback" not in words
    assert liar.server_name in words.replace("\n", "")
    assert_only_own_membership_was_signed(program, liar, room)
    event = room.event(liar)
    if program.workers > 1:  # the one that is asked hears a moment later that the join is over
        wait_until(lambda: requester.ask(event, liar).status != 503, "the join is over")
    assert_error(requester.ask(event, liar), 404, "M_NOT_FOUND")


def in_template(**changed):
    def lie(status, answer):
        return status, {**answer, "event": {**answer["event"], **changed}}

    return lie


def in_template_content(**changed):
    def lie(status, answer):
        event = answer["event"]
        return status, {**answer, "event": {**event, "content": {**event["content"], **changed}}}

    return lie


def instead(status, answer):
    return lambda *_: (status, answer)


TEMPLATES = {
    "of a message": in_template(type="m.room.message"),
    "of power levels": in_template(type="m.room.power_levels", state_key=""),
    "of another's membership": in_template(state_key="@alice:example.org"),
    "by another sender": in_template(sender="@alice:example.org"),
    "of another room": in_template(room_id="!other:example.org"),
    "of a ban": in_template_content(membership="ban"),
    "of a leave": in_template_content(membership="leave"),
    "without content": in_template(content=None),
    "with a depth that is no number": in_template(depth="1"),
    "with a negative depth": in_template(depth=-1),
    "with a depth beyond all bounds": in_template(depth=2**63),
    "with too many previous events": in_template(prev_events=["$" + "a" * 43] * 21),
    "with nonsense for auth events": in_template(auth_events=[{"method": "GET"}]),
    "with auth events that are no list": in_template(auth_events={}),
    "authorised by somebody elsewhere": in_template_content(
        join_authorised_via_users_server="@a:elsewhere.example.org"
    ),
    "that is a list": lambda status, answer: (status, {**answer, "event": [answer["event"]]}),
    "that is missing": lambda status, answer: (status, {"room_version": answer["room_version"]}),
    "of an unknown version": lambda status, answer: (status, {**answer, "room_version": "13"}),
    "of an unstable version": lambda s, answer: (s, {**answer, "room_version": "org.x.hydra"}),
    "of a version that is a number": lambda s, answer: (s, {**answer, "room_version": 10}),
    "of another version": lambda s, answer: (s, {**answer, "room_version": "9"}),
    "without a version": lambda s, answer: (s, {"event": answer["event"]}),
    "that is no JSON": instead(200, b"<html>"),
    "that is a JSON list": instead(200, []),
    "forbidden": instead(403, {"errcode": "M_FORBIDDEN", "error": "not invited"}),
    "broken": instead(500, {"errcode": "M_UNKNOWN", "error": "oh"}),
    "refused in HTML": instead(404, b"<html>"),
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_a_template_that_lies_ends_the_join(program, requester, liar, trap, kind):
    liar.lies[MAKE_JOIN] = TEMPLATES[kind]

    assert_join_fails(program, requester, liar, trap)


def in_state(change):
    """Lie about the state: `change` gets a copy of the list, with the create event first."""

    def lie(status, answer):
        if "state" not in answer:
            return status, answer
        state = deepcopy(answer["state"])
        return status, {**answer, "state": change(state) or state}

    return lie


def _with_other_create(state):
    other = deepcopy(state[0])
    other["content"]["room_version"] = "6"
    state[0] = other


def _with_second_create(state):
    other = deepcopy(state[0])
    other["content"]["x"] = 1
    state.append(other)


def _with_unsigned_create(state):
    state[0]["signatures"] = {}


def _with_forged_create(state):
    for by_key in state[0]["signatures"].values():
        by_key["ed25519:paper"] = "A" * 86


def _with_create_of_another_room(state):
    state[0]["room_id"] = "!other:example.org"


def _with_create_state_key(state):
    state[0]["state_key"] = "x"


def _without_create(state):
    del state[0]


def _with_event_of_another_room(state):
    state.append({**deepcopy(state[-1]), "room_id": "!other:example.org"})


def _with_a_number(state):
    state.append(7)


def _emptied(state):
    return ["not", "events"]


STATES = {
    "another version in the create event": in_state(_with_other_create),
    "two create events": in_state(_with_second_create),
    "a create event twice": in_state(lambda state: state + state[:1]),
    "no signature on the create event": in_state(_with_unsigned_create),
    "a forged create event": in_state(_with_forged_create),
    "another room's create event": in_state(_with_create_of_another_room),
    "a create event with a state key": in_state(_with_create_state_key),
    "no create event": in_state(_without_create),
    "another room's event": in_state(_with_event_of_another_room),
    "a number among the events": in_state(_with_a_number),
    "no events": in_state(_emptied),
    "no list": lambda status, answer: (status, {**answer, "state": {}}),
    "no state": lambda status, answer: (status, {"event": answer["event"]}),
    "members left out": lambda status, answer: (status, {**answer, "members_omitted": True}),
    "another event than ours": lambda status, answer: (
        status,
        {**answer, "event": answer["state"][-1]},
    ),
    "forbidden": instead(403, {"errcode": "M_FORBIDDEN", "error": "no"}),
    "broken": instead(500, b""),
    "no JSON": instead(200, b"<html>"),
}


@pytest.mark.parametrize("kind", STATES)
def test_a_state_that_lies_ends_the_join(program, requester, liar, trap, kind):
    liar.lies[SEND_JOIN] = STATES[kind]

    assert_join_fails(program, requester, liar, trap)


@pytest.mark.parametrize("version", ["1", "6", "9", "10"])
def test_a_redacted_create_event_does_not_make_a_room_an_old_one(program, requester, liar, version):
    # Redaction took the version out of older create events, which then look like version 1.
    room = liar.host(FakeRoom(version, liar, "redacted", create_content={"x": 1}))

    def redact(state):
        state[0] = oracle.redact(version, state[0])

    liar.lies[SEND_JOIN] = in_state(redact)
    liar.lies[MAKE_JOIN] = lambda status, answer: (status, {**answer, "room_version": "1"})

    if version != "1":
        liar.lies[MAKE_JOIN] = lambda status, answer: (status, {**answer, "room_version": version})
    assert_join_fails(program, requester, liar, room)


def test_nothing_else_of_a_template_is_signed(program, requester, liar, trap):
    liar.lies[MAKE_JOIN] = lambda status, answer: (
        status,
        {
            **answer,
            "event": {
                **answer["event"],
                "method": "GET",
                "uri": "/_matrix/federation/v1/send/1",
                "redacts": "$x",
                "origin_server_ts": 1,
                "hashes": {"sha256": "x"},
                "signatures": {"x": {"ed25519:1": "x"}},
                "content": {
                    "membership": "join",
                    "displayname": "cheap watches",
                    "third_party_invite": {},
                    "org.example.x": 1,
                },
            },
        },
    )

    program.join(trap.room_id, liar.server_name)

    assert_only_own_membership_was_signed(program, liar, trap)
    joined = trap.state[MEMBER, program.user_id]
    assert joined["content"].get("displayname") != "cheap watches"
    assert joined["origin_server_ts"] > 1
    event = trap.event(liar)
    assert_signed(requester.ask(event, liar), trap, event, program)


def test_our_join_is_an_event_as_any_homeservers(program, room):
    key_id, key = server_key_of(program)
    event = room.state[MEMBER, program.user_id]

    assert event["hashes"]["sha256"] == oracle.content_hash(event)
    signature = event["signatures"][program.server_name][key_id]
    assert oracle.signature_verifies(
        room.version, event, program.server_name, key_id, signature, key
    )


def test_we_say_that_we_know_all_versions(rooms, first, program):
    targets = [request.target.partition("?") for request in first.requests_to("make_join")]
    ours = [query for path, _, query in targets if path.endswith(quote(program.user_id, safe=""))]
    assert len(ours) >= len(rooms)
    assert all(parse_qs(query)["ver"] == list(oracle.ROOM_VERSIONS) for query in ours)


def test_our_requests_are_signed(program, rooms, first):
    key_id, key = server_key_of(program)
    requests = [request for request in first.received if "_join/" in request.target]
    assert requests
    for request in requests:
        scheme, _, parameters = request.authorization.partition(" ")
        given = dict(part.split("=", 1) for part in parameters.split(","))
        given = {name: value.strip('"') for name, value in given.items()}
        assert scheme == "X-Matrix"
        if given["origin"] != program.server_name:
            continue
        assert given["destination"] == first.server_name
        signed = {
            "method": request.method,
            "uri": request.target,
            "origin": given["origin"],
            "destination": first.server_name,
            "signatures": {given["origin"]: {given["key"]: given["sig"]}},
        }
        if request.body:
            signed["content"] = json.loads(request.body)
        assert given["key"] == key_id
        assert oracle.json_signature_verifies(signed, program.server_name, key_id, key)


@pytest.mark.parametrize("version", [v for v in oracle.ROOM_VERSIONS if int(v) >= 8])
def test_a_restricted_room_lets_us_in_by_the_word_of_one_of_its_users(
    program, requester, liar, version
):
    room = liar.host(FakeRoom(version, liar, "restricted"))
    liar.lies[MAKE_JOIN] = in_template_content(join_authorised_via_users_server=liar.user())
    liar.lies[SEND_JOIN] = lambda status, answer: (
        status,
        {
            **answer,
            "event": oracle.add_signature(version, answer["event"], liar.server_name, liar.key),
        },
    )

    program.join(room.room_id, liar.server_name)

    joined = room.state[MEMBER, program.user_id]
    assert joined["content"]["join_authorised_via_users_server"] == liar.user()
    event = room.event(liar)
    assert_signed(requester.ask(event, liar), room, event, program)


def test_a_second_server_is_asked_when_the_first_lies(program, requester, liar, first):
    room = first.host(FakeRoom("11", first, "second-try"))
    liar.lies["/_matrix/federation"] = instead(200, {"event": {}})
    program.run(
        "rooms", "join", room.room_id, "--via", liar.server_name, "--via", first.server_name
    )

    event = room.event(first)
    assert_signed(requester.ask(event, first), room, event, program)


def test_forged_members_do_not_count(program, requester, liar, second):
    # A server's word does not make it a member: its keys would then be fetched like a friend's.
    room = FakeRoom("11", liar, "forged")
    forged = room.event(liar, MEMBER, {"membership": "join"}, state_key=second.user("bob"),
                        sender=second.user("bob"))  # fmt: skip
    liar.host(room)
    liar.lies[SEND_JOIN] = in_state(lambda state: [*state, forged])

    program.join(room.room_id, liar.server_name)

    listed = json.loads(program.run("rooms", "list", "--json"))
    (listed,) = [one for one in listed if one["room_id"] == room.room_id]
    assert listed["joined_members"] == 2
    assert CREATE in {key[0] for key in room.state}
