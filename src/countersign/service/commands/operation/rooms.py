"""Commands on rooms: listing, joining, checking and leaving them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from countersign.policy.policies.room_selections import RoomSelection
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.handshakes.resident_calls import Progress
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.rejoining import rejoin
from countersign.service.rooms.room import Room
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.service.slices import in_slices

CHECK_SECONDS: Final = 35.0
"""Timeout for a room's servers if a person waits; their answers are verified afterwards."""


class RoomCommands(CommandGroup):
    """Lists rooms, joins, checks and leaves them."""

    def __init__(
        self,
        needs: CommandNeeds,
        rooms: Rooms,
        checks: StateChecks,
        *,
        policies: Policies,
        room_finder: RoomFinder,
        raids: Raids,
        guard: RunawayGuard,
    ) -> None:
        super().__init__(needs)
        self._rooms = rooms
        self._checks = checks
        self._policies = policies
        self._room_finder = room_finder
        self._raids = raids
        self._guard = guard

    def require(self, actor: Actor, command: Command) -> None:
        """Check that an actor may give a command somewhere; call this before long work."""
        self._permissions.require(actor, command)

    async def list(self, actor: Actor) -> JsonObject:
        """Return every room that the actor sees, and the names in policies that were not found."""
        self.require(actor, Command.ROOMS_LIST)
        rooms = [self._shown(room) async for room in self._visible_rooms(actor)]
        unfound = [
            {"name": name, "reason": self._room_finder.troubles.get(name, "not asked about yet")}
            for name in self._room_finder.unfound
            if self._is_named(actor, name)
        ]
        return {"rooms": rooms, "unfound": unfound}

    async def list_unwell(self, actor: Actor) -> JsonObject:
        """Return the rooms with alerts that we are in, as far as the actor sees them.

        Returns:
            `rooms`, as `list` says; `joined`, how many rooms we are in.
        """
        self.require(actor, Command.ROOMS_LIST)
        joined = [room async for room in self._visible_rooms(actor) if room.is_joined]
        unwell = in_slices([each for each in joined if each.alerts])
        return {"rooms": [self._shown(room) async for room in unwell], "joined": len(joined)}

    def show(self, actor: Actor, room_id: str) -> JsonObject:
        """Return one room, as `list` does.

        Raises:
            NotFound: we were never in it, or it is not theirs to see.
        """
        self.require(actor, Command.ROOMS_LIST)
        room = self._rooms.get(room_id)
        if room is None or not self._is_visible(actor, room):
            raise NotFound(f"We are not in {room_id}.")
        return self._shown(room)

    async def join(
        self, actor: Actor, room_id: str, via: Sequence[str], progress: Progress
    ) -> JsonObject:
        """Join a room; return it.

        Raises:
            CountersignError: no server let us in; see `Rooms.join`.
        """
        self.require(actor, Command.ROOMS_JOIN)
        async with self._change(actor, Command.ROOMS_JOIN, room_id, {"via": [*via]}):
            return self._shown(await self._rooms.join(room_id, via, progress))

    async def rejoin(
        self, actor: Actor, room_id: str, via: Sequence[str], progress: Progress
    ) -> JsonObject:
        """Join a room once more that we are or were in; return it.

        Raises:
            CountersignError: no server let us in; see `Rooms.rejoin`.
        """
        self.require(actor, Command.ROOMS_REJOIN)
        async with self._change(actor, Command.ROOMS_REJOIN, room_id, {"via": [*via]}):
            return self._shown(await rejoin(self._rooms, room_id, via, progress))

    async def check(self, actor: Actor, room_id: str, progress: Progress) -> JsonObject:
        """Run a state check of a room, and return what each server answered.

        Raises:
            NotFound: we are not in the room, or the actor does not see it.
            CountersignError: see `StateChecks.check`.
        """
        self.require(actor, Command.ROOMS_CHECK)
        room = self._rooms.get(room_id)
        is_seen = self._permissions.sees_room(actor, room_id)
        if room is None or not room.is_joined or not is_seen:
            raise NotFound(f"We are not in {room_id}.")
        self._permissions.require_in_room(actor, Command.ROOMS_CHECK, room_id)
        async with self._change(actor, Command.ROOMS_CHECK, room_id, {}):
            progress(f"asking servers of {room_id}")
            answers = await self._checks.check(room, is_thorough=True, seconds=CHECK_SECONDS)
            for view in answers.views:
                progress(f"{view.server}: has us in the room")
            for server in answers.denying:
                progress(f"{server}: says that we are not in the room")
            for attempt in answers.failures:
                progress(f"{attempt.server}: {attempt.reason}")
            return self._shown(room)

    async def leave(
        self, actor: Actor, room_id: str, progress: Progress, *, force: bool
    ) -> JsonObject:
        """Leave a room; return it.

        Raises:
            CountersignError: see `Rooms.leave`.
        """
        self.require(actor, Command.ROOMS_LEAVE)
        async with self._change(actor, Command.ROOMS_LEAVE, room_id, {"force": force}):
            progress(f"leaving {room_id}")
            return self._shown(await self._rooms.leave(room_id, force=force))

    def _change(self, actor: Actor, command: Command, room_id: str, details: JsonObject) -> Any:
        community = self._policies.for_room(room_id).name
        return self._audit.change(
            actor, command, community=community, subject=room_id, details=details
        )

    async def _visible_rooms(self, actor: Actor) -> AsyncIterator[Room]:
        """Yield the rooms that an actor sees, giving the event loop a turn now and then."""
        async for room in in_slices(self._rooms.all()):
            if self._is_visible(actor, room):
                yield room

    def _is_visible(self, actor: Actor, room: Room) -> bool:
        return self._permissions.sees_room(actor, room.room_id) and not room.is_chat

    def _is_named(self, actor: Actor, name: str) -> bool:
        """Return True if a policy of the actor's communities names an alias or a space."""
        if actor.is_operator:
            return True
        return any(
            name in _names(community.policy.rooms) or name in community.policy.languages.aliases()
            for community in self._policies.all()
            if actor.role_in(community.name) is not None
        )

    def _shown(self, room: Room) -> JsonObject:
        community = self._policies.for_room(room.room_id)
        raid = self._raids.find(community.name, self._clock.now_ts())
        dropped = self._guard.dropped(community.name, community.policy.revision)
        return {
            **_as_known(room),
            "may_redact": room.is_joined and room.state.may_redact(self._rooms.our_user_id),
            "community": community.name,
            "raid": None if raid is None else raid.because,
            "dropped_steps": sorted(dropped),
        }


def _names(selection: RoomSelection) -> frozenset[str]:
    return frozenset(selection.aliases) | frozenset(selection.spaces)


def _as_known(room: Room) -> dict[str, Any]:
    return {
        "room_id": room.room_id,
        "name": room.state.name,
        "room_version": room.rules.identifier,
        "membership": room.membership,
        "joined_members": room.state.joined_count,
        "is_encrypted": room.state.is_encrypted,
        "is_list_only": room.is_joined and room.is_list_only,
        "is_management_only": room.is_joined and room.is_management_only,
        "via": list(room.via),
        "joined_ts": room.joined_ts,
        "confirmed_ts": room.confirmed_ts,
        "note": room.note,
        "alerts": [
            {"kind": alert.kind.value, "message": alert.message, "remedy": alert.remedy}
            for alert in room.alerts
        ],
    }
