"""Command on keys: the policy keys that the server signs with, and the rooms that list each."""

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.identity import Identity
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.signing.policy_keys import policy_key_uses


class KeyCommands(CommandGroup):
    """Shows policy keys. They are created and retired as files, without a running server."""

    def __init__(self, needs: CommandNeeds, identity: Identity, rooms: Rooms) -> None:
        super().__init__(needs)
        self._identity = identity
        self._rooms = rooms

    def show(self, actor: Actor) -> list[JsonObject]:
        """Return each policy key, the current one first."""
        self._permissions.require(actor, Command.KEYS_SHOW)
        return [
            {
                "public_key": use.public_key,
                "standing": use.standing.value,
                "rooms": list(use.rooms),
            }
            for use in policy_key_uses(self._identity, self._rooms.all())
        ]
