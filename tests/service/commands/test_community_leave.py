"""Tests of leaving a community: the room drops us as policy server before we leave it."""

import pytest

from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.actors import Actor, ActorKind, Face
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.operation.community_leave import CommunityLeave
from countersign.service.errors import NotFound
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from tests.service.conftest import (  # noqa: F401 - fixtures are found by name
    OUR_USER,
    identity,
    notaries,
    room_version,
    world,
)
from tests.service.own_events.sending import sending
from tests.service.own_events.test_sending import come_in

OPERATOR = Actor.unlimited("operator", ActorKind.OPERATOR, Face.CLI)


def make_leaving(world, own_events):  # noqa: F811 - it is the fixture's value
    policies = Policies({DEFAULT_COMMUNITY: parse_policy(b"filters: []", {})})
    permissions = Permissions(policies, lambda _: None)
    return CommunityLeave(
        CommandNeeds(permissions, AuditLog(world.stores.audit, world.clock), world.clock),
        world.identity,
        rooms=world.rooms,
        policies=policies,
        own_events=own_events,
        checks=world.state_checks,
        look_seconds=0.05,
    )


def take_what_is_sent(world):  # noqa: F811 - it is the fixture's value
    """Have the room take our events, as homeservers do."""
    send = world.federation.send_transaction

    async def send_transaction(server, txn_id, transaction):
        await send(server, txn_id, transaction)
        if server == "example.org":
            for event in transaction["pdus"]:
                world.room.accept(event)

    world.federation.send_transaction = send_transaction


async def leave(world, **options):  # noqa: F811 - it is the fixture's value
    told = []
    async with sending(world) as own_events:
        leaving = make_leaving(world, own_events)
        done = await leaving.leave(OPERATOR, DEFAULT_COMMUNITY, told.append, **options)
    return done, told


async def test_a_room_that_we_may_change_is_freed_before_we_leave(world):  # noqa: F811
    room = await come_in(world, is_protected=True, events={"m.room.policy": 0})
    take_what_is_sent(world)

    done, told = await leave(world)

    assert done == {"community": DEFAULT_COMMUNITY, "left": [room.room_id], "kept": []}
    assert told[0] == f"emptying m.room.policy in {room.room_id}"
    assert told[-1] == f"leaving {room.room_id}"
    assert world.room.snapshot().state["m.room.policy", ""]["content"] == {}
    assert world.room.membership_of(OUR_USER) == "leave"
    (entry,) = await world.stores.audit.latest()
    assert (entry.command, entry.result) == ("community leave", "done")
    assert entry.details["left"] == [room.room_id]


async def test_a_room_that_goes_on_naming_us_is_kept_unless_forced(world):  # noqa: F811
    room = await come_in(world, is_protected=True, state_default=50)

    done, _ = await leave(world)
    forced, _ = await leave(world, force=True)

    (kept,) = done["kept"]
    assert (done["left"], kept["room_id"]) == ([], room.room_id)
    assert "clears the policy server in the room's settings" in kept["reason"]
    assert forced["left"] == [room.room_id]
    assert world.room.membership_of(OUR_USER) == "leave"


async def test_a_room_whose_servers_rejected_the_change_is_not_left(world):  # noqa: F811
    await come_in(world, is_protected=True, events={"m.room.policy": 0})

    done, _ = await leave(world)

    assert "Do this again" in done["kept"][0]["reason"]
    assert world.room.membership_of(OUR_USER) == "join"


async def test_a_room_that_does_not_name_us_is_left_at_once(world):  # noqa: F811
    await come_in(world)

    done, told = await leave(world)

    assert len(done["left"]) == 1
    assert len(told) == 1


async def test_an_unknown_community_is_told(world):  # noqa: F811
    async with sending(world) as own_events:
        with pytest.raises(NotFound, match="There is no community 'nowhere'"):
            await make_leaving(world, own_events).leave(OPERATOR, "nowhere", print)
