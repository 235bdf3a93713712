"""Upkeep of direct chats: greeting, delivery of the answers to appeals, and leaving in the end.

Our user leaves a chat that has more than one other member, or whose person has left.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog

from countersign.basics.durations import DAY_MS, HOUR_MS, MINUTE_MS
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.own_user.chats import Chat
from countersign.ports.stores.own_user.own_events import OwnEventStore
from countersign.ports.stores.review.appeals import AppealState, AppealStore
from countersign.ports.stores.rooms import RoomStore
from countersign.protocol.errors import CountersignError
from countersign.service.chats.chat_messenger import ChatMessenger
from countersign.service.chats.chats import Chats
from countersign.service.chats.sentences import chat_sentence, greeting, report_in_words
from countersign.service.own_events.delivery import GIVE_UP_AFTER_MS
from countersign.service.own_events.sending import key_of
from countersign.service.reasons.appeal_words import appeal_in_words
from countersign.service.reasons.explanations import Explanations
from countersign.service.reporting.reporting import Outcome, Reporting
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room

LOOK_EVERY_SECONDS: Final = 5.0
LOOK_SECONDS: Final = 120.0
"""Time limit for the work that is due in one chat; after it, the work is tried again."""
STAY_MS: Final = 30 * DAY_MS
"""Time for which our user stays after the last answer."""
STAY_ENCRYPTED_MS: Final = DAY_MS
"""Time for which it stays in an encrypted chat, so that its one message is delivered."""
JOIN_WITHIN_MS: Final = 10 * MINUTE_MS
"""Time after which a chat that was not joined is given up."""
_THERE: Final = ("join", "invite", "knock")

log = structlog.get_logger()


class ChatUpkeep:
    """Does the regular work in direct chats.

    Args:
        chats: the open chats.
        rooms: leave rooms.
        room_store: keeps rooms.
        appeals: keep the answers to appeals.
        explanations: find refusals.
        reporting: returns the results of reports; None if reports are off.
        own_events: keeps our events until they are delivered.
        messenger: sends greetings and answers.
        pages_at: the address of the pages on refusals, up to the reference; None without pages.
    """

    def __init__(
        self,
        chats: Chats,
        *,
        rooms: Rooms,
        room_store: RoomStore,
        appeals: AppealStore,
        explanations: Explanations,
        reporting: Reporting | None,
        own_events: OwnEventStore,
        messenger: ChatMessenger,
        clock: Clock,
        pages_at: str | None,
    ) -> None:
        self._chats = chats
        self._rooms = rooms
        self._room_store = room_store
        self._appeals = appeals
        self._explanations = explanations
        self._reporting = reporting
        self._own_events = own_events
        self._messenger = messenger
        self._clock = clock
        self._pages_at = pages_at
        self._looking: set[str] = set()

    async def run(self) -> None:
        """Look at every chat every five seconds; a slow server delays its own chat only."""
        forget_at_ts = 0
        self._looking.clear()  # tasks of a former run were cancelled
        async with asyncio.TaskGroup() as group:  # of as many as there are chats
            while True:
                for chat in self._chats.all():
                    if chat.room_id not in self._looking:
                        self._looking.add(chat.room_id)
                        group.create_task(self._do_due_work_in_time(chat))
                now_ts = self._clock.now_ts()
                if now_ts >= forget_at_ts:
                    forget_at_ts = now_ts + HOUR_MS
                    with suppress(StoreUnavailable):  # an hour later, then
                        await self._own_events.forget_messages(now_ts - GIVE_UP_AFTER_MS)
                await self._clock.sleep(LOOK_EVERY_SECONDS)

    async def _do_due_work_in_time(self, chat: Chat) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self.do_due_work(chat)
        except CountersignError as error:
            log.info("a direct chat is looked at later", reason=str(error))
        except TimeoutError:
            log.info("a direct chat is looked at later", reason="its servers take too long")
        except Exception:  # an unexpected error with one chat must not affect others
            log.exception("a direct chat could not be looked at", room_id=chat.room_id)
        finally:
            self._looking.discard(chat.room_id)

    async def do_due_work(self, chat: Chat) -> None:
        """Do the work that is due in a chat.

        Raises:
            CountersignError: it failed, and is tried again at the next look.
        """
        room, now_ts = self._rooms.get(chat.room_id), self._clock.now_ts()
        if room is None or not room.is_joined:
            was_removed = room is not None and chat.is_greeted
            if was_removed or now_ts - chat.opened_ts > JOIN_WITHIN_MS:
                await self._forget(chat)
            return
        if not self._is_for_two(chat, room) or (now_ts >= chat.leave_ts and not chat.waiting):
            await self._leave(chat)
        elif room.state.is_encrypted:
            await self._warn_of_encryption(chat)
        elif not chat.is_greeted:
            key = key_of("chat greeting", chat.room_id)
            if await self._messenger.say(chat, key, *self._greeting(chat)):
                await self._chats.save(replace(chat, is_greeted=True))
        else:
            await self._send_answers(chat)

    def _greeting(self, chat: Chat) -> list[str]:
        return greeting(chat.language, takes_reports=self._reporting is not None)

    def _is_for_two(self, chat: Chat, room: Room) -> bool:
        there = {
            user_id for user_id, member in room.state.members.items() if member.membership in _THERE
        }
        is_there = room.state.membership_of(chat.user_id) == "join"
        return is_there and there <= {chat.user_id, self._rooms.our_user_id}

    async def _warn_of_encryption(self, chat: Chat) -> None:
        if chat.is_encrypted:
            return
        sentence = chat_sentence("encrypted_no_page", chat.language)
        if self._pages_at is not None:
            for reason in await self._explanations.latest_of(chat.user_id):
                page = f"{self._pages_at}{reason.recorded.reference}"
                sentence = chat_sentence("encrypted", chat.language, page=page)
                break
        if await self._messenger.say(chat, key_of("chat encrypted", chat.room_id), sentence):
            leave_ts = self._clock.now_ts() + STAY_ENCRYPTED_MS
            await self._chats.save(
                replace(chat, is_greeted=True, is_encrypted=True, waiting=(), leave_ts=leave_ts)
            )

    async def _send_answers(self, chat: Chat) -> None:
        waiting = []
        reported = await self._reported(chat)
        for key in chat.waiting:
            words = reported[key] if key in reported else await self._answer_to(chat, key)
            if words is None:
                continue  # erased
            message_key = key_of("chat told", chat.room_id, key.hex())
            if not words or not await self._messenger.say(chat, message_key, *words):
                waiting.append(key)
        if len(waiting) < len(chat.waiting):
            current = self._chats.find(chat.room_id) or chat
            added = [key for key in current.waiting if key not in chat.waiting]
            stays_until_ts = self._clock.now_ts() + STAY_MS
            await self._chats.save(
                replace(current, waiting=(*waiting, *added), leave_ts=stays_until_ts)
            )

    async def _answer_to(self, chat: Chat, key: bytes) -> list[str] | None:
        """Return the answer to an appeal; empty without one yet, None if it is gone."""
        appeal = await self._appeals.find(key)
        if appeal is None:
            return None
        if appeal.state is AppealState.OPEN:
            return []
        about = chat_sentence("reference", chat.language, reference=appeal.reference)
        return [f"{about}.", appeal_in_words(appeal, chat.language, self._clock.now_ts())]

    async def _reported(self, chat: Chat) -> dict[bytes, list[str]]:
        """Return the results of reports that wait for an answer, by key; none yet: empty."""
        if self._reporting is None:
            return {}
        standings = await self._reporting.standings(chat.user_id, chat.waiting)
        return {
            key: []
            if standing.outcome is Outcome.WAITS
            else [report_in_words(standing, chat.language)]
            for key, standing in standings.items()
        }

    async def _leave(self, chat: Chat) -> None:
        await self._rooms.leave(chat.room_id, force=True)
        await self._forget(chat)
        log.info("left a direct chat", room_id=chat.room_id)

    async def _forget(self, chat: Chat) -> None:
        room = self._rooms.get(chat.room_id)
        if room is not None and not room.is_joined:
            await self._room_store.forget_left(chat.room_id)
            await self._rooms.forget_room(chat.room_id)
        await self._chats.forget(chat)
