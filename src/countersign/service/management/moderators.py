"""Moderators of a community, from its management room and the settings."""

from typing import Final

from countersign.ports.actors import Actor, ActorKind, Face, Role, Scope
from countersign.service.management.rooms import Management
from countersign.service.rooms.room import Room

LEAST_POWER: Final = 50
"""Minimum power level of a moderator, however low a room sets its own limits."""


def actor_of(user_id: str, management: Management, room: Room) -> Actor | None:
    """Return a user in a management room as an actor; None if they have no role there.

    Args:
        user_id: the sender of a verified event.
        management: the management room in the settings.
        room: the room as we follow it.
    """
    role = role_of(user_id, management, room)
    if role is None:
        return None
    return Actor(
        name=user_id,
        kind=ActorKind.MODERATOR,
        face=Face.ROOM,
        scopes=(Scope(role=role, community=management.community),),
    )


def role_of(user_id: str, management: Management, room: Room) -> Role | None:
    """Return the role of a user in a management room; None if they have none or are not joined.

    The settings name the role. Otherwise the power level decides: a user who may change power
    levels is a lead, one who may ban is a moderator.
    """
    if room.state.membership_of(user_id) != "join":
        return None
    return management.moderators.get(user_id) or _by_power(user_id, room)


def may_ban(user_id: str, room: Room) -> bool:
    """Return True if a user has the power to ban in a room."""
    if room.state.membership_of(user_id) != "join":
        return False
    levels = room.state.power_levels
    return levels.user_level(user_id) >= max(LEAST_POWER, levels.ban)


def _by_power(user_id: str, room: Room) -> Role | None:
    levels = room.state.power_levels
    level = levels.user_level(user_id)
    if level >= max(LEAST_POWER, levels.send_level("m.room.power_levels", is_state=True)):
        return Role.LEAD
    return Role.MODERATOR if may_ban(user_id, room) else None
