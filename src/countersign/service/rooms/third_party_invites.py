"""Invites of people who were known by an address alone, such as of an email."""

from countersign.protocol.errors import SignatureInvalid
from countersign.protocol.events.event_signatures import (
    check_third_party_invite as check_signed_invite,
)
from countersign.protocol.events.event_signatures import (
    is_third_party_invite,
    third_party_invite_token,
)
from countersign.protocol.events.pdu import Pdu
from countersign.service.rooms.room import Room


def check_third_party_invite(pdu: Pdu, room: Room | None) -> None:
    """Check an invite against the one that the room knows, if it is such an invite.

    Raises:
        SignatureInvalid: the room knows none, or it is not signed as that one demands.
    """
    if not is_third_party_invite(pdu):
        return
    token = third_party_invite_token(pdu)
    invites = room.state.third_party_invites if room is not None else {}
    if token is None or token not in invites:
        raise SignatureInvalid("The invite refers to no third-party invite of the room.")
    check_signed_invite(pdu, invites[token])
