"""Processing of messages in direct chats: people appeal there, and report events.

A reference is accepted only from the person whose event was refused. For anybody else the answer is
that for a reference that does not exist. The answer to a report is the same for all events, whether
they exist or not.
"""

from collections.abc import Callable
from typing import Final

import structlog

from countersign.basics.durations import DAY_MS
from countersign.ports.clock import Clock
from countersign.ports.stores.own_user.chats import Chat
from countersign.ports.stores.review.appeals import AppealAdded
from countersign.protocol.events.pdu import Pdu
from countersign.service.chats.chat_messenger import ChatMessenger
from countersign.service.chats.chats import Chats
from countersign.service.chats.requests import ChatRequest, read_request, text_in
from countersign.service.chats.sentences import chat_sentence, greeting, report_in_words
from countersign.service.errors import RateLimited
from countersign.service.limits.token_buckets import RateLimit, TokenBuckets
from countersign.service.management.messenger import MESSAGE
from countersign.service.own_events.event_queues import EventQueues
from countersign.service.own_events.sending import key_of
from countersign.service.reasons.appeal_words import appeal_in_words
from countersign.service.reasons.appealing import MAX_TEXT_CHARS, Appealing
from countersign.service.reasons.explanations import Explanation, Explanations
from countersign.service.reporting import reporting as reports
from countersign.service.reporting.reporting import Outcome, Reporting
from countersign.service.rooms.room import Room

MAX_AGE_MS: Final = DAY_MS
"""Maximum age of a message that is answered; each answer is remembered as long, and sent once."""
MAX_WAITING: Final = 5
"""Maximum number of events of one chat that wait to be handled."""
PER_PERSON: Final = RateLimit(per_second=1 / 60, burst=10)
IN_ALL: Final = RateLimit(per_second=0.5, burst=20)
_EVERYONE: Final = ""

log = structlog.get_logger()


class ChatHandler:
    """Processes the messages of all direct chats.

    Args:
        chats: the open chats.
        explanations: find refusals.
        appealing: records appeals.
        reporting: records reports; None if the settings turn them off.
        messenger: sends answers.
        find_room: returns a room that we are in.
    """

    def __init__(
        self,
        chats: Chats,
        *,
        explanations: Explanations,
        appealing: Appealing,
        reporting: Reporting | None,
        messenger: ChatMessenger,
        find_room: Callable[[str], Room | None],
        clock: Clock,
    ) -> None:
        self._chats = chats
        self._explanations = explanations
        self._appealing = appealing
        self._reporting = reporting
        self._messenger = messenger
        self._find_room = find_room
        self._clock = clock
        self._queues = EventQueues(self._handle, "a direct chat", max_waiting=MAX_WAITING)
        self._per_person = TokenBuckets(PER_PERSON, clock)
        self._in_all = TokenBuckets(IN_ALL, clock)

    def arrived(self, pdu: Pdu) -> None:
        """Queue a verified event if its room is a direct chat; takes constant time."""
        chat = self._chats.find(pdu.room_id)
        if chat is None or pdu.sender != chat.user_id or pdu.type != MESSAGE or pdu.is_state:
            return
        self._queues.add(pdu)

    async def run(self) -> None:
        """Process queued events until cancelled."""
        await self._queues.run()

    async def _handle(self, pdu: Pdu) -> None:
        chat, room = self._chats.find(pdu.room_id), self._find_room(pdu.room_id)
        body = text_in(pdu.content)
        if chat is None or room is None or not room.is_joined or body is None:
            return
        # A copy whose content does not match its hash was redacted or altered.
        if not pdu.has_intact_content or not room.state.may_send(pdu):
            return
        if abs(self._clock.now_ts() - pdu.origin_server_ts) > MAX_AGE_MS:
            return
        try:
            self._per_person.take(pdu.sender)
            self._in_all.take(_EVERYONE)
        except RateLimited:
            log.info("too many messages in a direct chat", room_id=pdu.room_id)
            return
        sentences = await self._answer(chat, read_request(body))
        key = key_of("chat answer", pdu.event_id)
        await self._messenger.say(chat, key, *sentences, answers=pdu.event_id)

    async def _answer(self, chat: Chat, request: ChatRequest) -> list[str]:
        """Record an appeal or a report if a message is one; return the sentences of our answer."""
        language = chat.language
        if self._reporting is not None and request.event_ids:
            return await self._report(self._reporting, chat, request)
        if not request.references and not request.asks_for_latest:
            return greeting(language, takes_reports=self._reporting is not None)
        if len(request.text) > MAX_TEXT_CHARS:
            return [chat_sentence("too_long", language, count=str(MAX_TEXT_CHARS))]
        reason = await self._find_refusal(chat, request)
        if reason is None:
            return [chat_sentence("none" if request.asks_for_latest else "unknown", language)]
        added = await self._appealing.make(reason, request.text, language)
        if added is AppealAdded.FULL:
            return [chat_sentence("full_title", language), chat_sentence("full", language)]
        appeal = await self._appealing.find(reason)
        if appeal is None:  # erased meanwhile
            return [chat_sentence("unknown", language)]
        appeal_state = appeal_in_words(appeal, language, self._clock.now_ts())
        about = chat_sentence("reference", language, reference=appeal.reference)
        if appeal.decided_ts is not None:
            return [f"{about}.", appeal_state]
        await self._chats.await_answer(chat, appeal.key)
        return [f"{about}.", appeal_state, chat_sentence("answer_here", language)]

    async def _report(self, reporting: Reporting, chat: Chat, request: ChatRequest) -> list[str]:
        """Record reports; return our answer, which tells nothing about the events."""
        if len(request.text) > reports.MAX_TEXT_CHARS:
            return [chat_sentence("too_long", chat.language, count=str(reports.MAX_TEXT_CHARS))]
        words, keys = [chat_sentence("reported", chat.language)], []
        for event_id in request.event_ids:
            result = await reporting.take(chat.user_id, event_id, request.text)
            if result.is_full:
                words = [chat_sentence("reports_full", chat.language)]
            if result.key is not None:
                keys.append(result.key)
        standings = await reporting.standings(chat.user_id, keys)
        for key, standing in standings.items():
            if standing.outcome is Outcome.WAITS:
                await self._chats.await_answer(chat, key)
            else:
                words.append(report_in_words(standing, chat.language))
        return words

    async def _find_refusal(self, chat: Chat, request: ChatRequest) -> Explanation | None:
        """Return the refusal that a person names, if it is one of theirs; else None."""
        if request.asks_for_latest:
            for reason in await self._explanations.latest_of(chat.user_id):
                if await self._appealing.find(reason) is None:
                    return reason
            return None
        for reference in request.references:
            explanation = await self._explanations.find(reference)
            if explanation is not None and explanation.recorded.sender == chat.user_id:
                return explanation
        return None
