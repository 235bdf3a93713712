"""Command to protect a room: sends `m.room.policy` if our user may, or returns it."""

from typing import Final

from countersign.ports.actors import Actor
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.protocol.rooms.policy_servers import POLICY_TYPE, room_policy_content
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.identity import Identity
from countersign.service.own_events.building import Draft
from countersign.service.own_events.sending import CannotSend, OwnEvents, key_of
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room

MAX_NAME_BYTES: Final = 255


class ProtectCommands(CommandGroup):
    """Shows whether a room names us, and names us there if our user may.

    Args:
        rooms: the rooms that we are in.
        own_events: sends `m.room.policy`.
        federation: looks up the rooms of aliases.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        identity: Identity,
        *,
        rooms: Rooms,
        own_events: OwnEvents,
        federation: FederationClient,
    ) -> None:
        super().__init__(needs)
        self._identity = identity
        self._rooms = rooms
        self._own_events = own_events
        self._federation = federation

    async def protect(self, actor: Actor, name: object) -> JsonObject:
        """Protect a room if our user has the power; return what is done and what is missing.

        Args:
            actor: the actor.
            name: the room's ID or alias.

        Returns:
            `room_id`; `names`: `us`, `other` or null; `event`: the state event that names us;
            `sent`: its ID if our user sent it just now; `missing`: why it did not, or null.

        Raises:
            BadJson: it is no name of a room.
            NotFound: we are not in the room, or the actor does not see it.
            StoreUnavailable: nothing was sent.
        """
        self._permissions.require(actor, Command.ROOMS_PROTECT)
        room_id = await self._room_id(name)
        room = self._rooms.get(room_id)
        is_seen = self._permissions.sees_room(actor, room_id)
        if room is None or not room.is_joined or not is_seen:
            raise NotFound(
                f"We are not in {room_id}. Invite {self._identity.user_id} there, or have the "
                "operator run: countersign rooms join"
            )
        community = self._permissions.require_in_room(actor, Command.ROOMS_PROTECT, room_id)
        policy = room.state.room_policy
        is_ours = policy is not None and policy.via == self._identity.server_name
        answer: JsonObject = {
            "room_id": room_id,
            "names": "us" if is_ours else (None if policy is None else "other"),
            "event": self._event(),
            "sent": None,
            "missing": None,
        }
        if is_ours and self._identity.find_listed_key(policy) is not None:
            return answer
        if policy is not None and not is_ours:
            answer["missing"] = "the room names another policy server, which its people chose"
            return answer
        try:
            async with self._audit.change(
                actor, Command.ROOMS_PROTECT, community=community.name, subject=room_id
            ):
                answer["sent"] = await self._send(room)
        except (CannotSend, AnswerUntrustworthy) as error:
            answer["missing"] = str(error)
        return answer

    async def _send(self, room: Room) -> str:
        standing = room.state.find(POLICY_TYPE)
        event = self._event()
        before = standing.event_id if standing is not None else ""
        return await self._own_events.send(
            room.room_id,
            Draft(
                key=key_of("policy", room.room_id, before, str(event["content"])),
                type=event["type"],
                content=event["content"],
                state_key="",
            ),
        )

    def _event(self) -> JsonObject:
        key = self._identity.policy_key.verify_key
        return {
            "type": POLICY_TYPE,
            "state_key": "",
            "content": room_policy_content(self._identity.server_name, key),
        }

    async def _room_id(self, name: object) -> str:
        if not isinstance(name, str) or len(name.encode()) > MAX_NAME_BYTES:
            raise BadJson("Name the room by its ID or alias, such as #room:example.org.")
        if is_room_id(name):
            return name
        server = name.partition(":")[2]
        if not name.startswith("#") or not is_server_name(server):
            raise BadJson("Name the room by its ID or alias, such as #room:example.org.")
        try:
            answer = await self._federation.room_for_alias(server, name)
        except (PeerRefused, PeerUnavailable) as error:
            raise NotFound(f"{server} does not say which room {name} is: {error}") from error
        room_id = answer.get("room_id")
        if not isinstance(room_id, str) or not is_room_id(room_id):
            raise NotFound(f"{server} names no room for {name}.")
        return room_id
