"""The table of commands: complete, documented, and the only one."""

import re
from pathlib import Path

import pytest

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.service.commands.actors.permissions import RULES, Command

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
