"""Tests of the signatures that an event needs, checked against its sender's server's keys."""

import pytest

from tests.blackbox import oracle
from tests.blackbox.conftest import IDENTITY_KEY, IDENTITY_SERVER, TOKEN
from tests.blackbox.fake_homeserver import DAY_MS
from tests.blackbox.fake_room import MEMBER, now_ts
from tests.blackbox.wire import assert_error, assert_refused, assert_signed

VERSION_WITH_KEY_VALIDITY = 5
VERSION_WITH_RESTRICTED_JOINS = 8


@pytest.fixture(scope="module")
def keeper(make_homeserver):
    """A homeserver with a second key, and two that it no longer uses."""
    server = make_homeserver()
    server.second_key = oracle.Key(server.server_name, "second")
    server.old_key = oracle.Key(server.server_name, "old")
    server.more_keys = [server.second_key]
    server.old_keys = [(server.old_key, now_ts() - DAY_MS)]
    return server


def signed_by(room, event, *signers):
    """Return the event with no other signatures than those of pairs of name and key."""
    event = {**event, "signatures": {}}
    for name, key in signers:
        event = oracle.add_signature(room.version, event, name, key)
    return event


def test_one_of_the_servers_keys_is_enough(room, keeper, program, requester):
    event = room.event(keeper)
    event = signed_by(room, event, (keeper.server_name, keeper.second_key))

    assert_signed(requester.ask(event, keeper), room, event, program)


def test_two_right_signatures_are_as_good_as_one(room, keeper, program, requester):
    event = room.event(keeper)
    both = oracle.add_signature(room.version, event, keeper.server_name, keeper.second_key)

    assert_signed(requester.ask(both, keeper), room, event, program)


@pytest.mark.parametrize("wrong", ["paper", "second"])
def test_every_signature_by_a_known_key_must_be_right(room, keeper, program, requester, wrong):
    event = room.event(keeper)
    both = oracle.add_signature(room.version, event, keeper.server_name, keeper.second_key)
    right = both["signatures"][keeper.server_name]
    both["signatures"] = {keeper.server_name: {**right, f"ed25519:{wrong}": "A" * 86}}

    assert_refused(requester.ask(both, keeper))
    assert_signed(requester.ask(event, keeper), room, event, program)


@pytest.mark.parametrize(
    "key_id",
    ["ed25519:nobody_knows", "rsa:paper", "ed25519:policy_server", "curve25519:paper", "nonsense"],
)
@pytest.mark.parametrize("signature", ["A" * 86, "not base64 at all!", ""])
def test_a_signature_by_an_unknown_key_beside_a_right_one_is_passed_over(
    modern, keeper, program, requester, key_id, signature
):
    event = modern.event(keeper)
    event["signatures"][keeper.server_name][key_id] = signature

    assert_signed(requester.ask(event, keeper), modern, event, program)


def test_a_policy_servers_key_signs_no_event_for_a_homeserver(room, keeper, requester):
    key = oracle.Key(keeper.server_name, "policy_server")
    keeper.more_keys.append(key)
    try:
        event = signed_by(room, room.event(keeper), (keeper.server_name, key))
        assert_refused(requester.ask(event, keeper))
    finally:
        keeper.more_keys.remove(key)


def test_an_old_key_signs_old_events(room, keeper, program, requester):
    event = room.event(keeper, origin_server_ts=now_ts() - 2 * DAY_MS)
    event = signed_by(room, event, (keeper.server_name, keeper.old_key))

    assert_signed(requester.ask(event, keeper), room, event, program)


@pytest.mark.parametrize("version", [v for v in oracle.ROOM_VERSIONS if v not in "1234"])
def test_an_old_key_signs_no_new_events(rooms, version, keeper, requester):
    room = rooms[version]
    event = signed_by(room, room.event(keeper), (keeper.server_name, keeper.old_key))

    assert_refused(requester.ask(event, keeper))


def test_another_server_cannot_sign_for_the_sender(room, first, second, requester):
    event = room.event(first)
    for signers in (
        [(second.server_name, second.key)],
        [(first.server_name, second.key)],
        [(first.server_name, second.key), (second.server_name, second.key)],
        [(first.server_name.upper() + ".", first.key)],
        [(first.address, first.key)],
    ):
        assert_refused(requester.ask(signed_by(room, event, *signers), second))


def test_other_servers_signatures_beside_the_senders_do_not_matter(
    room, first, second, program, requester
):
    event = room.event(first)
    for name, by_key in (
        (second.server_name, {second.key.key_id: "A" * 86}),
        ("elsewhere.example.org", {"ed25519:1": "A" * 86}),
        ("", {"": ""}),
    ):
        more = {**event, "signatures": {**event["signatures"], name: by_key}}
        assert_signed(requester.ask(more, first), room, event, program)


def test_an_event_of_our_own_user_needs_our_own_server_key(room, first, program, requester):
    event = room.event(first, sender=program.user_id)
    theirs = event["signatures"][first.server_name]
    for signatures in (
        {first.server_name: theirs},
        {program.server_name: theirs},
        {program.server_name: {"ed25519:policy_server": "A" * 86}},
    ):
        assert_refused(requester.ask({**event, "signatures": signatures}, first))


def test_our_policy_signature_does_not_make_an_event_our_own(room, first, program, requester):
    ours = room.event(first)
    signature = assert_signed(requester.ask(ours, first), room, ours, program)
    event = room.event(first, sender=program.user_id)
    event["signatures"] = {program.server_name: {"ed25519:policy_server": signature}}

    assert_refused(requester.ask(event, first))


