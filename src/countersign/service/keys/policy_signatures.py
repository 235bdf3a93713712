"""Signing with the policy key, with a cache of recent signatures."""

from functools import partial
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.event_loop.meanwhile import WhileWriting, after_rounds
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import (
    POLICY_KEY_ID,
    RoomPolicy,
    SigningFault,
    policy_signature,
)
from countersign.service.identity import Identity

MAX_REMEMBERED: Final = 20_000
MAX_AHEAD: Final = 4
"""Maximum number of events that wait to be signed ahead."""


class KnownSignature(NamedTuple):
    """A signature that was verified when it was made.

    Attributes:
        policy_key: the public key, 32 bytes.
        signature: unpadded base64.
    """

    policy_key: bytes
    signature: str


class PolicySignatures:
    """Makes policy signatures, once for each event, however many servers ask about it.

    The key is the one that the event's room lists, which homeservers expect. Ed25519 is
    deterministic, so a cached signature equals a new one. Every signature is verified when it is
    made.

    Args:
        identity: our keys.
        while_writing: calls a function while a decision is written.
    """

    def __init__(self, identity: Identity, while_writing: WhileWriting = after_rounds) -> None:
        self._identity = identity
        self._while_writing = while_writing
        self._remembered: BoundedMapping[tuple[bytes, bytes], JsonObject] = BoundedMapping(
            MAX_REMEMBERED
        )
        self._faults = 0
        self._ahead = 0

    def find_trouble(self) -> str | None:
        """Return a message if any signature that was made did not verify; None if all did."""
        if not self._faults:
            return None
        return f"{self._faults} wrong signatures were made and held back: check the machine"

    def peek(self, digest: bytes, room_policy: RoomPolicy | None) -> JsonObject | None:
        """Return the event's signature as `sign` does; None if it is not in memory."""
        key = self._identity.policy_key_for(room_policy)
        return self._remembered.get((key.verify_key.raw, digest))

    def answer_from_known(
        self, signature: KnownSignature, room_policy: RoomPolicy | None
    ) -> JsonObject | None:
        """Return a signature as `sign` does; None if another key is to sign for the room now."""
        if self._identity.policy_key_for(room_policy).verify_key.raw != signature.policy_key:
            return None
        return {self._identity.server_name: {POLICY_KEY_ID: signature.signature}}

    def known_signature_in(
        self, answer: JsonObject, room_policy: RoomPolicy | None
    ) -> KnownSignature:
        """Return the signature in what `sign` returned for the same policy of the room."""
        key = self._identity.policy_key_for(room_policy)
        return KnownSignature(key.verify_key.raw, answer[self._identity.server_name][POLICY_KEY_ID])

    def sign_ahead(self, pdu: Pdu, room_policy: RoomPolicy | None) -> None:
        """Sign an event while its decision is being stored, if the event loop has time.

        The signature stays here until `sign` is called: nothing is answered before the decision is
        durable. With many events under way the loop has no time to spare, and they are signed when
        they are due.
        """
        if self._ahead < MAX_AHEAD:
            self._ahead += 1
            self._while_writing(partial(self._sign_one_ahead, pdu, room_policy))

    def _sign_one_ahead(self, pdu: Pdu, room_policy: RoomPolicy | None) -> None:
        self._ahead -= 1
        try:  # noqa: SIM105 - three calls less
            self.sign(pdu, room_policy)
        except SigningFault:
            pass  # counted, and raised again when the signature is due

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
            signature = policy_signature(pdu, self._identity.server_name, key)
        except SigningFault:
            # A wrong and a right signature of the same event together reveal the key. The wrong one
            # was not sent, but the machine that computed it cannot be trusted.
            self._faults += 1
            raise
        self._remembered[remembered_as] = signature
        return signature
