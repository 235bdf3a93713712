"""Tests of roles of Matrix accounts: from the management room, the settings, or one room."""

import pytest

from countersign.ports.actors import Role, Scope
from countersign.protocol.rooms.room_state import StateEvent
from countersign.service.management.rooms import Management, ManagementRooms
from countersign.service.sign_in.accounts import Accounts
from tests.service.management.management_room import come_in


@pytest.fixture
async def room(world):
    return await come_in(world)


def accounts(world, *, managed=True, moderators=None, named=None, has_room_moderators=False):
    managements = (
        [Management(community="default", name=world.room.room_id, moderators=moderators or {})]
        if managed
        else []
    )
    rooms = ManagementRooms(managements, federation=world.federation, store=world.stores.management)
    return Accounts(
        rooms,
        named or {},
        rooms=world.rooms,
        community_of=lambda _: "green",
        has_room_moderators=has_room_moderators,
    )


def scopes(accounts, user_id):
    found = accounts.find(user_id)
    return () if found is None else found.scopes


async def test_power_in_the_management_room_is_a_role_in_the_community(world, room):
    known = accounts(world)

    assert scopes(known, world.alice.user()) == (Scope(role=Role.LEAD, community="default"),)
    mod = known.find(world.alice.user("mod"))
    assert mod.scopes == (Scope(role=Role.MODERATOR, community="default"),)
    assert (mod.name, mod.kind, mod.face) == (world.alice.user("mod"), "moderator", "dashboard")
    assert known.find(world.bob.user()) is None


async def test_losing_power_or_leaving_ends_the_role(world, room):
    known = accounts(world, moderators={world.alice.user("mod"): Role.JUNIOR})
    mod = world.alice.user("mod")
    assert scopes(known, mod) == (Scope(role=Role.JUNIOR, community="default"),)

    room.state.apply(state_event(world, "m.room.member", mod, {"membership": "leave"}))

    assert known.find(mod) is None


async def test_power_that_is_taken_away_counts_no_more(world, room):
    known = accounts(world)
    mod = world.alice.user("mod")
    assert known.find(mod) is not None

    room.state.apply(state_event(world, "m.room.power_levels", "", {"users": {mod: 49}}))

    assert known.find(mod) is None


def state_event(world, event_type, state_key, content):
    return StateEvent(
        type=event_type,
        state_key=state_key,
        sender=world.alice.user(),
        content=content,
        event_id=f"$later-{event_type}",
        depth=10_000,
        origin_server_ts=world.clock.now_ts() + 1,
    )


async def test_settings_name_moderators_where_there_is_no_room(world, room):
    erin = "@erin:example.net"
    known = accounts(
        world, managed=False, named={"green": {erin: Role.LEAD}, "blue": {erin: Role.READ}}
    )

    assert scopes(known, erin) == (
        Scope(role=Role.LEAD, community="green"),
        Scope(role=Role.READ, community="blue"),
    )


async def test_a_name_in_the_settings_is_nothing_outside_of_the_management_room(world, room):
    erin = "@erin:example.net"
    known = accounts(world, moderators={erin: Role.LEAD}, named={"default": {erin: Role.LEAD}})

    assert known.find(erin) is None


@pytest.mark.parametrize(
    "look_alike",
    ["@Erin:example.net", "@erin:EXAMPLE.net", "@\u0435rin:example.net", "@erin:example.net ",
     "@erin:example.net:443", "@erin\u200b:example.net", "erin:example.net", ""],
)  # fmt: skip
async def test_an_id_that_looks_alike_is_another(world, look_alike):
    known = accounts(world, managed=False, named={"green": {"@erin:example.net": Role.LEAD}})

    assert known.find(look_alike) is None


async def test_the_power_to_ban_in_a_protected_room_holds_in_that_room_alone(world, room):
    off = accounts(world, managed=False)
    known = accounts(world, managed=False, has_room_moderators=True)
    mod, room_id = world.alice.user("mod"), world.room.room_id

    assert off.find(mod) is None
    assert scopes(known, mod) == (
        Scope(role=Role.JUNIOR, community="green", rooms=frozenset({room_id})),
    )
    assert known.find(world.bob.user()) is None
    room.is_list_only = True
    assert known.find(mod) is None
