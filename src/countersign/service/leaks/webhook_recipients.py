"""Webhooks: a program of the operator's that receives leaks by HTTP."""

import hmac
from collections.abc import Sequence
from typing import Final

from countersign.ports.errors import PeerUnavailable
from countersign.ports.stores.leaks import Leak
from countersign.ports.webhooks import Webhooks
from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.service.identity import Identity
from countersign.service.leaks.moderation_bots import RedactCommands
from countersign.service.leaks.outbox import DeliveryFailed, outbox_entry_id

SIGNATURE_HEADER: Final = "X-Countersign-Signature"
LEAK_TYPE: Final = "org.countersign.leak"


class WebhookRecipient:
    """A recipient of leaks that is an address.

    Args:
        url: where to post.
        secret: signs the body, by which the receiver verifies it; None for no signature.
        commands: makes the command of moderation bots, which the receiver may pass on to one.
        webhooks: posts.
    """

    most_at_once = 1

    def __init__(
        self,
        url: str,
        *,
        secret: bytes | None,
        identity: Identity,
        commands: RedactCommands,
        webhooks: Webhooks,
    ) -> None:
        self.name = url
        self._secret = secret
        self._identity = identity
        self._commands = commands
        self._webhooks = webhooks

    async def deliver(self, leaks: Sequence[Leak]) -> str:
        """Post one document for each leak."""
        for leak in leaks:
            body = encode_canonical(self._document(leak))
            try:
                await self._webhooks.post(self.name, body, self._headers(body))
            except PeerUnavailable as error:
                raise DeliveryFailed(str(error)) from error
        return "taken"

    def _document(self, leak: Leak) -> JsonObject:
        """Return the body for the receiver; it never contains the event's content."""
        return {
            "type": LEAK_TYPE,
            "id": outbox_entry_id(leak, self.name),
            "server_name": self._identity.server_name,
            "room_id": leak.room_id,
            "event_id": leak.event_id,
            "event_type": leak.event_type,
            "sender": leak.sender,
            "reference": leak.reference,
            "brought_by": leak.brought_by,
            "channel": leak.channel.value,
            "noticed_ts": leak.noticed_ts,
            "command": self._commands.make(leak),
        }

    def _headers(self, body: bytes) -> dict[str, str]:
        if self._secret is None:
            return {}
        return {SIGNATURE_HEADER: f"sha256={hmac.digest(self._secret, body, 'sha256').hex()}"}
