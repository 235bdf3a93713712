"""Answers to the question whether an event replies to a recent message of a member."""

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.trust_records import RANKS, Trust
from countersign.policy.questions.messages import AnswersMember
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.service.answers.answers import SlowAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.related_messages import FindMessage
from countersign.service.measures.trust import TrustRecords

MAX_ANSWERS: Final = 3
"""Maximum number of a person's replies that are recognised within the question's time."""
MAX_ASKED: Final = 8
"""The same if what they answer mentions them: photos of all sides."""
SERIES_MS: Final = 120_000
"""Time after such an answer within which another belongs to it, also if it answers nothing."""
MAX_REMEMBERED: Final = 20_000

_Key = tuple[str, str]
"""Community and user ID."""

FindEvents = Callable[[str], Awaitable[list[RecordedDecision]]]
"""Returns the decisions on the event with an event ID."""


async def find_no_events(event_id: str) -> list[RecordedDecision]:  # noqa: ARG001
    """Return nothing; for places where no decisions are stored."""
    return []


class MemberAnswers(SlowAnswerer):
    """Answers `AnswersMember`, by the decisions that are stored.

    The question is asked only about newcomers' media, so one database read for each is acceptable.
    The number of positive answers for each person is kept in memory. Processes tell it each other:
    within that time, several pictures at once may pass each process.

    Args:
        find_events: returns the decisions on the event that is replied to.
        trust: knows the trust of that event's sender.
        find_message: returns the message that is replied to, if it is remembered.
    """

    def __init__(
        self, find_events: FindEvents, trust: TrustRecords, find_message: FindMessage
    ) -> None:
        self._find_events = find_events
        self._trust = trust
        self._find_message = find_message
        self._answered: BoundedMapping[_Key, deque[int]] = BoundedMapping(MAX_REMEMBERED)
        self._asked: BoundedMapping[_Key, tuple[str, int]] = BoundedMapping(MAX_REMEMBERED)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share recognised answers with other processes: send those here, and count theirs."""

        def on_message(community: str, user_id: str, asked_in: str) -> None:
            self._count((community, user_id), asked_in, clock.now_ts())

        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.ANSWERS, on_message)

    async def answer(self, question: AnswersMember, context: EventContext) -> bool:
        """See `SlowAnswerer.answer`; False if the store can't be read now."""
        since_ts = context.now_ts - question.within_seconds * 1_000
        key = context.community, context.event.sender
        room_id = context.event.room_id
        if question.event_id is None:
            is_more = self._is_of_a_series(key, context) and self._may_more(
                MAX_ASKED, key, since_ts
            )
            return is_more and self._take(key, room_id, context)
        try:
            events = await self._find_events(question.event_id)
            is_member = any(
                [
                    each.room_id == context.event.room_id
                    and each.decided_ts >= since_ts
                    and each.decision.verdict is Verdict.SIGN
                    and await self._is_member(each.sender, context)
                    for each in events
                ]
            )
        except StoreUnavailable:
            return False
        if not is_member:
            return False
        answered = self._find_message(question.event_id, context)
        is_asked = answered is not None and context.event.sender in answered.mentioned
        most = MAX_ASKED if is_asked else MAX_ANSWERS
        may_more = self._may_more(most, key, since_ts)
        return may_more and self._take(key, room_id if is_asked else "", context)

    def _is_of_a_series(self, key: _Key, context: EventContext) -> bool:
        room_id, last_ts = self._asked.get(key) or ("", 0)
        return room_id == context.event.room_id and last_ts >= context.now_ts - SERIES_MS

    async def _is_member(self, user_id: str, context: EventContext) -> bool:
        trust_record = await self._trust.find(context.community, user_id)
        standing = self._trust.standing_of(
            user_id, trust_record, context.room, context.policy, None
        )
        return standing.level.rank >= RANKS[Trust.MEMBER]

    def _may_more(self, most: int, key: _Key, since_ts: int) -> bool:
        answered = self._answered.get(key)
        return answered is None or len(answered) < most or answered[-most] < since_ts

    def _take(self, key: _Key, asked_in: str, context: EventContext) -> bool:
        """Count an answer here and in other processes; return True."""
        self._count(key, asked_in, context.now_ts)
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.ANSWERS, *key, asked_in)
        return True

    def _count(self, key: _Key, asked_in: str, now_ts: int) -> None:
        answered = self._answered.use(key)
        if answered is None:
            answered = self._answered[key] = deque(maxlen=MAX_ASKED)
        answered.append(now_ts)
        if asked_in:
            self._asked[key] = (asked_in, now_ts)

    def forget_people(self) -> None:
        """Forget the counts of all people."""
        self._answered.clear()
        self._asked.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget the count of a user."""
        for memory in (self._answered, self._asked):
            for key in [key for key in memory if key[1] == user_id]:
                del memory[key]
