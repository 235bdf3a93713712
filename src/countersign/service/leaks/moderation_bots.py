"""Moderation bots, which receive a to-device message with the event to redact.

Bots already know this message from other Policy Servers, so nothing needs to be installed. A bot
verifies its signature with the policy key that the room names.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.leaks import Leak
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.identifiers import server_name_of
from countersign.protocol.rooms.policy_servers import COMMAND_TYPE, redact_command
from countersign.service.identity import Identity
from countersign.service.leaks.outbox import DeliveryFailed, outbox_entry_id
from countersign.service.rooms.protected_rooms import Rooms

MOST_AT_ONCE: Final = 50
"""A transaction may hold 100 ephemeral events."""


class RedactCommands:
    """Makes commands to redact an event, each signed with the policy key that its room lists."""

    def __init__(self, identity: Identity, rooms: Rooms) -> None:
        self._identity = identity
        self._rooms = rooms

    def make(self, leak: Leak) -> JsonObject:
        """Return the command to redact an event.

        Raises:
            SigningFault: the signature does not verify.
        """
        room = self._rooms.get(leak.room_id)
        key = self._identity.policy_key_for(None if room is None else room.state.room_policy)
        return redact_command(leak.room_id, leak.event_id, self._identity.server_name, key)


class ModerationBot:
    """A recipient of leaks that is a Matrix user."""

    most_at_once = MOST_AT_ONCE

    def __init__(
        self,
        user_id: str,
        *,
        identity: Identity,
        commands: RedactCommands,
        federation: FederationClient,
        clock: Clock,
    ) -> None:
        self.name = user_id
        self._server = server_name_of(user_id)
        self._identity = identity
        self._commands = commands
        self._federation = federation
        self._clock = clock

    async def deliver(self, leaks: Sequence[Leak]) -> str:
        """Send the bot's server one to-device message for each leak, all in one transaction."""
        ids = [outbox_entry_id(leak, self.name) for leak in leaks]
        transaction: JsonObject = {
            "origin": self._identity.server_name,
            "origin_server_ts": self._clock.now_ts(),
            "pdus": [],
            "edus": [self._edu(leak, event_id) for leak, event_id in zip(leaks, ids, strict=True)],
        }
        # A server processes a transaction with the same ID only once.
        txn_id = sha256("".join(ids).encode()).hexdigest()[:32]
        try:
            await self._federation.send_transaction(self._server, txn_id, transaction)
        except (PeerUnavailable, PeerRefused) as error:
            raise DeliveryFailed(str(error)) from error
        return f"{self._server} took it"

    def _edu(self, leak: Leak, message_id: str) -> JsonObject:
        """Spec: https://spec.matrix.org/v1.18/server-server-api/#send-to-device-messaging."""
        command = self._commands.make(leak)
        return {
            "edu_type": "m.direct_to_device",
            "content": {
                "sender": self._identity.user_id,
                "type": COMMAND_TYPE,
                "message_id": message_id,
                "messages": {self.name: {"*": command}},
            },
        }