def test_the_carried_policy_signature_is_no_hindrance(room, first, program, requester):
    event = room.event(first)
    signature = assert_signed(requester.ask(event, first), room, event, program)
    for carried in (signature, "A" * 86, "", "!"):
        ours = {program.server_name: {"ed25519:policy_server": carried}}
        again = {**event, "signatures": {**event["signatures"], **ours}}
        assert assert_signed(requester.ask(again, first), room, event, program) == signature


def test_a_forged_policy_signature_is_no_pass(room, first, program, requester):
    event = room.event(first, content={"body": "cheap watches"})
    for carried in ("A" * 86, "", "!"):
        ours = {program.server_name: {"ed25519:policy_server": carried}}
        assert_refused(
            requester.ask({**event, "signatures": {**event["signatures"], **ours}}, first)
        )


def test_more_than_eight_signatures_by_one_server_are_too_many(modern, first, program, requester):
    event = modern.event(first)
    by_key = event["signatures"][first.server_name]
    event["signatures"][first.server_name] = {
        **by_key,
        **{f"ed25519:{number}": "A" * 86 for number in range(8)},
    }

    assert_error(requester.ask(event, first), 400, "M_BAD_JSON", "M_FORBIDDEN")


@pytest.mark.parametrize("version", oracle.SENDER_CHOSEN_IDS)
def test_in_early_versions_the_event_ids_server_must_sign_too(
    rooms, version, first, second, program, requester
):
    room = rooms[version]
    event = room.event(first, event_id=f"$x{now_ts()}:{second.server_name}")
    both = oracle.add_signature(version, event, second.server_name, second.key)
    forged = {**event["signatures"], second.server_name: {second.key.key_id: "A" * 86}}

    assert_refused(requester.ask(event, first))
    assert_refused(requester.ask({**event, "signatures": forged}, first))
    assert_signed(requester.ask(both, first), room, both, program)


def test_a_wrong_signature_by_the_server_that_authorised_a_join_refuses(
    room, first, second, program, requester
):
    user = second.user("restricted")
    content = {"membership": "join", "join_authorised_via_users_server": first.user()}
    event = room.event(second, MEMBER, content, sender=user, state_key=user)
    forged = {**event["signatures"], first.server_name: {first.key.key_id: "A" * 86}}

    response = requester.ask({**event, "signatures": forged}, second)

    if int(room.version) >= VERSION_WITH_RESTRICTED_JOINS:
        assert_refused(response)
    assert_signed(requester.ask(event, second), room, event, program)


@pytest.mark.parametrize("authoriser", [7, None, [], "", "@a", "nobody", "@a:", "@a:b c"])
def test_a_misshapen_authoriser_is_for_the_rooms_rules_to_refuse(
    modern, second, program, requester, authoriser
):
    user = second.user("restricted")
    content = {"membership": "join", "join_authorised_via_users_server": authoriser}
    event = modern.event(second, MEMBER, content, sender=user, state_key=user)

    assert_signed(requester.ask(event, second), modern, event, program)


def third_party_invite(room, server, sender, *, mxid, token=TOKEN, key=IDENTITY_KEY, **more):
    """Return the invite that follows on a third-party invite, as `server` would send it."""
    signed = key.sign({"mxid": mxid, "token": token}, IDENTITY_SERVER)
    content = {
        "membership": "invite",
        "third_party_invite": {"display_name": "d", "signed": signed},
        **more,
    }
    return room.event(server, MEMBER, content, sender=sender, state_key=mxid)


def test_a_third_party_invite_is_signed(room, first, second, program, requester):
    event = third_party_invite(room, first, first.user(), mxid=second.user("guest"))

    assert_signed(requester.ask(event, first), room, event, program)


@pytest.mark.parametrize(
    "changed",
    [{"key": oracle.Key("someone else")}, {"token": "another"}, {"token": ""}],
    ids=["by another key", "for another token", "for an empty token"],
)
def test_a_forged_third_party_invite_is_refused(room, first, second, requester, changed):
    event = third_party_invite(room, first, first.user(), mxid=second.user("guest"), **changed)

    assert_refused(requester.ask(event, first))


def test_a_third_party_invite_is_for_one_user(room, first, second, requester):
    event = third_party_invite(room, first, first.user(), mxid=second.user("guest"))
    event |= {"state_key": second.user("somebody_else"), "signatures": {}}
    event = oracle.hash_and_sign(room.version, event, first.server_name, first.key)

    assert_refused(requester.ask(event, first))


@pytest.mark.parametrize(
    "misshapen",
    [
        None,
        True,
        1,
        "x",
        [],
        {},
        {"signed": None},
        {"signed": []},
        {"signed": {}},
        {"signed": {"mxid": 1, "token": 2, "signatures": 3}},
        {"signed": {"mxid": "@a:b", "token": TOKEN, "signatures": {"x": {"ed25519:0": 1}}}},
    ],
    ids=repr,
)
def test_a_misshapen_third_party_invite_is_refused(modern, first, second, requester, misshapen):
    content = {"membership": "invite", "third_party_invite": misshapen}
    event = modern.event(first, MEMBER, content, state_key=second.user("guest"))

    assert_error(requester.ask(event, first), 400, "M_FORBIDDEN", "M_BAD_JSON")


@pytest.mark.parametrize("version", oracle.HASHED_IDS)
def test_nobody_invites_in_an_innocent_users_name(rooms, version, first, second, requester):
    # Homeservers ask for no signature of the sender here: whoever is seen to ask must have signed.
    room = rooms[version]
    guest = second.user("guest")
    event = third_party_invite(room, first, first.user(), mxid=guest, reason="bad words")
    unsigned = {**event, "signatures": {}}
    # By a key that its server has: for an unknown one the server is asked, once a minute at most.
    forged = {**event, "signatures": {first.server_name: {first.key.key_id: "A" * 86}}}

    assert_refused(requester.ask(unsigned, second))
    assert_refused(requester.ask(forged, second))
