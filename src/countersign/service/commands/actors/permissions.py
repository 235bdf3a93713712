"""Permissions: what an actor may see and do, from the table of commands."""

from collections.abc import Callable, Collection

from countersign.ports.actors import Actor
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.rules import RULES, Command, Reach
from countersign.service.errors import Forbidden, NotFound
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Community, Policies

__all__ = ["RULES", "Command", "Permissions", "Reach", "RequireActive"]

RequireActive = Callable[[Actor], None]
"""Raises if an actor's access has ended."""


class Permissions:
    """Decides what an actor may see and do.

    Communities and rooms for which an actor has no role do not exist for them: the answer is the
    same as for unknown ones. `Forbidden` is raised only for what they may know: a command that they
    may give nowhere, or something that they may see but not change.

    Args:
        policies: map rooms to communities.
        require_active: called before every command, since access may end during a request.
    """

    def __init__(self, policies: Policies, require_active: RequireActive) -> None:
        self._policies = policies
        self._require_active = require_active

    def require(self, actor: Actor, command: Command) -> None:
        """Check that an actor may give a command somewhere; call this before any look-up.

        Raises:
            Forbidden: they may not.
            AccessEnded: their access has ended.
        """
        self._require_active(actor)
        rule = RULES[command]
        if not any(
            scope.role.rank >= rule.role.rank
            and (rule.reach is not Reach.SERVER or scope.community is None)
            and (rule.reach is Reach.ROOM or scope.rooms is None)
            for scope in actor.scopes
        ):
            raise Forbidden(
                f"Your access does not reach as far as `{command}`: it needs the role {rule.role} "
                f"{rule.reach.value}."
            )

    def community(self, actor: Actor, command: Command, name: object = None) -> Community:
        """Return the community that a command is about.

        Args:
            actor: the actor who gives it.
            command: one that is about a community.
            name: as the actor wrote it; None for the default one, or else the only one they know.

        Raises:
            NotFound: there is none, or they have no role in it.
            BadJson: no name is given, and they know several.
            Forbidden: they know it, but may not give the command there.
        """
        self.require(actor, command)
        communities = self.known_communities(actor)
        if name is None:
            candidates = [
                each for each in communities if each.name == DEFAULT_COMMUNITY
            ] or communities
            if len(candidates) > 1:
                names = ", ".join(each.name for each in communities)
                raise BadJson(f"Name the community; there is {names}.")
            name = candidates[0].name if candidates else DEFAULT_COMMUNITY
        community = next((each for each in communities if each.name == name), None)
        if community is None:
            names = ", ".join(each.name for each in communities) or "none"
            raise NotFound(f"There is no community {name!r}; there is {names}.")
        self._require_role(actor, command, community.name, None)
        return community

    def communities(self, actor: Actor, command: Command) -> list[Community]:
        """Return all communities in which an actor may give a command that is about communities.

        Raises:
            Forbidden: they may give it nowhere.
        """
        self.require(actor, command)
        return [each for each in self._policies.all() if self._may(actor, command, each.name)]

    def community_names(self, actor: Actor, command: Command, community: object = None) -> set[str]:
        """Return the names of the communities that a command is about.

        Args:
            actor: the actor who gives it.
            command: one that is about communities.
            community: the name of one; None for all in which they may give it.

        Raises:
            NotFound: there is none of this name, or they have no role in it.
            Forbidden: they may give the command nowhere, or not in this community.
        """
        if community is not None:
            return {self.community(actor, command, community).name}
        return {each.name for each in self.communities(actor, command)}

    def known_communities(self, actor: Actor) -> list[Community]:
        """Return the communities in which an actor has a role, also if only in some rooms."""
        return [each for each in self._policies.all() if actor.is_named_in(each.name)]

    def in_all_rooms(self, actor: Actor, names: Collection[str]) -> list[str]:
        """Return those of the named communities in all of whose rooms an actor has a role."""
        return [each for each in names if actor.role_in(each) is not None]

    def require_known(self, actor: Actor, community: str | None) -> None:
        """Check that an actor has a role in a community, or in some room of it.

        Raises:
            NotFound: it does not.
        """
        community_names = [each.name for each in self.known_communities(actor)]
        if community is not None and community not in community_names:
            names = ", ".join(community_names) or "none"
            raise NotFound(f"There is no community {community!r}; there is {names}.")

    def sees_room(self, actor: Actor, room_id: str) -> bool:
        """Return True if an actor has a role in a room, so that it exists for them."""
        community = self._policies.for_room(room_id).name
        return actor.role_in(community, room_id) is not None

    def community_of(self, room_id: str) -> Community:
        """Return the community that a room belongs to."""
        return self._policies.for_room(room_id)

    def may_in_room(self, actor: Actor, command: Command, room_id: str) -> bool:
        """Return True if an actor may give a command about a room."""
        return self._may(actor, command, self._policies.for_room(room_id).name, room_id)

    def require_in_room(self, actor: Actor, command: Command, room_id: str) -> Community:
        """Check that an actor may give a command about a room that they see; return its community.

        Raises:
            Forbidden: they may not.
        """
        self.require(actor, command)
        community = self._policies.for_room(room_id)
        is_in_room = RULES[command].reach is Reach.ROOM
        self._require_role(actor, command, community.name, room_id if is_in_room else None)
        return community

    def _may(
        self, actor: Actor, command: Command, community: str, room_id: str | None = None
    ) -> bool:
        role = actor.role_in(community, room_id)
        return role is not None and role.rank >= RULES[command].role.rank

    def _require_role(
        self, actor: Actor, command: Command, community: str, room_id: str | None
    ) -> None:
        if not self._may(actor, command, community, room_id):
            raise Forbidden(
                f"Your access to {room_id or community} does not reach as far as `{command}`: it "
                f"needs the role {RULES[command].role}."
            )
