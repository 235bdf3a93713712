"""Events that no policy may block, because people need them to leave or to moderate.

Refusing them traps a user in a room, or a room under a policy server that went wrong.
"""

from typing import Any

from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.room_state import RoomState

_UNBLOCKED_STATE = frozenset({"m.room.power_levels", "m.room.server_acl", "m.room.tombstone"})


def is_never_blocked(pdu: Pdu, room_state: RoomState, *, our_user_id: str) -> bool:
    """Return True if `pdu` is to be signed unjudged.

    These are: a user's own leave; kicks, bans and unbans by those who may; power levels, server
    ACLs and tombstones by those who may; a redaction by one who may redact others' events; and
    whatever removes our own user. So is what our own user sends, which only this server makes.

    Args:
        pdu: an event whose signatures were verified.
        room_state: the room's state, as well as we know it.
        our_user_id: the user with whom we are in rooms.
    """
    if pdu.sender == our_user_id:
        return True
    levels = room_state.power_levels
    level = levels.of_user(pdu.sender)
    if pdu.type == "m.room.member" and pdu.state_key is not None:
        return _removes_someone(pdu, room_state, our_user_id)
    if pdu.type in _UNBLOCKED_STATE and pdu.state_key == "":
        return level >= levels.to_send(pdu.type, is_state=True)
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
    level = levels.of_user(pdu.sender)
    is_ban = "ban" in (membership, room_state.membership_of(target))
    return level >= (levels.ban if is_ban else levels.kick) and level > levels.of_user(target)
