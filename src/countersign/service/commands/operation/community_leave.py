"""Command to leave all rooms of a community, after they no longer name this server.

If a room's `m.room.policy` names a server that left, messages in the room fail or are unprotected.
So the state is emptied first, the room's servers are asked whether they have that, and then we
leave.
"""

import asyncio
from typing import Final

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError
from countersign.protocol.rooms.policy_servers import POLICY_TYPE, UNSTABLE_POLICY_TYPE
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import ServiceError
from countersign.service.handshakes.resident_calls import Progress
from countersign.service.identity import Identity
from countersign.service.own_events.building import Draft
from countersign.service.own_events.sending import OwnEvents, key_of
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room
from countersign.service.rooms.sync.state_checks import StateChecks

LOOKS: Final = 6
"""Maximum number of checks whether a room's servers have the emptied state."""
LOOK_SECONDS: Final = 5.0
"""Interval between two checks; the first is made at once."""
CHECK_SECONDS: Final = 20.0


class StillNamed(ServiceError):
    """A room still names us; the message says why, and what to do."""


class CommunityLeave(CommandGroup):
    """Leaves all rooms of a community.

    Args:
        rooms: the rooms that we are in.
        policies: map rooms to communities.
        own_events: empties `m.room.policy` where our user may.
        checks: checks a room's state with its servers.
        look_seconds: interval between two checks of a room.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        identity: Identity,
        *,
        rooms: Rooms,
        policies: Policies,
        own_events: OwnEvents,
        checks: StateChecks,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        super().__init__(needs)
        self._look_seconds = look_seconds
        self._identity = identity
        self._rooms = rooms
        self._policies = policies
        self._own_events = own_events
        self._checks = checks

    async def leave(
        self, actor: Actor, name: str, progress: Progress, *, force: bool = False
    ) -> JsonObject:
        """Leave the rooms of a community; return the result for each room.

        If a room names us, our user empties `m.room.policy`, if it may. A room that still names us
        is not left, unless `force` is set.

        Args:
            actor: the actor.
            name: the name of the community.
            progress: receives lines on what is being done.
            force: leave rooms that still name us, and those whose servers do not accept a leave.

        Returns:
            `left`: room IDs; `kept`: of each room that was not left its `room_id` and `reason`.

        Raises:
            NotFound: there is no such community.
            StoreUnavailable: some rooms may not be left; repeat the call.
        """
        community = self._permissions.community(actor, Command.COMMUNITY_LEAVE, name)
        left: list[str] = []
        kept: list[JsonObject] = []
        async with self._audit.change(
            actor, Command.COMMUNITY_LEAVE, community=community.name, details={"force": force}
        ) as details:
            for room in self._rooms_of(community.name):
                try:
                    await self._leave(room, progress, force=force)
                except CountersignError as error:
                    progress(f"{room.room_id}: {error}")
                    kept.append({"room_id": room.room_id, "reason": str(error)})
                else:
                    left.append(room.room_id)
            details["left"], details["kept"] = left, kept
        return {"community": community.name, "left": left, "kept": kept}

    def _rooms_of(self, community: str) -> list[Room]:
        return [
            room
            for room in self._rooms.all()
            if room.is_joined and self._policies.for_room(room.room_id).name == community
        ]

    async def _leave(self, room: Room, progress: Progress, *, force: bool) -> None:
        if self._names_us(room):
            try:
                await self._free(room, progress)
            except CountersignError:
                if not force:
                    raise
        progress(f"leaving {room.room_id}")
        await self._rooms.leave(room.room_id, force=force)

    async def _free(self, room: Room, progress: Progress) -> None:
        """Empty the room's `m.room.policy`, and check that its servers have the new state.

        Raises:
            StillNamed: the room still names us; the message says what to do.
        """
        progress(f"emptying m.room.policy in {room.room_id}")
        for event_type in (POLICY_TYPE, UNSTABLE_POLICY_TYPE):
            standing = room.state.find(event_type)
            if standing is None or not standing.content:
                continue
            key = key_of("free", room.room_id, event_type, standing.event_id)
            draft = Draft(key=key, type=event_type, content={}, state_key="")
            try:
                await self._own_events.send(room.room_id, draft)
            except CountersignError as error:
                raise StillNamed(
                    f"It still names us, and our user cannot change that: {error}. An "
                    "administrator of the room clears the policy server in the room's settings "
                    "(Element), or sends an empty m.room.policy; then do this again."
                ) from error
        for look in range(LOOKS):
            if look:
                await asyncio.sleep(self._look_seconds)
            await self._checks.check(room, is_thorough=True, seconds=CHECK_SECONDS)
            if not self._names_us(room):
                return
        raise StillNamed(
            "Its servers do not have the empty m.room.policy yet that our user sent. Do this again "
            "in some minutes."
        )

    def _names_us(self, room: Room) -> bool:
        policy = room.state.room_policy
        return policy is not None and policy.via == self._identity.server_name
