"""Tests of the steps to a protected room, before and after each is done."""

import pytest

from countersign.adapters.sql.stores.found_rooms import SqlFoundRoomsStore
from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.protocol.errors import BadJson
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.operation.protection_steps import ProtectionSteps
from countersign.service.errors import NotFound
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.service.policies.room_finder import RoomFinder
from countersign.testing.clocks import RepeatableRandomness
from countersign.testing.records import SIGN, make_recorded
from tests.service.conftest import (  # noqa: F401 - fixtures are found by name
    OUR_USER,
    identity,
    notaries,
    room_version,
    world,
)

ALIAS = "#room:example.org"
SPACE = "#space:example.org"
OTHER = "!other:example.org"
OPERATOR = Actor.unlimited("operator", ActorKind.OPERATOR, Face.CLI)
MODERATOR = Actor(
    name="mod",
    kind=ActorKind.MODERATOR,
    face=Face.CLI,
    scopes=(Scope(role=Role.MODERATOR, community=DEFAULT_COMMUNITY),),
)


class Directory:
    """Other servers: the paper federation, with an alias and a space."""

    def __init__(self, world):  # noqa: F811 - it is the fixture's value
        self._world = world
        self.refuses = None

    async def room_for_alias(self, server, alias):
        if alias not in (ALIAS, SPACE):
            raise PeerRefused(404, "M_NOT_FOUND", "No such alias.")
        return {"room_id": self._world.room.room_id, "servers": ["example.org"]}

    async def hierarchy(self, server, room_id):
        child = {"type": "m.space.child", "state_key": OTHER, "content": {"via": ["example.org"]}}
        return {"room": {"room_id": room_id, "children_state": [child]}, "children": []}

    async def make_join(self, server, room_id, user_id, room_versions):
        if room_id == OTHER:
            raise PeerUnavailable("example.org does not answer")
        if self.refuses is not None:
            raise self.refuses
        return await self._world.federation.make_join(server, room_id, user_id, room_versions)


@pytest.fixture
def directory(world):  # noqa: F811 - found by name
    return Directory(world)


@pytest.fixture
def steps(world, directory):  # noqa: F811 - found by name
    policies = Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", {})})
    permissions = Permissions(policies, lambda _: None)
    return ProtectionSteps(
        CommandNeeds(permissions, AuditLog(world.stores.audit, world.clock), world.clock),
        world.identity,
        rooms=world.rooms,
        finder=RoomFinder(
            policies,
            federation=directory,
            store=SqlFoundRoomsStore(world.database),
            servers_in=lambda _: (),
            randomness=RepeatableRandomness(),
        ),
        federation=directory,
        decisions=world.stores.decisions,
    )


async def states(steps, name=ALIAS, actor=OPERATOR):
    (room,) = (await steps.list_steps(actor, name))["rooms"]
    return {each["step"]: each["state"] for each in room["steps"]}, room["steps"]


async def test_before_we_join_it_says_who_would_let_us_in(steps, world, directory):  # noqa: F811
    told, (joined, *_) = await states(steps)
    directory.refuses = PeerRefused(403, "M_FORBIDDEN", "You are not invited.")
    _, (refused, *_) = await states(steps)

    assert told == {
        "joined": "todo",
        "named": "later",
        "readable": "later",
        "state": "later",
        "asked": "later",
    }
    assert f"rooms join '{world.room.room_id}' --via example.org" in joined["remedy"]
    assert "You are not invited." in refused["message"]
    assert refused["remedy"].startswith(f"Invite {OUR_USER}")
    assert world.rooms.get(world.room.room_id) is None


async def test_step_by_step_a_room_is_protected(steps, world):  # noqa: F811 - found by name
    room = await world.rooms.join(world.room.room_id, ["example.org"])
    first, by_name = await states(steps)
    assert (first["joined"], first["named"], first["readable"]) == ("done", "todo", "done")
    assert "Element" in by_name[1]["remedy"]

    key = world.identity.policy_key.verify_key
    content = room_policy_content(world.identity.server_name, key)
    event = world.room.add(world.alice, "m.room.policy", content)
    await world.rooms.follow(world.room.pdu_of(event))
    world.rooms.record_check(room, (), world.clock.now_ts())
    await world.stores.decisions.record(make_recorded(1, SIGN, room_id=room.room_id))

    assert (await states(steps))[0] == dict.fromkeys(first, "done")
    world.clock.advance(2 * 3600)
    assert (await states(steps))[0]["state"] == "later"


async def test_a_space_is_told_of_room_by_room(steps, world):  # noqa: F811 - found by name
    told = await steps.list_steps(OPERATOR, SPACE, is_space=True)

    by_id = {room["room_id"]: room["steps"][0] for room in told["rooms"]}
    assert by_id.keys() == {world.room.room_id, OTHER}
    assert "does not answer" in by_id[OTHER]["message"]
    assert told["missing"] is None


async def test_an_unknown_room_is_reported(steps):
    with pytest.raises(NotFound, match="No such alias"):
        await steps.list_steps(OPERATOR, "#nowhere:example.org")
    for name in (None, "room", "@a:example.org", "#a", "#" + "a" * 300 + ":b"):
        with pytest.raises(BadJson, match="ID or alias"):
            await steps.list_steps(OPERATOR, name)


async def test_a_moderator_is_told_of_rooms_that_we_are_in_alone(steps, world):  # noqa: F811
    with pytest.raises(NotFound, match="We are not in"):
        await steps.list_steps(MODERATOR, ALIAS)

    await world.rooms.join(world.room.room_id, ["example.org"])
    assert (await states(steps, actor=MODERATOR))[0]["joined"] == "done"
