"""Actors: the person behind a command, its face (CLI, API, page or room), and their scopes."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self


class Role(StrEnum):
    """Permissions of an actor; each role may do all that those before it may.

    `service.commands.actors.permissions` says which command needs which.
    """

    READ = "read"
    """See decisions and their reasons."""
    JUNIOR = "junior"
    """Also let refused events pass."""
    MODERATOR = "moderator"
    """Also trust, raid mode, and looking a room over."""
    LEAD = "lead"
    """Also the policy and the runaway guard of a community, its audit log, and undoing."""
    OPERATOR = "operator"
    """Everything, on the whole server."""

    @property
    def rank(self) -> int:
        """The role's place among all, the least powerful first."""
        return _RANKS[self]


_RANKS: Final = {role: rank for rank, role in enumerate(Role)}


class ActorKind(StrEnum):
    """Kind of an actor, by its authentication; the value is stored and never changes."""

    OPERATOR = "operator"
    """By the token file, or a token with the role operator."""
    MODERATOR = "moderator"
    """By a token with another role."""
    OFFLINE = "offline"
    """By being able to open the database while no server runs."""
    SERVER = "server"
    """The server itself."""


class Face(StrEnum):
    """The way by which a command came; the value is stored and never changes."""

    CLI = "cli"
    API = "api"
    DASHBOARD = "dashboard"
    ROOM = "room"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A role, and the community or rooms in which it applies.

    Attributes:
        role: what may be done there.
        community: the community; None for the whole server.
        rooms: the IDs of the rooms of that community; None for all of them.
    """

    role: Role
    community: str | None = None
    rooms: frozenset[str] | None = None

    def covers(self, community: str, room_id: str | None = None) -> bool:
        """Return True if the scope covers a room of a community, or all of its rooms."""
        if self.community is None:
            return True
        if self.community != community:
            return False
        return self.rooms is None or room_id in self.rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person or program behind a command.

    Attributes:
        name: the name in the audit log.
        kind: the kind of authentication.
        face: the interface that the command came by.
        scopes: the roles in communities and rooms.
    """

    name: str
    kind: ActorKind
    face: Face
    scopes: tuple[Scope, ...]

    @classmethod
    def unlimited(cls, name: str, kind: ActorKind, face: Face) -> Self:
        """Return an actor who may do everything."""
        return cls(name=name, kind=kind, face=face, scopes=(Scope(role=Role.OPERATOR),))

    @property
    def is_operator(self) -> bool:
        """Return True if they may do everything, on the whole server."""
        return any(scope.role is Role.OPERATOR and scope.community is None for scope in self.scopes)

    def role_in(self, community: str, room_id: str | None = None) -> Role | None:
        """Return their highest role in a room of a community, or in all of its rooms at once."""
        roles = [scope.role for scope in self.scopes if scope.covers(community, room_id)]
        return max(roles, key=lambda role: role.rank, default=None)

    def rooms_in(self, communities: Collection[str]) -> frozenset[str]:
        """Return the rooms in which they have a role, of communities where that is not in all."""
        return frozenset(
            room_id
            for scope in self.scopes
            if scope.community in communities and self.role_in(str(scope.community)) is None
            for room_id in scope.rooms or ()
        )

    def is_named_in(self, community: str) -> bool:
        """Return True if they have a role in the community, be it in some of its rooms only."""
        return any(scope.community in (None, community) for scope in self.scopes)
