"""Signing with the policy key, with a cache of recent signatures."""

from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import RoomPolicy, SigningFault, policy_signature
from countersign.service.identity import Identity

MAX_REMEMBERED: Final = 20_000


class PolicySignatures:
    """Makes policy signatures, once for each event, however many servers ask about it.

    The key is the one that the event's room lists, which homeservers expect. Ed25519 is
    deterministic, so a cached signature equals a new one. Every signature is verified when it is
    made.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._remembered: BoundedMapping[tuple[bytes, bytes], JsonObject] = BoundedMapping(
            MAX_REMEMBERED
        )
        self._faults = 0

    def find_trouble(self) -> str | None:
        """Return what is wrong with signing; None if no signature was ever wrong."""
        if not self._faults:
            return None
        return f"{self._faults} wrong signatures were made and held back: check the machine"

    def peek(self, digest: bytes, room_policy: RoomPolicy | None) -> JsonObject | None:
        """Return what `sign` returned for the event of this digest; None if it is not in memory."""
        key = self._identity.policy_key_for(room_policy)
        return self._remembered.get((key.verify_key.raw, digest))

    def sign(self, pdu: Pdu, room_policy: RoomPolicy | None) -> JsonObject:
        """Return our signature of `pdu` as `{server name: {key ID: signature}}`.

        Args:
            pdu: the event.
            room_policy: the present content of its room's `m.room.policy`.

        Raises:
            SigningFault: our own signature does not verify; nothing may be signed.
        """
        key = self._identity.policy_key_for(room_policy)
        remembered_as = (key.verify_key.raw, pdu.digest)
        remembered = self._remembered.get(remembered_as)
        if remembered is not None:
            return remembered
        try:
            made = policy_signature(pdu, self._identity.server_name, key)
        except SigningFault:
            # A wrong and a right signature of the same event together reveal the key. The wrong one
            # was not sent, but the machine that computed it cannot be trusted.
            self._faults += 1
            raise
        self._remembered[remembered_as] = made
        return made
