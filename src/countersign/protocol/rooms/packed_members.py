"""The membership events of one room, packed into one block of bytes.

A member takes some 120 bytes, where objects take 900; a lookup takes a microsecond more. Most
members of large rooms never write while a process runs.
"""

import struct
from array import array
from collections.abc import Iterator
from typing import Final

from countersign.protocol.rooms.state_events import (
    MAX_NAME_CHARS,
    MEMBER,
    StateEvent,
    parse_member,
)

AUTHORISER: Final = "join_authorised_via_users_server"
INVITER: Final = "invited_by"
"""Key that we add to the stored content of a join: the inviter's user ID."""

_MEMBERSHIPS: Final = ("leave", "join", "invite", "ban", "knock")
_CODES: Final = {membership: code for code, membership in enumerate(_MEMBERSHIPS)}
_JOIN: Final = _CODES["join"]
_UNPACKED: Final = 255
"""Code of a record with only a user ID; its event is kept as an object."""

_HEAD: Final = struct.Struct("<BBBBBBHHqqq")
"""Code of the membership, flags of the texts present, lengths of user ID, event ID, sender,
authoriser, name and picture in bytes, depth, and two times."""
_USER_SIZE: Final = 2
_LAST: Final = struct.Struct("<qqq")
_LAST_AT: Final = _HEAD.size - _LAST.size
_HAS_AUTHORISER, _HAS_NAME, _HAS_PICTURE, _HAS_INVITER = 1, 2, 4, 8
_FIRST_SLOTS: Final = 8
_NONE: Final = -1


