"""Processing of one management room's events: runs the commands in them, and answers.

Each event is processed once, also if it is sent repeatedly or the server restarts. Old or redacted
events, and those of senders without a role, are ignored. Commands run one after the other, after
the transaction was answered.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS, MINUTE_MS
from countersign.ports.clock import Clock
from countersign.ports.stores.own_user.management import ManagementStore, OwnMessage
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.events.pdu import Pdu
from countersign.service.errors import RateLimited
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.service.management.answering import Answers, words_of_reaction
from countersign.service.management.messenger import MESSAGE, REACTION, Messenger
from countersign.service.management.moderators import actor_of, role_of
from countersign.service.management.requests import (
    Request,
    answered_in,
    relation_of,
    thread_of,
    words_in,
)
from countersign.service.management.rooms import Management, ManagementRooms
from countersign.service.management.wording import Wording
from countersign.service.own_events.building import REDACTION
from countersign.service.own_events.event_queues import EventQueues
from countersign.service.own_events.sending import key_of
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room

MAX_WAITING: Final = 100
"""Maximum number of queued events of the room."""
MAX_REDACTIONS: Final = 200
MAX_AGE_MS: Final = 5 * MINUTE_MS
"""Maximum age of a command that is executed: its sender may have acted otherwise meanwhile."""
TOLD_AGE_MS: Final = DAY_MS
"""Age up to which the sender of a late command gets an answer that it was too late.

Processed events are remembered for more than twice as long, so that an event from a server whose
clock was ahead is not processed again."""
COMMAND_SECONDS: Final = 60.0
PER_PERSON: Final = RateLimit(per_second=1 / 3, burst=20)
PER_ROOM: Final = RateLimit(per_second=1.0, burst=60)
WITHOUT_ROLE: Final = RateLimit(per_second=0.1, burst=10)
"""Commands of all members without a role together: they are only told that they have none."""

HEARD: Final = frozenset({MESSAGE, REACTION, REDACTION})

log = structlog.get_logger()


class CommandHandler:
    """Processes one management room.

    Args:
        management: the room in the settings.
        our_user_id: our user, whose messages are ignored.
        rooms: know the room's members and power levels.
        answers: run commands.
        messenger: sends answers.
        store: keeps processed events.
    """

    def __init__(
        self,
        management: Management,
        *,
        our_user_id: str,
        rooms: Rooms,
        answers: Answers,
        messenger: Messenger,
        store: ManagementStore,
        clock: Clock,
    ) -> None:
        self._management = management
        self._our_user_id = our_user_id
        self._rooms = rooms
        self._answers = answers
        self._messenger = messenger
        self._store = store
        self._clock = clock
        self._queues = EventQueues(self._handle, "a management room", max_waiting=MAX_WAITING)
        self._redactions: BoundedMapping[tuple[str, str], None] = BoundedMapping(MAX_REDACTIONS)
        self._per_person = TokenBuckets(PER_PERSON, clock)
        self._per_room = TokenBuckets(PER_ROOM, clock)
        self._without_role = TokenBuckets(WITHOUT_ROLE, clock)

    def arrived(self, pdu: Pdu) -> None:
        """Queue a command, unless too many wait; its signatures were verified."""
        if pdu.type not in HEARD or pdu.is_state or pdu.sender == self._our_user_id:
            return
        if pdu.type == REDACTION:
            if pdu.redacts is not None:
                self._redactions[pdu.redacts, pdu.sender] = None
        elif self._may_wait(pdu):
            self._queues.add(pdu)

    async def run(self) -> None:
        """Process queued events, until cancelled."""
        await self._queues.run()

    def _may_wait(self, pdu: Pdu) -> bool:
        """Return True if an event may take a place that moderators' commands need.

        Any server may push events, and any member may write commands.
        """
        room = self._rooms.get(pdu.room_id)
        if (
            room is None
            or not room.state.may_send(pdu)
            or _command_in(pdu, self._our_user_id) is None
        ):
            return False
        if role_of(pdu.sender, self._management, room) is not None:
            return True
        return _has_taken(self._without_role, pdu.room_id)

    def _is_redacted(self, pdu: Pdu, room: Room) -> bool:
        """Return True if the event was redacted with the power to do so, also before it arrived."""
        return any(
            target == pdu.event_id and room.state.may_redact_event_of(redactor, pdu.sender)
            for target, redactor in self._redactions
        )

    async def _handle(self, pdu: Pdu) -> None:
        room = self._rooms.get(pdu.room_id)
        if room is None or not room.is_joined or room.state.is_encrypted:
            return
        # A copy whose content does not match its hash was redacted or altered.
        if not pdu.has_intact_content or not room.state.may_send(pdu):
            return
        command = await self._read_command(pdu)
        if command is None:
            return
        words, about = command
        age_ms = self._clock.now_ts() - pdu.origin_server_ts
        if abs(age_ms) > TOLD_AGE_MS or not await self._store.mark_handled(
            pdu.event_id, self._clock.now_ts()
        ):
            return
        if self._is_redacted(pdu, room) or not self._may_speak(pdu):
            return
        wording = await self._answer(pdu, room, words, about, age_ms)
        await self._messenger.say(
            self._management,
            key_of("answer", pdu.event_id),
            wording,
            relates_to=_relation(pdu),
        )

    async def _read_command(self, pdu: Pdu) -> tuple[tuple[str, ...], OwnMessage | None] | None:
        """Return the words of a command, and the message of ours that it is about."""
        words = _command_in(pdu, self._our_user_id)
        if words is None:
            return None
        if pdu.type == REACTION:
            about = await self._own_message(pdu, relation_of(pdu.content)["event_id"])
            return None if about is None else (words, about)
        answered = answered_in(pdu.content)
        return words, None if answered is None else await self._own_message(pdu, answered)

    async def _own_message(self, pdu: Pdu, event_id: str) -> OwnMessage | None:
        """Return our message with this ID, if it is in the event's room; else None."""
        message = await self._store.find_by_event_id(event_id)
        return message if message is not None and message.room_id == pdu.room_id else None

    def _may_speak(self, pdu: Pdu) -> bool:
        if _has_taken(self._per_person, pdu.sender) and _has_taken(self._per_room, pdu.room_id):
            return True
        log.info("too many commands in a management room", room_id=pdu.room_id)
        return False

    async def _answer(
        self,
        pdu: Pdu,
        room: Room,
        words: tuple[str, ...],
        about: OwnMessage | None,
        age_ms: int,
    ) -> Wording:
        actor = actor_of(pdu.sender, self._management, room)
        if actor is None:
            return Wording.of(
                "Not done: you have no role here. A role comes with the power to ban in this room, "
                "or by the server's settings."
            )
        if abs(age_ms) > MAX_AGE_MS:
            return Wording.of(
                "Not done: this came minutes late, or your server's clock is wrong. Send it again."
            )
        request = Request(
            actor=actor,
            management=self._management,
            words=words[1:],
            about=about,
            is_here=lambda user_id: room.state.membership_of(user_id) == "join",
        )
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await self._answers.answer(request, words)
        except TimeoutError:
            return Wording.of("Not finished after a minute: see what came of it before you repeat.")


