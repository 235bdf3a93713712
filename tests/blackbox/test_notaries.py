"""Tests of keys of unreachable servers, obtained from a notary."""

from types import SimpleNamespace

import pytest

from tests.blackbox import oracle
from tests.blackbox.fake_room import FakeRoom
from tests.blackbox.wire import Requester, assert_error, assert_signed

QUERY = "/_matrix/key/v2/query"


@pytest.fixture(scope="module")
def notary(make_homeserver):
    """A notary: `remembers` is whose keys it saw before they went away."""
    witness, remembers = make_homeserver(), []

    def tell(status, answer):
        asked = witness.requests_to(QUERY)[-1].json["server_keys"]
        documents = [one.key_document() for one in remembers if one.server_name in asked]
        signed = [witness.key.sign(document, witness.server_name) for document in documents]
        return 200, {"server_keys": signed}

    witness.lies[QUERY] = tell
    return SimpleNamespace(witness=witness, remembers=remembers)


@pytest.fixture(scope="module")
def trusting(make_program, authority, notary):
    """A program that trusts the notary."""
    key = notary.witness.key
    pinned = {"name": notary.witness.server_name, "keys": {key.key_id: key.public}}
    return make_program(
        federation={
            "ca_certificates": str(authority.certificate),
            "allow_networks": ["127.0.0.0/8"],
            "notaries": [pinned],
        }
    )


@pytest.fixture(scope="module")
def trusting_client(trusting):
    requester = Requester(trusting)
    yield requester
    requester.connection.close()


@pytest.fixture
def gone(make_homeserver, notary):
    """A server that the notary saw, and that is gone for good once a test has its rooms."""
    server = make_homeserver()
    server.stop()
    notary.remembers.append(server)
    return server


@pytest.mark.parametrize("version", ["1", "4", "11"])
def test_a_room_can_be_joined_whose_first_server_is_gone(
    trusting, trusting_client, second, gone, version
):
    room = FakeRoom(version, gone, f"orphan{version}")
    room.add_state(gone, "m.room.join_rules", "", {"join_rule": "public"})
    room.join(second, "bob")
    second.host(room)

    trusting.join(room.room_id, second.server_name)

    event = room.event(second)
    assert_signed(trusting_client.ask(event, second), room, event, trusting)


@pytest.fixture(scope="module")
def room(trusting, make_room, join):
    room = make_room("11", trusting, "witnessed")
    join(trusting, [room])
    return room


def test_a_server_that_was_never_reached_can_be_verified(
    room, gone, first, trusting, trusting_client
):
    event = room.event(gone)

    assert_signed(trusting_client.ask(event, first), room, event, trusting)


def test_a_server_itself_is_asked_first(
    room, make_homeserver, notary, first, trusting, trusting_client
):
    server = make_homeserver()
    event = room.event(server)

    assert_signed(trusting_client.ask(event, first), room, event, trusting)
    asked = [request.json["server_keys"] for request in notary.witness.requests_to(QUERY)]
    assert server.server_name not in {name for names in asked for name in names}


def test_a_notary_with_another_key_than_the_pinned_one_is_not_believed(
    room, gone, notary, first, trusting_client
):
    key = notary.witness.key
    notary.witness.key = oracle.Key(notary.witness.server_name, "stolen")
    try:
        assert_error(trusting_client.ask(room.event(gone), first), 503, "M_UNKNOWN")
    finally:
        notary.witness.key = key
