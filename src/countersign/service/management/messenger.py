"""Sending in management rooms: messages, edits, reactions and redactions, each made once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.own_user.management import ManagementStore, OwnMessage
from countersign.protocol.canonical_json import JsonObject
from countersign.service.handshakes.resident_calls import AnswerUntrustworthy
from countersign.service.management.rooms import Management, ManagementRooms
from countersign.service.management.wording import Wording
from countersign.service.own_events.building import REDACTION, Draft
from countersign.service.own_events.sending import CannotSend, OwnEvents, key_of

MESSAGE: Final = "m.room.message"
REACTION: Final = "m.reaction"
MAX_REFERENCES: Final = 20

log = structlog.get_logger()


class Messenger:
    """Sends as our user to management rooms, and stores what it sent.

    Args:
        own_events: sends events.
        store: keeps messages.
    """

    def __init__(
        self,
        rooms: ManagementRooms,
        *,
        own_events: OwnEvents,
        store: ManagementStore,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._own_events = own_events
        self._store = store
        self._clock = clock

    async def say(
        self,
        management: Management,
        key: bytes,
        wording: Wording,
        *,
        relates_to: JsonObject | None = None,
        references: Sequence[str] = (),
        is_alert: bool = False,
        mentions: Sequence[str] = (),
        refusals: int = 0,
    ) -> OwnMessage | None:
        """Send a message once; return it, or None if that is not possible now.

        Args:
            management: the room.
            key: identifies the reason of the message; there is one message for each key.
            wording: its text.
            relates_to: the message that it replies to, as `m.relates_to`.
            references: references of the decisions that it is about.
            is_alert: it is an alert, not an answer.
            mentions: user IDs to mention.
            refusals: number of refusals in it.
        """
        try:
            stored = await self._store.find_by_key(key)
            room_id = self._rooms.room_id_of(management)
            if stored is not None or room_id is None:
                return stored
            content = wording.content(mentions)
            if relates_to is not None:
                content["m.relates_to"] = relates_to
            event_id = await self._own_events.send(
                room_id, Draft(key=key, type=MESSAGE, content=content)
            )
            message = OwnMessage(
                key=key,
                community=management.community,
                room_id=room_id,
                event_id=event_id,
                references=tuple(references[:MAX_REFERENCES]),
                is_alert=is_alert,
                sent_ts=self._clock.now_ts(),
                refusals=refusals,
            )
            await self._store.save(message)
        except (CannotSend, AnswerUntrustworthy, StoreUnavailable) as error:
            self._log_trouble(management, error)
            return None
        return message

    async def edit(
        self,
        management: Management,
        message: OwnMessage,
        wording: Wording,
        *,
        references: Sequence[str] = (),
        refusals: int = 0,
    ) -> OwnMessage:
        """Edit a message of ours; return the new state.

        Args:
            management: the room.
            message: as it was last sent.
            wording: its new text.
            references: references of further decisions that it is about.
            refusals: number of refusals in it now.
        """
        content = wording.content()
        edit: JsonObject = {
            **content,
            "body": f"* {content['body']}",
            "formatted_body": f"* {content['formatted_body']}",
            "m.new_content": content,
            "m.relates_to": {"rel_type": "m.replace", "event_id": message.event_id},
        }
        changed = replace(
            message,
            references=tuple([*message.references, *references][:MAX_REFERENCES]),
            refusals=refusals,
        )
        return await self._add(management, changed, MESSAGE, edit)

    async def offer(
        self, management: Management, message: OwnMessage, reactions: Sequence[str]
    ) -> OwnMessage:
        """Add reactions to a message of ours, which others can use as buttons."""
        for each in reactions:
            relation = {"rel_type": "m.annotation", "event_id": message.event_id, "key": each}
            message = await self._add(management, message, REACTION, {"m.relates_to": relation})
        return message

    async def take_back(self, message: OwnMessage, reason: str) -> None:
        """Redact a message of ours with its edits and reactions, and delete its record.

        Raises:
            StoreUnavailable: the record stays, to be tried again.
            AnswerUntrustworthy: likewise.
        """
        try:
            for event_id in (*message.also, message.event_id):
                draft = Draft(
                    key=key_of("redaction", event_id),
                    type=REDACTION,
                    content={"reason": reason},
                    redacts=event_id,
                )
                await self._own_events.send(message.room_id, draft)
        except CannotSend:
            log.info("a message of ours cannot be redacted any more", room_id=message.room_id)
        await self._store.forget(message.key)

    async def _add(
        self, management: Management, message: OwnMessage, event_type: str, content: JsonObject
    ) -> OwnMessage:
        draft = Draft(
            key=key_of("also", message.event_id, str(len(message.also))),
            type=event_type,
            content=content,
        )
        try:
            event_id = await self._own_events.send(message.room_id, draft)
            changed = replace(message, also=(*message.also, event_id))
            await self._store.save(changed)
        except (CannotSend, AnswerUntrustworthy, StoreUnavailable) as error:
            self._log_trouble(management, error)
            return message
        return changed

    def _log_trouble(self, management: Management, error: Exception) -> None:
        log.warning(
            "nothing could be sent to a management room",
            community=management.community,
            room=management.name,
            reason=str(error),
        )