def _command_in(pdu: Pdu, our_user_id: str) -> tuple[str, ...] | None:
    """Return the words of a command; None if the message or reaction is not a command."""
    if pdu.type != REACTION:
        return words_in(pdu.content, our_user_id)
    relation = relation_of(pdu.content)
    reaction, target = relation.get("key"), relation.get("event_id")
    if relation.get("rel_type") != "m.annotation" or not isinstance(reaction, str):
        return None
    return words_of_reaction(reaction) if isinstance(target, str) else None


def _has_taken(share: TokenBuckets, name: str) -> bool:
    try:
        share.take(name)
    except RateLimited:
        return False
    return True


def _relation(pdu: Pdu) -> JsonObject:
    """Return the relation of our answer: to the command, in its thread, or to the alert."""
    if pdu.type == REACTION:
        return {"m.in_reply_to": {"event_id": relation_of(pdu.content)["event_id"]}}
    reply: JsonObject = {"m.in_reply_to": {"event_id": pdu.event_id}}
    root = thread_of(pdu.content)
    if root is None:
        return reply
    return {"rel_type": "m.thread", "event_id": root, **reply}


class EventDispatch:
    """Passes verified events of management rooms to the handler of their community.

    It takes constant time for events of other rooms.

    Args:
        rooms: the management rooms.
        handlers: the handler of each community that has one, by name.
    """

    def __init__(self, rooms: ManagementRooms, handlers: Mapping[str, CommandHandler]) -> None:
        self._rooms = rooms
        self._handlers = handlers

    def arrived(self, pdu: Pdu) -> None:
        """Receive a verified event of any room."""
        management = self._rooms.find(pdu.room_id)
        if management is not None:
            self._handlers[management.community].arrived(pdu)
