"""Tests of signing in all room versions: one server name, one key ID, a valid signature."""

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import CREATE, MEMBER, MESSAGE, POLICY, POWER
from tests.blackbox.wire import UNSTABLE_SIGN, assert_signed

EVENT_ID = "$" + "a" * 43

MESSAGES = {
    "text": (MESSAGE, {"msgtype": "m.text", "body": "fine weather"}),
    "formatted text": (
        MESSAGE,
        {
            "msgtype": "m.text",
            "body": "fine",
            "format": "org.matrix.custom.html",
            "formatted_body": "<b>fine</b>",
        },
    ),
    "edit": (
        MESSAGE,
        {
            "msgtype": "m.text",
            "body": "* finer",
            "m.new_content": {"msgtype": "m.text", "body": "finer"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": EVENT_ID},
        },
    ),
    "thread reply": (
        MESSAGE,
        {
            "msgtype": "m.text",
            "body": "and so on",
            "m.relates_to": {
                "rel_type": "m.thread",
                "event_id": EVENT_ID,
                "is_falling_back": True,
                "m.in_reply_to": {"event_id": EVENT_ID},
            },
        },
    ),
    "image": (
        MESSAGE,
        {
            "msgtype": "m.image",
            "body": "a cat.png",
            "url": "mxc://example.org/abc",
            "info": {"w": 3, "h": 4, "size": 12_345, "mimetype": "image/png"},
        },
    ),
    "reaction": (
        "m.reaction",
        {"m.relates_to": {"rel_type": "m.annotation", "event_id": EVENT_ID, "key": "👍"}},
    ),
    "sticker": ("m.sticker", {"body": "a hat", "url": "mxc://example.org/hat", "info": {}}),
    "poll": (
        "m.poll.start",
        {
            "m.poll": {
                "question": {"m.text": [{"body": "Tea?"}]},
                "answers": [{"m.id": "1", "m.text": [{"body": "Yes"}]}],
            }
        },
    ),
    "encrypted": (
        "m.room.encrypted",
        {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": "AwgA" + "x" * 400,
            "session_id": "s",
            "device_id": "D",
        },
    ),
    "custom type": ("org.example.whatever", {"a": [1, {"b": None}, True], "": {"": ""}}),
    "empty content": (MESSAGE, {}),
    "empty type": ("", {"body": "a type may be empty"}),
    "emote in other scripts": (
        MESSAGE,
        {
            "msgtype": "m.emote",
            "body": "天气好 \U0001d49c😀 \u202e e\u0301 \u00e9 \u2028\u2029\x7f",
        },
    ),
    "control characters": (MESSAGE, {"msgtype": "m.text", "body": '\x00\x01\x1f\t\n\r"\\/'}),
    "keys that sort in surprising ways": (
        MESSAGE,
        {"\U0001f600": 1, "\uff01": 2, "é": 3, "z": 4, "Z": 5, "10": 6, "9": 7, "": 8},
    ),
    "keys that mean something to some languages": (
        MESSAGE,
        {"__proto__": {"x": 1}, "constructor": 1, "__class__": "{0.__class__}", "toString": None},
    ),
    "integers at the edges": (
        MESSAGE,
        {"most": 2**53 - 1, "least": -(2**53) + 1, "zero": 0, "minus": -1},
    ),
    "mentions": (MESSAGE, {"msgtype": "m.text", "body": "hi", "m.mentions": {"room": True}}),
    "misshapen content": (
        MESSAGE,
        {"msgtype": 7, "body": {"x": []}, "m.relates_to": [], "m.new_content": "no"},
    ),
    "call": ("m.call.invite", {"call_id": "1", "version": "1", "offer": {"sdp": "v=0"}}),
    "message of the type m.room.policy": (POLICY, {"via": "elsewhere.example.org"}),
}

STATE = {
    "name": ("m.room.name", "", {"name": "The green"}),
    "topic": ("m.room.topic", "", {"topic": "weather"}),
    "avatar": ("m.room.avatar", "", {"url": "mxc://example.org/a"}),
    "pins": ("m.room.pinned_events", "", {"pinned": [EVENT_ID]}),
    "alias": ("m.room.canonical_alias", "", {"alias": "#a:example.org"}),
    "history visibility": ("m.room.history_visibility", "", {"history_visibility": "shared"}),
    "guest access": ("m.room.guest_access", "", {"guest_access": "can_join"}),
    "join rules": ("m.room.join_rules", "", {"join_rule": "invite"}),
    "encryption": ("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"}),
    "power levels": (POWER, "", {"users_default": 0, "ban": 50, "events": {"m.room.name": 50}}),
    "ACL": ("m.room.server_acl", "", {"allow": ["*"], "deny": ["evil.example.org"]}),
    "tombstone": ("m.room.tombstone", "", {"body": "moved", "replacement_room": "!b:example.org"}),
    "space child": ("m.space.child", "!b:example.org", {"via": ["example.org"]}),
    "custom state": ("org.example.state", "ключ 🔑", {"x": 1}),
    "the room's choice of a policy server": (POLICY, "", {"via": "elsewhere.example.org"}),
    "the room's choice of none": (POLICY, "", {}),
    "the choice before it was stable": ("org.matrix.msc4284.policy", "", {"via": "a.example.org"}),
    "m.room.policy with a state key": (POLICY, "x", {"via": "elsewhere.example.org"}),
}

