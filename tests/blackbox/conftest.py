"""One Countersign and some simulated homeservers, shared by all black-box tests."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from examples.demo.certificates import CertificateAuthority

from tests.blackbox import oracle
from tests.blackbox.fake_homeserver import FakeHomeserver, Loop
from tests.blackbox.fake_room import ACL, POLICY, POWER, THIRD_PARTY_INVITE, FakeRoom
from tests.blackbox.program import Program
from tests.blackbox.wire import Requester
from tests.deployments import ONE_PROCESS, OPTION, TWO_WORKERS, settings_of

IDENTITY_SERVER = "identity.example.org"
IDENTITY_KEY = oracle.Key(IDENTITY_SERVER, "0")
TOKEN = "the-token"
ACL_DENIED = "127.0.66.66"


def pytest_generate_tests(metafunc):
    """Run the tests of marked modules on each deployment."""
    is_marked = metafunc.definition.get_closest_marker("two_deployments") is not None
    if (
        is_marked
        and "deployment" in metafunc.fixturenames
        and not metafunc.config.getoption(OPTION)
    ):
        metafunc.parametrize(
            "deployment", (ONE_PROCESS, TWO_WORKERS), indirect=True, scope="session"
        )


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def loop():
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def make_homeserver(loop, authority):
    """Return a function that starts simulated homeservers, each at its own address."""
    made = []

    def make(address=None):
        server = FakeHomeserver(loop, authority, address or f"127.0.66.{len(made) + 1}")
        server.start()
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def first(make_homeserver):
    """The homeserver that creates all rooms."""
    return make_homeserver()


@pytest.fixture(scope="session")
def second(make_homeserver):
    """Another homeserver, with users in all rooms."""
    return make_homeserver()


@pytest.fixture(scope="session")
def third(make_homeserver):
    return make_homeserver()


@pytest.fixture(scope="session")
def denied(make_homeserver):
    """A homeserver that the rooms' ACLs exclude."""
    return make_homeserver(ACL_DENIED)


@pytest.fixture(scope="session")
def programs(tmp_path_factory, authority, forks, deployment):
    """Return a function that starts programs, which are stopped at the end."""
    made = []

    def make(**settings):
        address = f"127.0.67.{len(made) + 1}"
        directory = tmp_path_factory.mktemp("program")
        settings = settings_of(deployment) | settings
        made.append(Program(directory, address, authority, forks, **settings))
        return made[-1].start_and_wait()

    yield make
    for program in made:
        program.process.stop()


@pytest.fixture(scope="module")
def make_program(programs):
    """Return a function that starts programs for one module, which are stopped after it."""
    made = []

    def make(**settings):
        made.append(programs(**settings))
        return made[-1]

    yield make
    for program in made:
        program.process.stop()


@pytest.fixture(scope="session")
def program(programs):
    # The tests send more long bodies from one address than strangers may; see test_uploads.py.
    return programs(limits={"stranger_bodies": {"per_second": 1_000_000}})


@pytest.fixture(scope="session")
def requester(program):
    requester = Requester(program)
    yield requester
    requester.connection.close()


@pytest.fixture(scope="session")
def make_room(first, second, third):
    """Return a function that creates protected rooms with users of three homeservers."""

    def make(version, program, name="room"):
        room = FakeRoom(version, first, name)
        levels = {"users": {} if room.is_v12 else {first.user(): 100}}
        room.add_state(first, POWER, "", levels)
        room.add_state(first, "m.room.join_rules", "", {"join_rule": "public"})
        room.join(second, "bob")
        room.join(third, "carol")
        room.add_state(first, ACL, "", {"allow": ["*"], "deny": [ACL_DENIED]})
        keys = [{"public_key": IDENTITY_KEY.public}]
        content = {"display_name": "d", "public_key": IDENTITY_KEY.public, "public_keys": keys}
        room.add_state(first, THIRD_PARTY_INVITE, TOKEN, content)
        room.add_state(first, POLICY, "", program.room_policy())
        return first.host(room)

    return make


@pytest.fixture(scope="session")
def join(first):
    """Return a function by which a program joins several rooms at once."""

    def join(program, rooms):
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda room: program.join(room.room_id, first.server_name), rooms))

    return join


@pytest.fixture(scope="session")
def rooms(program, make_room, join):
    """A protected room of each version, by version."""
    made = {version: make_room(version, program) for version in oracle.ROOM_VERSIONS}
    join(program, made.values())
    return made


@pytest.fixture(params=oracle.ROOM_VERSIONS, ids="v{}".format)
def room(request, rooms):
    return rooms[request.param]


@pytest.fixture
def modern(rooms):
    """A room of version 11."""
    return rooms["11"]


@pytest.fixture
def world(program, requester, first, second, third):
    """All fixtures that nearly every test needs."""
    return SimpleNamespace(
        program=program, requester=requester, first=first, second=second, third=third
    )
