"""Verification of all the signatures that an event's room version demands."""

from typing import Final

from countersign.protocol.errors import SignatureInvalid
from countersign.protocol.events.event_signatures import (
    SignatureDemand,
    check_demand,
    check_third_party_invite,
    demand_of,
    signature_demands,
    third_party_invite_token,
)
from countersign.protocol.events.pdu import Pdu, parse_pdu
from countersign.protocol.events.redaction import redact
from countersign.protocol.rooms.policy_servers import POLICY_TYPE, UNSTABLE_POLICY_TYPE
from countersign.protocol.rooms.room_state import SERVER_ACL, THIRD_PARTY_INVITE, RoomState
from countersign.service.keys.key_ring import KeyRing, KeysUnavailable

MISLEADING_WHEN_EMPTY: Final = frozenset(
    {SERVER_ACL, THIRD_PARTY_INVITE, POLICY_TYPE, UNSTABLE_POLICY_TYPE}
)
"""Types whose content redaction removes, and whose empty content has a meaning of its own.

Examples are an ACL that allows nobody, a withdrawn invite, no Policy Server. Anybody who received
such an event could forward a redacted copy, on which the sender's signature is still valid."""


class KeysUnknown(SignatureInvalid):
    """The server that must sign publishes none of the keys with which the event is signed."""


async def check_signatures(pdu: Pdu, key_ring: KeyRing, *, is_known: bool = True) -> None:
    """Check the signatures of `pdu`, but not its content hash.

    Args:
        pdu: the event.
        key_ring: provides the keys.
        is_known: the sender's server is in a room of ours, see `KeyRing.event_keys`.

    Raises:
        EventMalformed: it carries too many signatures.
        KeysUnknown: it is signed with keys that its server does not (or no longer) publish.
        SignatureInvalid: one that must be there is not, or one under a known key is wrong.
        KeysUnavailable: the keys of a server that must sign cannot be had at the moment.
    """
    for demand in signature_demands(pdu):
        # An event can name any server; it counts as a stranger unless it is known to be in our
        # rooms.
        is_senders = demand.server == pdu.sender_server
        await _check_demand(pdu, demand, key_ring, is_known=is_known and is_senders)


async def check_signed_by(
    pdu: Pdu, server: str, key_ring: KeyRing, *, is_known: bool = True
) -> None:
    """Check that `server` signed `pdu`. Raises the errors of `check_signatures`."""
    await _check_demand(pdu, demand_of(pdu, server), key_ring, is_known=is_known)


async def check_invited_by_third_party(
    pdu: Pdu, state: RoomState, origin: str, key_ring: KeyRing
) -> None:
    """Check an invite by a third party: its token, and who answers for it.

    Its `sender` need not have signed it, so the requesting server's signature is required instead.

    Args:
        pdu: the event.
        state: of its room.
        origin: the authenticated requesting server.
        key_ring: provides the keys.

    Raises:
        SignatureInvalid: the room has no such invite of this sender, or a signature is missing.
        KeysUnavailable: the keys of the server that must sign cannot be had at the moment.
    """
    token = third_party_invite_token(pdu)
    invite = None if token is None else state.find(THIRD_PARTY_INVITE, token)
    if invite is None or invite.sender != pdu.sender:
        raise SignatureInvalid("The room knows no third-party invite of this sender and token.")
    check_third_party_invite(pdu, invite.content)
    server = pdu.sender_server if pdu.sender_server in pdu.signatures else origin
    await check_signed_by(pdu, server, key_ring)


async def _check_demand(
    pdu: Pdu, demand: SignatureDemand, key_ring: KeyRing, *, is_known: bool
) -> None:
    if len(demand.signatures) == 1:  # nearly all
        (key_id,) = demand.signatures
        key = key_ring.peek_event_key(demand.server, key_id, pdu.origin_server_ts, pdu.rules)
        if key is not None:
            check_demand(pdu, demand, {key_id: key})
            return
    try:
        keys = await key_ring.event_keys(
            demand.server,
            tuple(demand.signatures),
            pdu.origin_server_ts,
            pdu.rules,
            is_known=is_known,
        )
    except KeysUnavailable:
        if demand.is_mandatory:
            raise
        return
    if demand.is_mandatory and keys.keys().isdisjoint(demand.signatures):
        raise KeysUnknown(f"{demand.server} publishes no key that the event is signed with.")
    check_demand(pdu, demand, keys)


def trustworthy_copy(pdu: Pdu) -> Pdu:
    """Return the trustworthy part of a signed event: all of it, or what redaction leaves.

    Raises:
        SignatureInvalid: its content does not match its hash, and an empty content has a meaning.

    Spec:
        https://spec.matrix.org/v1.18/server-server-api/#validating-hashes-and-signatures-on-received-events
    """
    if pdu.has_intact_content:
        return pdu
    if pdu.type in MISLEADING_WHEN_EMPTY:
        raise SignatureInvalid(f"The content of this {pdu.type} does not match its content hash.")
    return parse_pdu(redact(pdu.json, pdu.rules), pdu.rules)