HISTORICAL_LOCALPARTS = (
    "",
    "UPPER",
    "sp ace",
    "a!$&'()*+,;=~",
    "ünï©ode-用户",
    "\x01",
    "@",
    "a/b#",
)


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_is_signed(room, first, program, requester, kind):
    event_type, content = MESSAGES[kind]
    event = room.event(first, event_type, content)

    assert_signed(requester.ask(event, first), room, event, program)


@pytest.mark.parametrize("kind", STATE)
def test_state_is_signed(room, first, program, requester, kind):
    event_type, state_key, content = STATE[kind]
    event = room.event(first, event_type, content, state_key=state_key)

    assert_signed(requester.ask(event, first), room, event, program)


def _members(room, first, second):
    """Return permitted changes of membership: sender's server, sender, target, content."""
    alice, bob, newcomer = first.user(), second.user("bob"), second.user("newcomer")
    ours = {"membership": "join", "displayname": "Alice", "avatar_url": "mxc://example.org/a"}
    return {
        "join": (second, newcomer, newcomer, {"membership": "join"}),
        "profile": (first, alice, alice, ours),
        "leave": (second, bob, bob, {"membership": "leave", "reason": "bye"}),
        "invite of another server's user": (first, alice, newcomer, {"membership": "invite"}),
        "invite of one's own": (first, alice, first.user("dora"), {"membership": "invite"}),
        "kick": (first, alice, bob, {"membership": "leave", "reason": "out"}),
        "ban": (first, alice, bob, {"membership": "ban"}),
        "unban": (first, alice, newcomer, {"membership": "leave"}),
        "knock": (second, newcomer, newcomer, {"membership": "knock"}),
        "a membership that nobody knows": (second, bob, bob, {"membership": "hover"}),
        "no membership": (second, bob, bob, {}),
    }


@pytest.mark.parametrize("kind", _members(None, *[type("", (), {"user": str})] * 2))
def test_a_membership_is_signed(room, first, second, program, requester, kind):
    server, sender, target, content = _members(room, first, second)[kind]
    event = room.event(server, MEMBER, content, sender=sender, state_key=target)

    assert_signed(requester.ask(event, server), room, event, program)


def test_a_kick_and_a_ban_of_our_own_user_are_signed(room, first, program, requester):
    for membership in ("leave", "ban"):
        content = {"membership": membership, "reason": "cheap watches"}
        event = room.event(first, MEMBER, content, state_key=program.user_id)
        assert_signed(requester.ask(event, first), room, event, program)


def test_our_own_membership_is_signed_when_others_ask(room, second, program, requester):
    event = room.state[MEMBER, program.user_id]

    assert_signed(requester.ask(event, second), room, event, program)


def test_a_redaction_is_signed_wherever_its_version_puts_what_it_redacts(
    room, first, program, requester
):
    target = oracle.event_id_of(room.version, room.create_event)
    for event in (
        room.event(first, "m.room.redaction", {"reason": "why"}, add={"redacts": target}),
        room.event(first, "m.room.redaction", {"reason": "why", "redacts": target}),
        room.event(first, "m.room.redaction", {}),
    ):
        assert_signed(requester.ask(event, first), room, event, program)


def test_all_of_the_rooms_own_state_is_signed(room, second, program, requester):
    # Also the create event, which since version 12 says in no other way which room it made.
    assert (("room_id" in room.create_event), room.is_v12) in ((True, False), (False, True))
    for event in room.state.values():
        assert_signed(requester.ask(event, second), room, event, program)
    assert room.create_event["type"] == CREATE


@pytest.mark.parametrize("localpart", HISTORICAL_LOCALPARTS)
def test_historical_user_ids_are_users(room, first, program, requester, localpart):
    event = room.event(first, sender=first.user(localpart))

    assert_signed(requester.ask(event, first), room, event, program)


def test_restricted_joins_are_signed_with_and_without_the_authorising_servers_signature(
    room, first, second, program, requester
):
    user = second.user("restricted")
    content = {"membership": "join", "join_authorised_via_users_server": first.user()}
    absent = room.event(second, MEMBER, content, sender=user, state_key=user)
    present = oracle.add_signature(room.version, absent, first.server_name, first.key)

    assert_signed(requester.ask(absent, second), room, absent, program)
    assert_signed(requester.ask(present, second), room, present, program)


