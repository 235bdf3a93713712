"""The table of commands is complete and documented, and the only one."""

import re
from pathlib import Path

import pytest

from countersign.policy.policies.policy_documents import parse_policy
from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.service.commands.actors.permissions import RULES, Command, Permissions, Reach
from countersign.service.errors import Forbidden
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies

PAGE = Path(__file__).parents[3] / "docs" / "admin-api.md"
ROW = re.compile(r"^\| `([a-z -]+)` \| `([a-z]+)` \| ([a-z ]+) \|$", re.MULTILINE)


def actor(*scopes):
    return Actor(name="alice", kind=ActorKind.MODERATOR, face=Face.API, scopes=scopes)


def test_every_command_has_a_rule_and_the_documentation_shows_it():
    rows = ROW.findall(PAGE.read_text())

    assert RULES.keys() == set(Command)
    assert rows == [(each.value, rule.role.value, rule.reach.value) for each, rule in RULES.items()]


def test_a_scope_holds_in_its_community_and_rooms_alone():
    everywhere = Scope(role=Role.OPERATOR)
    community = Scope(role=Role.READ, community="a")
    room = Scope(role=Role.LEAD, community="a", rooms=frozenset({"!a"}))

    assert everywhere.covers("b", "!b")
    assert community.covers("a")
    assert community.covers("a", "!a")
    assert not community.covers("b", "!a")
    assert room.covers("a", "!a")
    assert not room.covers("a")
    assert not room.covers("a", "!other")
    assert not room.covers("b", "!a")


@pytest.mark.parametrize(
    ("community", "room_id", "role"),
    [
        ("a", None, Role.READ),
        ("a", "!a", Role.LEAD),
        ("a", "!other", Role.READ),
        ("b", "!a", None),
        ("b", None, None),
    ],
)
def test_the_highest_role_that_holds_counts(community, room_id, role):
    scopes = (
        Scope(role=Role.READ, community="a"),
        Scope(role=Role.LEAD, community="a", rooms=frozenset({"!a"})),
    )

    assert actor(*scopes).role_in(community, room_id) is role


def test_a_role_of_operator_in_a_community_is_no_operator():
    assert not actor(Scope(role=Role.OPERATOR, community="a")).is_operator
    assert actor(Scope(role=Role.OPERATOR)).is_operator


@pytest.fixture
def permissions():
    policy = parse_policy(b"filters: []", {})
    return Permissions(Policies({DEFAULT_COMMUNITY: policy}), require_active=lambda _: None)


def may(check, *arguments):
    try:
        check(*arguments)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("command", Command, ids=str)
def test_a_command_reaches_as_far_as_its_rule_says(permissions, command):
    reach = RULES[command].reach
    of_server, of_community, of_room = (
        actor(Scope(role=Role.OPERATOR, **where))
        for where in (
            {},
            {"community": DEFAULT_COMMUNITY},
            {"community": DEFAULT_COMMUNITY, "rooms": frozenset({"!a"})},
        )
    )

    assert may(permissions.require, of_server, command)
    assert may(permissions.require, of_community, command) == (reach is not Reach.SERVER)
    assert may(permissions.require, of_room, command) == (reach is Reach.ROOM)
    assert may(permissions.require_in_room, of_room, command, "!a") == (reach is Reach.ROOM)
    assert not may(permissions.require_in_room, of_room, command, "!other")
    assert not may(permissions.require, actor(), command)


def test_a_command_for_a_community_needs_more_than_a_role_in_a_room_and_in_another_community(
    permissions,
):
    both = actor(
        Scope(role=Role.OPERATOR, community="another"),
        Scope(role=Role.OPERATOR, community=DEFAULT_COMMUNITY, rooms=frozenset({"!a"})),
    )

    for command in (each for each in Command if RULES[each].reach is Reach.COMMUNITY):
        assert may(permissions.require, both, command), command
        assert not may(permissions.require_in_room, both, command, "!a"), command
