"""Choices of people for commands about several: who is meant, and who of them is left out."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_user_id
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.errors import NotFound
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Community
from countersign.service.rooms.room import Room
from countersign.service.slices import filtered

MAX_PEOPLE: Final = 100
"""The people of a command on mutes."""


class ChosenPeople(NamedTuple):
    """The people of a command, and those who are left out.

    Attributes:
        people: user IDs.
        skipped: a sentence for each user ID that is left out.
    """

    people: list[str]
    skipped: dict[str, str]


class PeopleChoices(CommandGroup):
    """Chooses the people of a command on mutes.

    Args:
        records: levels of trust that moderators set.
        mutes: mutes by policies.
        incidents: find the people of an incident.
        rooms: returns the rooms that we are or were in, for power levels of moderators.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        records: TrustRecords,
        mutes: Mutes,
        *,
        incidents: IncidentCommands,
        rooms: Callable[[], Iterable[Room]],
    ) -> None:
        super().__init__(needs)
        self._records = records
        self._mutes = mutes
        self._incidents = incidents
        self._rooms = rooms

    async def named(
        self,
        actor: Actor,
        command: Command,
        user_ids: object,
        incident: object,
        community: object,
    ) -> tuple[Community, list[str]]:
        """Return the community and the people that a command names, each once.

        Args:
            actor: the actor who gives it.
            command: the command.
            user_ids: a list of user IDs, or None.
            incident: the reference of any refusal of an incident, or None.
            community: the name of the community, or None.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or nobody is named.
        """
        self._permissions.require(actor, command)
        if (user_ids is None) == (incident is None):
            raise BadJson("Give either `user_ids`, a list of user IDs, or `incident`, a reference.")
        if incident is None:
            target = self._permissions.community(actor, command, community)
            if not isinstance(user_ids, list | tuple) or not user_ids:
                raise BadJson("The field 'user_ids' must be a list of user IDs.")
            named = [*dict.fromkeys(checked_user_id(each) for each in user_ids)]
        else:
            group, _ = await self._incidents.find(actor, str(incident))
            if community not in (None, group.community):
                raise NotFound(f"That incident is not in the community {community!r}.")
            target = self._permissions.community(actor, command, group.community)
            named = [*group.senders]
        if len(named) > MAX_PEOPLE:
            raise BadJson(
                f"{len(named):,} people are meant, and {MAX_PEOPLE} at once are the most. Against "
                "a raid use raid mode; or name them in parts."
            )
        return target, named

    async def to_mute(self, community: Community, named: Sequence[str]) -> ChosenPeople:
        """Return who of them can be muted."""
        chosen = ChosenPeople([], {})
        rooms = await filtered(
            self._rooms(),
            lambda room: (
                room.is_joined
                and self._permissions.community_of(room.room_id).name == community.name
            ),
        )
        needed = community.policy.trust_rules.moderator_power_level
        for user_id in named:
            await asyncio.sleep(0)  # requests for signatures come in between
            trust_record = await self._records.find(community.name, user_id)
            if any(_moderates(user_id, room, needed) for room in rooms):
                chosen.skipped[user_id] = "moderates a room"
            elif trust_record.given is not None and self._is_lasting(trust_record.given_until_ts):
                chosen.skipped[user_id] = f"a moderator gave the level {trust_record.given.value}"
            else:
                chosen.people.append(user_id)
        return chosen

    async def muted(self, community: Community, named: Sequence[str]) -> ChosenPeople:
        """Return who of them is mute."""
        chosen = ChosenPeople([], {})
        paused = {
            each.user_id for each in self._mutes.list_current() if each.community == community.name
        }
        for user_id in named:
            trust_record = await self._records.find(community.name, user_id)
            is_banned = trust_record.given is Trust.BANNED and self._is_lasting(
                trust_record.given_until_ts
            )
            if user_id in paused or (is_banned and trust_record.given_until_ts is not None):
                chosen.people.append(user_id)
            elif is_banned:
                chosen.skipped[user_id] = "is banned without an end: take the level away"
            else:
                chosen.skipped[user_id] = "is not muted"
        return chosen

    def _is_lasting(self, until_ts: int | None) -> bool:
        return until_ts is None or until_ts > self._clock.now_ts()


def _moderates(user_id: str, room: Room, needed: int) -> bool:
    is_there = room.state.membership_of(user_id) == "join"
    return is_there and room.state.power_levels.user_level(user_id) >= needed