def test_any_member_server_may_ask(room, first, second, third, program, requester):
    event = room.event(first)
    signatures = {
        assert_signed(requester.ask(event, server), room, event, program)
        for server in (third, second, first)
    }

    assert len(signatures) == 1


def test_the_endpoint_from_before_it_was_stable_signs_too(room, first, program, requester):
    event = room.event(first)

    assert_signed(requester.ask(event, first, path=UNSTABLE_SIGN), room, event, program)


def test_unsigned_parts_make_no_difference(room, first, program, requester):
    event = room.event(first)
    signature = assert_signed(requester.ask(event, first), room, event, program)

    for unsigned in (
        {},
        {"age_ts": 1},
        {"age": 5, "prev_content": {"body": "cheap watches"}},
        {"long": "x" * 100_000},
    ):
        again = {**event, "unsigned": unsigned}
        assert assert_signed(requester.ask(again, first), room, event, program) == signature


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": "elsewhere.example.org"},
        {"membership": "join", "prev_state": []},
        {"org.example.more": {"x": [1, 2]}},
        {"prev_sender": "@a:example.org", "replaces_state": EVENT_ID},
        {"redacts": EVENT_ID},
    ],
    ids=lambda fields: "+".join(fields),
)
def test_further_top_level_fields_are_hashed_and_redacted_by_version(
    room, first, program, requester, fields
):
    event = room.event(first, add=fields)

    assert_signed(requester.ask(event, first), room, event, program)


def test_the_hash_may_be_padded(room, first, program, requester):
    event = room.unsigned_event(first)
    event["hashes"] = {"sha256": oracle.content_hash(event) + "="}
    event["signatures"] = {}
    event = oracle.add_signature(room.version, event, first.server_name, first.key)

    assert_signed(requester.ask(event, first), room, event, program)


def test_hashes_of_other_kinds_beside_it_do_not_matter(room, first, program, requester):
    event = room.unsigned_event(first)
    event["hashes"] = {"sha256": oracle.content_hash(event), "sha512": "whatever"}
    event["signatures"] = {}
    event = oracle.add_signature(room.version, event, first.server_name, first.key)

    assert_signed(requester.ask(event, first), room, event, program)


@pytest.mark.parametrize("version", oracle.OLD_JSON)
@pytest.mark.parametrize(
    "number", [0.5, -1.25, 1e10, 1.0, 2**53, -(2**60), 2**63, 10**19, 1e300, 5e-324, 0.1 + 0.2]
)
def test_early_versions_allow_any_number(rooms, version, first, program, requester, number):
    room = rooms[version]
    event = room.event(first, content={"body": "n", "number": number})

    assert_signed(requester.ask(event, first), room, event, program)


def test_fields_may_be_255_bytes_long(room, first, program, requester):
    host = f":{first.server_name}"
    sender = "@" + "a" * (254 - len(host)) + host
    event = room.event(first, "x" + "é" * 127, state_key="😀" * 63 + "abc", sender=sender)

    assert_signed(requester.ask(event, first), room, event, program)


def test_twenty_previous_and_ten_auth_events_are_the_most(room, first, program, requester):
    references = [room.some_reference(number) for number in range(20)]
    event = room.event(first, prev_events=references, auth_events=references[:10])

    assert_signed(requester.ask(event, first), room, event, program)


@pytest.mark.parametrize("ts", [0, 1, 1_400_000_000_000])
def test_history_is_signed_too(room, first, program, requester, ts):
    event = room.event(first, origin_server_ts=ts, depth=0)

    assert_signed(requester.ask(event, first), room, event, program)


def test_the_depth_is_capped_by_version(room, first, program, requester):
    most = 2**63 - 1 if room.version in oracle.OLD_JSON else 2**53 - 1
    event = room.event(first, depth=most)

    assert_signed(requester.ask(event, first), room, event, program)


def test_the_largest_event_is_signed(room, first, program, requester):
    event = event_of_size(room, first, program, 65_536)

    assert_signed(requester.ask(event, first), room, event, program)


def event_of_size(room, server, program, size_bytes):
    """Return an event that is so large with the policy server's signature on it."""

    def with_body(length):
        return room.event(
            server,
            content={"msgtype": "m.text", "body": "x" * length},
            depth=1000,
            origin_server_ts=1_750_000_000_000,
            **({"event_id": f"$size:{server.server_name}"} if "event_id" in small else {}),
        )

    small = room.event(server)
    signature = {program.server_name: {"ed25519:policy_server": "x" * 86}}
    empty = with_body(0)
    signed = {**empty, "signatures": {**empty["signatures"], **signature}}
    return with_body(size_bytes - len(oracle.canonical(signed)))
