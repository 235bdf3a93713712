"""Commands on policy lists: those that policies follow, and the members whom they match."""

from collections import Counter

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.answers.list_reaches import FollowedList, PolicyLists, Preview
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room


class ListCommands(CommandGroup):
    """Shows the lists that policies follow, and the members whom a list matches."""

    def __init__(self, needs: CommandNeeds, policies: Policies, rooms: Rooms) -> None:
        super().__init__(needs)
        self._lists = PolicyLists(policies, rooms)

    def require_preview(self, actor: Actor) -> None:
        """Check that an actor may preview lists at least somewhere, before long work begins."""
        self._permissions.require(actor, Command.LISTS_PREVIEW)

    def show(self, actor: Actor, community: str | None = None) -> list[JsonObject]:
        """Return every list that the policies of the actor's communities follow.

        Args:
            actor: the actor.
            community: only lists of this community's policy; None for all.

        Raises:
            Forbidden: the actor may see none, or none of that community.
            NotFound: there is no such community, or they have no role in it.
        """
        community_names = self._permissions.community_names(actor, Command.LISTS_SHOW, community)
        return [
            _shown(each) for each in self._lists.followed() if each.community in community_names
        ]

    async def preview(self, actor: Actor, room_id: str) -> list[JsonObject]:
        """Return the members whom a room's lists match, or, for a list, its matches in other rooms.

        Actors who see a list's room, or whose policies follow it, can preview it, in the rooms that
        they see.

        Raises:
            NotFound: we are not in the room, or it does not exist for the actor.
        """
        self.require_preview(actor)
        is_followed = any(
            each.list_id == room_id and actor.is_named_in(each.community)
            for each in self._lists.followed()
        )
        if not is_followed and not self._permissions.sees_room(actor, room_id):
            raise NotFound(self._lists.not_joined(room_id))
        if not is_followed:
            self._permissions.require_in_room(actor, Command.LISTS_PREVIEW, room_id)
        await self._audit.read(actor, Command.LISTS_PREVIEW, subject=room_id)
        previews = await self._lists.preview(
            room_id,
            is_shown=lambda each: self._permissions.may_in_room(actor, Command.LISTS_PREVIEW, each),
        )
        return [_preview(each) for each in previews]


def _shown(followed: FollowedList) -> JsonObject:
    return {
        "list_id": followed.list_id,
        "community": followed.community,
        "filter": followed.step,
        "is_followed": followed.room is not None,
        "rules": {} if followed.room is None else _kinds(followed.room),
    }


def _kinds(room: Room) -> JsonObject:
    return dict(Counter(rule.kind.value for rule in room.state.policy_rules))


def _preview(preview: Preview) -> JsonObject:
    return {
        "room_id": preview.room_id,
        "members": preview.members,
        "hit": preview.hit,
        "first_hit": [
            {
                "user_id": user_id,
                "list_id": listing.list_id,
                "entity": listing.rule.shown,
                "recommendation": listing.rule.recommendation.value,
                "reason": listing.rule.reason,
            }
            for user_id, listing in preview.shown
        ],
        "too_wide": [
            {
                "list_id": listing.list_id,
                "entity": listing.rule.shown,
                "hit": reach.hit,
                "of": reach.of,
            }
            for listing, reach in preview.too_wide.values()
        ],
    }
