"""Two real Synapse servers and a real Countersign, started once and shared by all journeys."""

import pytest
from examples.demo.federation import LoopbackFederation

from tests.journeys.fake_homeserver import FakeHomeserver
from tests.journeys.rooms import ProtectedRoom

ROOM_VERSIONS = ("10", "11", "12")
SPAM = "cheap watches"
SAYS = "No adverts in this room, please."


@pytest.fixture(scope="session")
def policy():
    return {"filters": [{"keyword": {"words": [SPAM]}, "says": SAYS}]}


@pytest.fixture(scope="session")
def federation(tmp_path_factory, policy):
    directory = tmp_path_factory.mktemp("federation")
    # Only where a room gives our user the power, which most journeys' rooms do not.
    settings = {"redactions": {"by_ourselves": True}}
    with LoopbackFederation(directory, policy, settings=settings) as running:
        yield running


@pytest.fixture(scope="session")
def policy_server(federation):
    return federation.policy_server


@pytest.fixture(scope="session")
def alice(federation):
    return federation.first.register("alice")


@pytest.fixture(scope="session")
def bob(federation):
    return federation.second.register("bob")


@pytest.fixture(scope="session")
def carol(federation):
    return federation.second.register("carol")


@pytest.fixture(scope="session", params=ROOM_VERSIONS, ids="room version {}".format)
def room_version(request):
    return request.param


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if not _is_left_out(item)]


def _is_left_out(item):
    version = item.callspec.params.get("room_version") if hasattr(item, "callspec") else None
    is_any = item.get_closest_marker("any_room_version") is not None
    return is_any and version is not None and version != ROOM_VERSIONS[-1]


@pytest.fixture(scope="session")
def make_room(federation, alice, bob):
    """Return a function that creates protected rooms of Alice's that Bob has joined."""

    def make(room_version):
        room_id = alice.create_room(room_version, name="The green")
        federation.protect(room_id, alice)
        bob.join(room_id, alice.server_name)
        federation.wait_until_protected(room_id, bob)
        return ProtectedRoom(room_id, room_version)

    return make


@pytest.fixture(scope="session")
def room(make_room, room_version):
    """A protected room with Alice and Bob, for journeys that do not change it."""
    return make_room(room_version)


@pytest.fixture
def own_room(make_room, room_version):
    """A protected room for a journey that changes its members."""
    return make_room(room_version)


@pytest.fixture(scope="session")
def fake_homeserver(federation):
    """A simulated homeserver with the name and key of Bob's, which sends any request."""
    return FakeHomeserver(federation.second, federation.authority)
