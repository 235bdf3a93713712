"""Descriptions of commands as room state, from which clients offer completion (MSC4391).

They are sent if our user may send such state; in other rooms `!cs help` has the same information.
"""

import asyncio
import base64
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

import structlog

from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.own_user.management import ManagementStore
from countersign.protocol.canonical_json import JsonObject, encode_canonical
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.management.requests import PREFIX
from countersign.service.management.rooms import ManagementRooms
from countersign.service.management.verbs.verb import Verb
from countersign.service.own_events.building import Draft
from countersign.service.own_events.sending import CannotSend, OwnEvents, key_of
from countersign.service.rooms.room import Room

DESCRIPTION: Final = "org.matrix.msc4391.command_description"
"""Unstable form of `m.bot.command_description`:
https://github.com/matrix-org/matrix-spec-proposals/pull/4391."""
LOOK_EVERY_SECONDS: Final = 600.0

log = structlog.get_logger()


class Descriptions:
    """Keeps the descriptions in management rooms up to date.

    Args:
        verbs: the verbs to describe.
        our_user_id: the sender.
        own_events: sends events.
        store: keeps what was sent.
        find_room: returns a room that we are in.
    """

    def __init__(
        self,
        rooms: ManagementRooms,
        verbs: Sequence[Verb],
        *,
        our_user_id: str,
        own_events: OwnEvents,
        store: ManagementStore,
        find_room: Callable[[str], Room | None],
    ) -> None:
        self._rooms = rooms
        self._contents = [_content(verb) for verb in verbs]
        self._our_user_id = our_user_id
        self._own_events = own_events
        self._store = store
        self._find_room = find_room

    async def run(self) -> None:
        """Check every ten minutes, until cancelled."""
        while True:
            for management in self._rooms.all:
                room_id = self._rooms.room_id_of(management)
                room = self._find_room(room_id) if room_id is not None else None
                if room is not None and room.is_joined and not room.state.is_encrypted:
                    await self.describe(room)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def describe(self, room: Room) -> None:
        """Send missing or outdated descriptions, if our user may."""
        levels = room.state.power_levels
        if levels.user_level(self._our_user_id) < levels.send_level(DESCRIPTION, is_state=True):
            return
        digest = sha256(encode_canonical({"descriptions": self._contents})).digest()
        try:
            if await self._store.described(room.room_id) == digest:
                return
            for content in self._contents:
                await self._own_events.send(room.room_id, self._draft(room, content))
            await self._store.note_described(room.room_id, digest)
        except (CannotSend, AnswerUntrustworthy, StoreUnavailable) as error:
            log.info("commands are not described", room_id=room.room_id, reason=str(error))

    def _draft(self, room: Room, content: JsonObject) -> Draft:
        text = encode_canonical(content).decode()
        owned = sha256(f"{content['command']}{self._our_user_id}".encode()).digest()
        return Draft(
            key=key_of("description", room.room_id, text),
            type=DESCRIPTION,
            content=content,
            state_key=base64.b64encode(owned).decode(),
        )


def _content(verb: Verb) -> JsonObject:
    words: JsonObject = {
        "key": "words",
        "schema": {"schema_type": "primitive", "type": "string"},
        "optional": True,
        "description": _text(verb.usage),
    }
    return {
        "command": f"{PREFIX.removeprefix('!')} {verb.name}",
        "parameters": [words] if verb.usage != verb.name else [],
        "description": _text(verb.does),
    }


def _text(text: str) -> JsonObject:
    return {"m.text": [{"body": text}]}
