"""Tests of a management room that a named person creates: accepted once, if it fits."""

import pytest

from countersign.protocol.events.pdu import parse_pdu
from countersign.service.errors import Forbidden
from countersign.service.management.awaited_rooms import AwaitedRooms, Welcome
from countersign.service.management.messenger import Messenger
from countersign.service.management.rooms import Management, ManagementRooms
from countersign.service.rooms.invites import Invites
from tests.service.conftest import OUR_USER, every_kind_of_version
from tests.service.fake_rooms import FakeRoom
from tests.service.own_events.sending import make_own_events


class Awaiting:
    """A server that awaits a management room of Alice's."""

    def __init__(self, world, *accept_from):
        self.world = world
        self.management = Management(community="default", name=world.alice.user())
        self.rooms = ManagementRooms(
            [self.management], federation=world.federation, store=world.stores.management
        )
        self.awaited = AwaitedRooms(self.rooms, find_room=world.rooms.get)
        own_events, _ = make_own_events(world)
        self.welcome = Welcome(
            self.rooms,
            messenger=Messenger(
                self.rooms,
                own_events=own_events,
                store=world.stores.management,
                clock=world.clock,
            ),
            find_room=world.rooms.get,
        )
        self.invites = Invites(
            world.identity,
            accept_from=accept_from,
            is_expected=self.rooms.is_management_room,
            rooms=world.rooms,
            key_ring=world.key_ring,
            background=world.background,
            awaited=self.awaited,
            join_after_seconds=(0,),
        )

    @property
    def room_id(self):
        return self.rooms.room_id_of(self.management)

    async def invite(self, room=None, *, peer=None, sender=None, room_state=(), **content):
        """Have somebody invite our user, and wait for what follows."""
        room, peer = room or self.world.room, peer or self.world.alice
        event = room.event(
            peer,
            "m.room.member",
            {"membership": "invite", **content},
            state_key=OUR_USER,
            sender=sender or peer.user(),
        )
        pdu = parse_pdu(event, room.rules)
        await self.invites.accept(
            room_id=pdu.room_id,
            event_id=pdu.event_id,
            room_version=room.version,
            event=event,
            room_state=list(room_state),
            origin=pdu.sender_server,
        )
        await self.world.background.settle()


def make_private(room, peer):
    room.add(peer, "m.room.join_rules", {"join_rule": "invite"})


def another_room(world, name):
    room = FakeRoom(world.room.version, world.alice, name=name)
    make_private(room, world.alice)
    world.federation.add_room(room)
    return room


@every_kind_of_version
async def test_the_first_private_room_becomes_the_management_room(world):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)
    assert "is not there yet: have @alice:example.org" in awaiting.rooms.find_trouble(
        world.rooms.get
    )

    await awaiting.invite()

    assert awaiting.room_id == world.room.room_id
    assert awaiting.rooms.find_trouble(world.rooms.get) is None
    again = Awaiting(world)
    await again.rooms.load()
    assert again.room_id == world.room.room_id, "it is known after a restart"


async def test_our_user_says_there_what_comes_next_and_once(world):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)
    assert not await awaiting.welcome.greet(awaiting.management)
    await awaiting.invite()

    assert await awaiting.welcome.greet(awaiting.management)
    assert await awaiting.welcome.greet(awaiting.management)

    (message,) = await world.stores.management.older_than(world.clock.now_ts() + 1, 10)
    assert message.room_id == world.room.room_id
    await awaiting.welcome.run()  # nothing is awaited any more


async def test_a_public_room_does_not_and_is_left(world):
    """Its invitation said nothing of the join rule, and whoever likes could enter."""
    awaiting = Awaiting(world)

    await awaiting.invite()

    assert awaiting.room_id is None
    assert not world.rooms.get(world.room.room_id).is_joined


async def test_a_public_room_of_whoever_may_invite_us_is_protected_as_before(world):
    awaiting = Awaiting(world, "*")

    await awaiting.invite()

    assert awaiting.room_id is None
    assert world.rooms.get(world.room.room_id).is_joined


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"type": "m.room.encryption", "content": {"algorithm": "m.megolm"}}, "encrypted"),
        ({"type": "m.room.join_rules", "content": {"join_rule": "public"}}, "invite only"),
        ({"type": "m.room.join_rules", "content": {"join_rule": "restricted"}}, "invite only"),
    ],
)
async def test_a_fault_in_the_invitation_is_answered_at_once(world, state, words):
    awaiting = Awaiting(world)

    with pytest.raises(Forbidden, match=words):
        await awaiting.invite(room_state=[state])

    assert world.rooms.get(world.room.room_id) is None


async def test_a_direct_chat_is_answered_with_what_to_make(world):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)

    with pytest.raises(Forbidden, match="direct chat"):
        await awaiting.invite(is_direct=True)


@pytest.mark.parametrize(
    "state",
    [None, 7, {}, {"type": []}, {"type": "m.room.join_rules", "content": {"join_rule": {}}}],
)
async def test_misshapen_state_says_nothing(world, state):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)

    await awaiting.invite(room_state=[state])

    assert awaiting.room_id == world.room.room_id


async def test_an_encrypted_room_whose_invitation_hides_it_is_left(world):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)
    world.room.add(world.alice, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})

    await awaiting.invite()

    assert awaiting.room_id is None
    assert not world.rooms.get(world.room.room_id).is_joined


async def test_a_room_in_which_they_may_not_appoint_is_left(world):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)
    helper = Management(community="default", name=world.alice.user("helper"))
    awaiting.rooms.all = (helper,)
    world.room.join(world.alice, "helper")

    await awaiting.invite(sender=helper.name)

    assert awaiting.rooms.room_id_of(helper) is None
    assert not world.rooms.get(world.room.room_id).is_joined


async def test_nobody_else_makes_a_room_one(world):
    awaiting = Awaiting(world, "*")
    make_private(world.room, world.alice)

    await awaiting.invite(peer=world.bob, sender=world.bob.user("bob"))

    assert awaiting.room_id is None
    assert world.rooms.get(world.room.room_id).is_joined


async def test_the_second_room_does_not_take_the_place_of_the_first(world):
    awaiting = Awaiting(world)
    make_private(world.room, world.alice)
    await awaiting.invite()
    second = another_room(world, "second")

    with pytest.raises(Forbidden, match="takes no invitations"):
        await awaiting.invite(second)

    assert awaiting.room_id == world.room.room_id


async def test_another_room_may_be_meant_after_one_that_did_not_fit(world):
    awaiting = Awaiting(world)
    await awaiting.invite()
    second = another_room(world, "second")

    await awaiting.invite(second)

    assert awaiting.room_id == second.room_id
