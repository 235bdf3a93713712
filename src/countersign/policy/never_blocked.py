"""Events that no policy may block, because people need them to leave or to moderate.

If they were refused, users could not leave, and a room could not remove a broken policy server.
"""

from typing import Any

from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.room_state import RoomState

_UNBLOCKED_STATE = frozenset({"m.room.power_levels", "m.room.server_acl", "m.room.tombstone"})


def is_never_blocked(pdu: Pdu, room_state: RoomState, *, our_user_id: str) -> bool:
    """Return True if `pdu` is signed without being judged.

    These are: a user's own leave; kicks, bans and unbans by users who may; power levels, server
    ACLs and tombstones by users who may; redactions by users who may redact others' events; any
    event that removes our own user; and events of our own user.

    Args:
        pdu: an event whose signatures were verified.
        room_state: the room's state as followed here.
        our_user_id: the user ID of this server's own user.
    """
    if pdu.sender == our_user_id:
        return True
    levels = room_state.power_levels
    level = levels.user_level(pdu.sender)
    if pdu.type == "m.room.member" and pdu.state_key is not None:
        return _removes_someone(pdu, room_state, our_user_id)
    if pdu.type in _UNBLOCKED_STATE and pdu.state_key == "":
        return level >= levels.send_level(pdu.type, is_state=True)
    if pdu.type == "m.room.redaction" and not pdu.is_state:
        return level >= levels.redact
    return False


def _removes_someone(pdu: Pdu, room_state: RoomState, our_user_id: str) -> bool:
    membership: Any = pdu.content.get("membership")
    target = pdu.state_key
    if membership not in ("leave", "ban") or target is None:
        return False
    if membership == "leave" and target == pdu.sender:
        return True
    if target == our_user_id:
        return True
    levels = room_state.power_levels
    level = levels.user_level(pdu.sender)
    is_ban = "ban" in (membership, room_state.membership_of(target))
    return level >= (levels.ban if is_ban else levels.kick) and level > levels.user_level(target)