class PackedMembers:
    """Membership events by user ID, in the order of each user's first event.

    A hash table with open addressing: a slot has the number of a member plus one, and an array has
    the offset of each member's record. Python seeds its hashes anew in each process, so nobody can
    choose names that collide.
    """

    __slots__ = ("_blob", "_offsets", "_slots", "_unpacked", "_wasted")

    def __init__(self) -> None:
        self._blob = bytearray()
        self._offsets = array("I")
        self._slots = array("I", bytes(_FIRST_SLOTS * 4))
        self._unpacked: dict[int, StateEvent] = {}
        self._wasted = 0

    def __len__(self) -> int:
        return len(self._offsets)

    def __contains__(self, user_id: object) -> bool:
        return isinstance(user_id, str) and self._find(_encoded(user_id)) != _NONE

    @property
    def bytes_held(self) -> int:
        """Size of the records, including replaced ones, and the index, in bytes."""
        numbers = len(self._offsets) + len(self._slots)
        return len(self._blob) + numbers * self._offsets.itemsize

    def __iter__(self) -> Iterator[str]:
        return map(self._user_at, range(len(self._offsets)))

    def add(self, event: StateEvent) -> None:
        """Add the membership event of a user who has none."""
        user = _encoded(event.state_key)
        record = _pack(event, user)
        number = len(self._offsets)
        if 3 * number > 2 * len(self._slots) - 3:
            self._grow()
        self._offsets.append(len(self._blob))
        self._blob += record
        self._enter(user, number)
        if record[0] == _UNPACKED:
            self._unpacked[number] = event

    def replace(self, event: StateEvent) -> None:
        """Replace the membership event of a user."""
        user = _encoded(event.state_key)
        record = _pack(event, user)
        number = self._find(user)
        self._replace(number, record)
        if record[0] == _UNPACKED:
            self._unpacked[number] = event
        else:
            self._unpacked.pop(number, None)

    def find(self, user_id: str) -> StateEvent | None:
        """Return the membership event of a user, or None."""
        number = self._find(_encoded(user_id))
        return None if number == _NONE else self._event(number)

    def events(self) -> Iterator[StateEvent]:
        """Return all events."""
        return map(self._event, range(len(self._offsets)))

    def joined(self) -> Iterator[str]:
        """Return the user IDs of the joined members."""
        blob, unpacked = self._blob, self._unpacked
        for number, offset in enumerate(self._offsets):
            code = blob[offset]
            if code == _JOIN or (
                code == _UNPACKED and unpacked[number].content.get("membership") == "join"
            ):
                yield self._user_at(number)

    def membership_of(self, user_id: str) -> str | None:
        """Return the membership of a user, `leave` if the event has none; None without an event."""
        number = self._find(_encoded(user_id))
        if number == _NONE:
            return None
        code = self._blob[self._offsets[number]]
        if code == _UNPACKED:
            return parse_member(self._unpacked[number].content).membership
        return _MEMBERSHIPS[code]

    def name_of(self, user_id: str) -> str | None:
        """Return the display name of a user, or None."""
        number = self._find(_encoded(user_id))
        if number == _NONE:
            return None
        at = self._offsets[number]
        code, present = self._blob[at], self._blob[at + 1]
        if code == _UNPACKED:
            return parse_member(self._unpacked[number].content).display_name
        if not present & _HAS_NAME:
            return None
        sizes = _HEAD.unpack_from(self._blob, at)[2:8]
        return self._text(at + _HEAD.size + sum(sizes[:4]), sizes[4])[:MAX_NAME_CHARS]

    def joined_since_ts(self, user_id: str) -> int | None:
        """Return the time when we first saw a user's join, in ms since the epoch, or None."""
        number = self._find(_encoded(user_id))
        if number == _NONE:
            return None
        offset = self._offsets[number]
        code = self._blob[offset]
        if code == _UNPACKED:
            event = self._unpacked[number]
            return event.known_since_ts if event.content.get("membership") == "join" else None
        if code != _JOIN:
            return None
        return int(_LAST.unpack_from(self._blob, offset + _LAST_AT)[2])

    def depth_and_known_since_ts(self, user_id: str) -> tuple[int, int] | None:
        """Return the depth of a user's event and the time when we first saw it, or None."""
        if (number := self._find(_encoded(user_id))) == _NONE:
            return None
        if (event := self._unpacked.get(number)) is not None:
            return event.depth, event.known_since_ts
        depth, _, since_ts = _LAST.unpack_from(self._blob, self._offsets[number] + _LAST_AT)
        return depth, since_ts

    def inviter_of(self, user_id: str) -> str | None:
        """Return the inviter of a joined user, or None."""
        number = self._find(_encoded(user_id))
        if number == _NONE:
            return None
        at = self._offsets[number]
        is_there = self._blob[at] == _UNPACKED or self._blob[at + 1] & _HAS_INVITER
        return self._event(number).content.get(INVITER) if is_there else None

    def _find(self, user: bytes) -> int:
        """Return the number of a user, or -1."""
        slots, offsets, blob = self._slots, self._offsets, self._blob
        mask, size = len(slots) - 1, len(user)
        slot = hash(user) & mask
        while entry := slots[slot]:
            offset = offsets[entry - 1]
            if blob[offset + _USER_SIZE] == size and blob.startswith(user, offset + _HEAD.size):
                return entry - 1
            slot = (slot + 1) & mask
        return _NONE

    def _replace(self, number: int, record: bytes) -> None:
        offset = self._offsets[number]
        size = self._size_at(offset)
        if len(record) == size:
            self._blob[offset : offset + size] = record
            return
        self._wasted += size
        self._offsets[number] = len(self._blob)
        self._blob += record
        if 2 * self._wasted > len(self._blob):
            self._compact()

    def _enter(self, user: bytes, number: int) -> None:
        slots = self._slots
        mask = len(slots) - 1
        slot = hash(user) & mask
        while slots[slot]:
            slot = (slot + 1) & mask
        slots[slot] = number + 1

    def _grow(self) -> None:
        self._slots = array("I", bytes(len(self._slots) * 2 * 4))
        for number in range(len(self._offsets)):
            self._enter(self._encoded_user_at(number), number)

    def _compact(self) -> None:
        """Remove replaced records, which are at most half of all."""
        blob, packed = self._blob, bytearray()
        for number, offset in enumerate(self._offsets):
            self._offsets[number] = len(packed)
            packed += blob[offset : offset + self._size_at(offset)]
        self._blob, self._wasted = packed, 0

    def _size_at(self, offset: int) -> int:
        sizes: tuple[int, ...] = _HEAD.unpack_from(self._blob, offset)[2:8]
        return _HEAD.size + sum(sizes)

    def _encoded_user_at(self, number: int) -> bytes:
        offset = self._offsets[number]
        begin = offset + _HEAD.size
        return bytes(self._blob[begin : begin + self._blob[offset + _USER_SIZE]])

    def _user_at(self, number: int) -> str:
        return self._encoded_user_at(number).decode("utf-8", "surrogatepass")

    def _text(self, at: int, size: int) -> str:
        return self._blob[at : at + size].decode("utf-8", "surrogatepass") if size else ""

    def _event(self, number: int) -> StateEvent:
        if number in self._unpacked:
            return self._unpacked[number]
        at = self._offsets[number]
        code, present, *sizes, depth, sent_ts, known_since_ts = _HEAD.unpack_from(self._blob, at)
        user_size, event_size, sender_size, authoriser_size, name_size, picture_size = sizes
        at += _HEAD.size
        user_id = self._text(at, user_size)
        at += user_size
        event_id = self._text(at, event_size)
        at += event_size
        sender = self._text(at, sender_size)
        at += sender_size
        authoriser = self._text(at, authoriser_size)
        at += authoriser_size
        name = self._text(at, name_size)
        picture = self._text(at + name_size, picture_size)
        content = {"membership": _MEMBERSHIPS[code]}
        if present & _HAS_NAME:
            content["displayname"] = name
        if present & _HAS_PICTURE:
            content["avatar_url"] = picture
        if present & _HAS_AUTHORISER:
            content[AUTHORISER] = authoriser
        if present & _HAS_INVITER:
            content[INVITER], sender = sender, ""
        return StateEvent(
            MEMBER, user_id, sender or user_id, content, event_id, depth, sent_ts, known_since_ts
        )


def _pack(event: StateEvent, user: bytes) -> bytes:
    """Return the record of an event; one that does not fit gets the code `_UNPACKED`."""
    content = event.content
    name, picture = content.get("displayname"), content.get("avatar_url")
    authoriser, inviter = content.get(AUTHORISER), content.get(INVITER)
    # The sender of a join is the user, so the field of the sender can hold the inviter.
    sender = "" if event.sender == event.state_key else event.sender
    present = (
        (_HAS_AUTHORISER if authoriser is not None else 0)
        | (_HAS_NAME if name is not None else 0)
        | (_HAS_PICTURE if picture is not None else 0)
        | (_HAS_INVITER if inviter is not None else 0)
    )
    if len(content) == 1 + present.bit_count() and (inviter is None or not sender):
        try:
            texts = (
                user,
                _encoded(event.event_id),
                _encoded(sender if inviter is None else inviter),
                b"" if authoriser is None else _encoded(authoriser),
                b"" if name is None else _encoded(name),
                b"" if picture is None else _encoded(picture),
            )
            head = _HEAD.pack(
                _CODES[content["membership"]],
                present,
                *map(len, texts),
                event.depth,
                event.origin_server_ts,
                event.known_since_ts,
            )
            return head + b"".join(texts)
        except (LookupError, TypeError, AttributeError, struct.error):
            pass
    return _HEAD.pack(_UNPACKED, 0, len(user), 0, 0, 0, 0, 0, 0, 0, 0) + user


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
