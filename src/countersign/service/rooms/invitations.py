"""Checks of invitations of our user, and of third-party invitations."""

from collections.abc import Sequence
from typing import Any, Final

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, ProtocolError, SignatureInvalid
from countersign.protocol.events.event_signatures import (
    check_third_party_invite as check_signed_invite,
)
from countersign.protocol.events.event_signatures import (
    is_third_party_invite,
    third_party_invite_token,
)
from countersign.protocol.events.pdu import Pdu, room_id_of
from countersign.protocol.room_versions import RoomVersionRules
from countersign.service.identity import Identity
from countersign.service.rooms.room import Room

MAX_ROOM_STATE_EVENTS: Final = 100
_PRIVATE: Final = ("invite", "private")
"""Join rules of rooms that nobody enters without an invitation."""


class InviteMalformed(ProtocolError):
    """An event that is not an invitation of our user by its sender's server."""

    errcode = "M_INVALID_PARAM"


class IncompatibleRoomVersion(ProtocolError):
    """The room has a version that Countersign does not know."""

    errcode = "M_INCOMPATIBLE_ROOM_VERSION"

    def __init__(self, room_version: str) -> None:
        super().__init__("Countersign can be invited to rooms of the versions 1 to 12 only.")
        self.room_version = room_version


def check_invitation(
    pdu: Pdu, identity: Identity, *, room_id: str, event_id: str, origin: str
) -> None:
    """Check that an event is an invitation of our user by its sender's server.

    Args:
        pdu: the event; its signatures are checked elsewhere.
        identity: our server, user and keys.
        room_id: from the path.
        event_id: from the path.
        origin: the authenticated server that sends it.

    Raises:
        InviteMalformed: it is not; says why.
    """
    for is_right, complaint in (
        (pdu.type == "m.room.member", "The event is no m.room.member."),
        (pdu.content.get("membership") == "invite", "The event's membership is not invite."),
        (pdu.state_key == identity.user_id, "The event invites nobody who lives here."),
        (pdu.sender_server == origin, "The event's sender is of another server than yours."),
        (origin != identity.server_name, "This server does not invite itself."),
        (pdu.room_id == room_id, "The event's room is not the one in the path."),
        (pdu.event_id == event_id, "The event's ID is not the one in the path."),
        (not is_third_party_invite(pdu), "Third-party invites are not for this user."),
        (pdu.has_intact_content, "The event's content does not match its content hash."),
    ):
        if not is_right:
            raise InviteMalformed(complaint)


def is_shown_as_room(room_state: Sequence[Any]) -> bool:
    """Return True if a room has a name or a main alias, or is open to joins or knocks.

    A direct chat has none of these, as clients make it. The state is the inviter's claim.

    Args:
        room_state: the `invite_room_state`, unchecked; malformed values are ignored.
    """
    for event in room_state:
        if not isinstance(event, dict) or not isinstance(content := event.get("content"), dict):
            continue
        kind = event.get("type")
        name, alias, rule = (content.get(key) for key in ("name", "alias", "join_rule"))
        if (
            (kind == "m.room.name" and isinstance(name, str) and name.strip())
            or (kind == "m.room.canonical_alias" and isinstance(alias, str) and alias)
            or (kind == "m.room.join_rules" and isinstance(rule, str) and rule not in _PRIVATE)
        ):
            return True
    return False


def check_invited_room(room_state: Sequence[Any], room_id: str, rules: RoomVersionRules) -> None:
    """Check a room ID against the create event, for room versions in which it is the event's hash.

    The rest of the invite's room state is only for display.

    Raises:
        InviteMalformed: they do not belong together, or there are too many events.
    """
    if len(room_state) > MAX_ROOM_STATE_EVENTS:
        raise InviteMalformed("The invite's room state has too many events.")
    if not rules.room_id_is_create_hash:
        return
    for event in room_state:
        is_whole = isinstance(event, dict) and "hashes" in event
        if is_whole and event.get("type") == "m.room.create" and _room_of(event) != room_id:
            raise InviteMalformed("The invite's room state has another room's create event.")


def _room_of(event: JsonObject) -> str | None:
    try:
        return room_id_of(event)
    except BadJson:
        return None


def check_third_party_invite(pdu: Pdu, room: Room | None) -> None:
    """Check a third-party invite against the one in the room's state; other invites pass.

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
