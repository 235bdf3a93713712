"""A small simulated federation around the real services, on a real SQLite database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from countersign.adapters.public_suffixes import registrable_domain
from countersign.adapters.sql.bundle import stores_in
from countersign.adapters.sql.sqlite import SqliteDatabase
from countersign.adapters.sql.stores.rooms import SqlRoomStore
from countersign.adapters.sql.stores.server_keys import SqlServerKeyStore
from countersign.ports.stores.bundle import Stores
from countersign.protocol.keys.notaries import Notary
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.protocol.room_versions import ROOM_VERSIONS
from countersign.service.background import BackgroundTasks
from countersign.service.identity import Identity
from countersign.service.keys.key_ring import KeyRing
from countersign.service.processes.leadership import Leadership
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.received_events import ReceivedEvents
from countersign.service.rooms.state_check_schedule import StateCheckSchedule
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.testing.clocks import ManualClock, RepeatableRandomness
from countersign.testing.events import make_key
from countersign.testing.peers import Peer
from tests.databases import make_database
from tests.service.fake_rooms import FakeFederation, FakeRoom

OUR_NAME = "policy.example.com"
OUR_USER = f"@policy:{OUR_NAME}"


@dataclass
class World:
    """Our services, and a simulated federation."""

    identity: Identity
    clock: ManualClock
    federation: FakeFederation
    key_ring: KeyRing
    store: SqlRoomStore
    background: BackgroundTasks
    rooms: Rooms
    alice: Peer
    bob: Peer
    room: FakeRoom
    schedule: StateCheckSchedule
    database: SqliteDatabase
    _state_checks: StateChecks | None = None

    def restarted(self) -> Rooms:
        """Return the rooms after a restart of the program."""
        return Rooms(
            self.identity,
            store=self.store,
            federation=self.federation,
            key_ring=self.key_ring,
            clock=self.clock,
            background=self.background,
            leadership=Leadership("alone", None, self.clock, self.background),
            schedule=self.schedule,
        )

    @property
    def received(self) -> ReceivedEvents:
        """Return the service that applies received events to our rooms."""
        leadership = Leadership("alone", None, self.clock, self.background)
        return ReceivedEvents(self.rooms, self.stores.received_events, leadership)

    @property
    def stores(self) -> Stores:
        """The stores in our database."""
        return stores_in(self.database)

    @property
    def state_checks(self) -> StateChecks:
        """Return the service that checks the state of our rooms."""
        if self._state_checks is None:
            self._state_checks = StateChecks(
                self.identity,
                rooms=self.rooms,
                schedule=self.schedule,
                federation=self.federation,
                key_ring=self.key_ring,
                clock=self.clock,
                registrable_domain=registrable_domain,
            )
        return self._state_checks


@pytest.fixture
def identity() -> Identity:
    return Identity(
        server_name=OUR_NAME,
        user_id=OUR_USER,
        server_key=make_key(OUR_NAME),
        policy_key=PolicySigningKey(b"p" * 32),
        display_name="Countersign",
    )


@pytest.fixture(params=["11"])
def room_version(request) -> str:
    """Override with `every_version` or `every_kind_of_version` to run a test in several."""
    return request.param


every_version = pytest.mark.parametrize("room_version", ROOM_VERSIONS, indirect=True)
every_kind_of_version = pytest.mark.parametrize(
    "room_version", ["1", "3", "5", "8", "10", "11", "12"], indirect=True
)
"""Versions with another form of events, IDs or joins than the one before in this list.

What each version says of events, keys and authorisation is tested in `tests/protocol`, in all.
"""


@pytest.fixture
def notaries() -> list[Notary]:
    """The notaries; a test can override it."""
    return []


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[SqliteDatabase]:
    """An empty database, for tests without a world."""
    make_database(tmp_path / "alone.db")
    database = SqliteDatabase(tmp_path / "alone.db")
    yield database
    await database.close()


@pytest.fixture
async def world(tmp_path, identity, room_version, notaries) -> AsyncIterator[World]:
    """A room of Alice's (example.org) that Bob (bob.example) has joined, and we have not."""
    make_database(tmp_path / "countersign.db")
    database = SqliteDatabase(tmp_path / "countersign.db")
    clock = ManualClock()
    federation = FakeFederation(clock)
    alice, bob = federation.add_peer("example.org"), federation.add_peer("bob.example")
    room = FakeRoom(room_version, alice)
    room.join(bob, "bob", displayname="Bob")
    federation.add_room(room)
    key_ring = KeyRing(
        identity,
        federation=federation,
        store=SqlServerKeyStore(database),
        clock=clock,
        notaries=notaries,
    )
    store = SqlRoomStore(database)
    background = BackgroundTasks()
    world = World(
        identity=identity,
        clock=clock,
        federation=federation,
        key_ring=key_ring,
        store=store,
        background=background,
        rooms=None,
        alice=alice,
        bob=bob,
        room=room,
        schedule=StateCheckSchedule(clock, RepeatableRandomness()),
        database=database,
    )
    world.rooms = world.restarted()
    await world.rooms.load()
    yield world
    await background.aclose()
    await key_ring.close()
    await database.close()
