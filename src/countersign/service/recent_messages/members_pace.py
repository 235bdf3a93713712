"""The pace at which members write in a room; newcomers at that pace are no flood.

At midnight on New Year's Eve, or when a goal is scored, everybody writes at once. Newcomers who
take part look like a flood of accounts by number and pace. The difference is that members write
too, which a flood cannot cause.
"""

from collections import Counter, deque
from functools import partial
from typing import Final, NamedTuple
from zlib import crc32

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import HOUR_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.counts import Attempts
from countersign.policy.questions.sender_groups import Per
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.counters import Count, Total
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext, is_long_known
from countersign.service.answers.event_counts import AttemptCounts
from countersign.service.answers.related_messages import FindMessage
from countersign.service.recent_messages.link_requests import LinkRequests

MAX_ROOMS: Final = 1_024
MAX_EVENTS: Final = 64
"""Maximum number of members' events of one kind in one room that are remembered."""
LEAST_MEMBERS: Final = 4
"""Number of members who must keep a pace."""
TIMES_MEMBERS: Final = 2
"""Factor by which newcomers may send more than the members do."""
LEAST_PACE: Final = 2
"""Minimum number of events of each member for a pace; one each is ordinary talk."""
MAX_SENDERS: Final = 4_096
"""Maximum number of newcomers in rooms whose last text is remembered."""
MOST_COPIES: Final = 12
"""Number of copies of one person that do not count, within `COPIES_WITHIN_MS`."""
COPIES_WITHIN_MS: Final = HOUR_MS
MOST_OF_ONE: Final = 6
"""Number of one person's texts within `BURST_MS` that count among those of a room."""
BURST_MS: Final = 20_000


class _Sent(NamedTuple):
    sent_ts: int
    sender: str


class _Repeated(NamedTuple):
    """Memory of a person's texts in a room.

    Attributes:
        digest: checksum of the last text.
        copies: number of copies since `first_ts`.
        burst: number of texts since `burst_ts`.
    """

    digest: int
    copies: int
    first_ts: int
    burst: int
    burst_ts: int


class Noted(NamedTuple):
    """Relation of a text to its sender's earlier ones.

    Attributes:
        is_copy: it repeats the last one, and few did so before.
        is_further: it is the seventh within twenty seconds, or a later one.
    """

    is_copy: bool
    is_further: bool


class RepeatedTexts:
    """Memory of the last texts of senders in rooms, for `FreshAttempts`."""

    def __init__(self) -> None:
        self._last: BoundedMapping[tuple[str, str], _Repeated] = BoundedMapping(MAX_SENDERS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share last texts with other processes: send those noted here, and note theirs."""
        self._broadcasts = broadcasts

        def on_message(room_id: str, sender: str, digest: str) -> None:
            self._keep((room_id, sender), int(digest), clock.now_ts())

        broadcasts.subscribe(Topic.REPEATED, on_message)

    def note(self, context: EventContext) -> Noted:
        """Note an event's text, once; return how it relates to its sender's earlier ones."""
        return context.event.worked_out(self, partial(self._note, context.now_ts))

    def _note(self, now_ts: int, event: Event) -> Noted:
        key = event.room_id, event.sender
        digest = crc32(event.seen.normalized.encode("utf-8", "surrogatepass"))
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.REPEATED, *key, str(digest))
        return self._keep(key, digest, now_ts)

    def _keep(self, key: tuple[str, str], digest: int, now_ts: int) -> Noted:
        last = self._last.get(key)
        if last is None or now_ts - last.first_ts > COPIES_WITHIN_MS:
            self._last[key] = _Repeated(digest, 0, now_ts, 1, now_ts)
            return Noted(is_copy=False, is_further=False)
        is_copy = digest == last.digest and last.copies < MOST_COPIES
        burst, burst_ts = last.burst + 1, last.burst_ts
        if now_ts - burst_ts > BURST_MS:
            burst, burst_ts = 1, now_ts
        self._last[key] = _Repeated(digest, last.copies + is_copy, last.first_ts, burst, burst_ts)
        return Noted(is_copy, burst > MOST_OF_ONE)

    def forget_people(self) -> None:
        """Forget all texts."""
        self._last.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's texts."""
        for key in [key for key in self._last if key[1] == user_id]:
            del self._last[key]

    def forget_room(self, room_id: str) -> None:
        """Forget the texts in a room."""
        for key in [key for key in self._last if key[0] == room_id]:
            del self._last[key]


class MembersPace:
    """Memory of recent events of members in each room.

    Args:
        find: returns the message that an event answers; None for no such message.

    Attributes:
        repeated: the last texts of newcomers.
        requests: requests of members for links.
    """

    def __init__(self, find: FindMessage) -> None:
        self.repeated: Final = RepeatedTexts()
        self.requests: Final = LinkRequests(find)
        self._sent: BoundedMapping[tuple[str, str], deque[_Sent]] = BoundedMapping(MAX_ROOMS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share events with other processes: send those noted here, and note theirs."""
        self._broadcasts = broadcasts
        self.repeated.share(broadcasts, clock)
        self.requests.share(broadcasts, clock)

        def on_message(room_id: str, follow_up: str, sender: str) -> None:
            self._keep((room_id, follow_up), _Sent(clock.now_ts(), sender))

        broadcasts.subscribe(Topic.PACE, on_message)

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        event = context.event
        if event.standing.level.rank < Trust.MEMBER.rank or event.state_key is not None:
            return
        if recorded.decision.verdict is not Verdict.SIGN or not is_long_known(context):
            return
        self.requests.note(context)
        key = event.room_id, event.follow_up or ""
        self._keep(key, _Sent(context.now_ts, event.sender))
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.PACE, *key, event.sender)

    def _keep(self, key: tuple[str, str], one: _Sent) -> None:
        sent = self._sent.use(key)
        if sent is None:
            sent = self._sent[key] = deque(maxlen=MAX_EVENTS)
        sent.append(one)

    def find(self, context: EventContext, since_ts: int) -> int:
        """Return the minimum number of such events that each of four members had signed.

        Args:
            context: an event; events of the same kind in its room count.
            since_ts: the start of the period, in ms since the epoch.
        """
        sent = self._sent.get((context.event.room_id, context.event.follow_up or ""))
        if sent is None or len(sent) < LEAST_MEMBERS or sent[-LEAST_MEMBERS].sent_ts < since_ts:
            return 0
        counts = Counter(each.sender for each in sent if each.sent_ts >= since_ts)
        most = counts.most_common(LEAST_MEMBERS)
        pace = most[-1][1] if len(most) == LEAST_MEMBERS else 0
        return pace if pace >= LEAST_PACE else 0

    def forget_people(self) -> None:
        """Forget all events and texts."""
        self.repeated.forget_people()
        self.requests.forget_people()
        self._sent.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's events and texts."""
        self.repeated.forget_person(user_id)
        self.requests.forget_person(user_id)
        for key, sent in list(self._sent.items()):  # setting one moves it
            self._sent[key] = deque((x for x in sent if x.sender != user_id), MAX_EVENTS)

    async def forget_room(self, room_id: str) -> None:
        """Forget the events and texts of a room."""
        self.repeated.forget_room(room_id)
        self.requests.forget_room(room_id)
        for key in [key for key in self._sent if key[0] == room_id]:
            del self._sent[key]


class FreshAttemptCounts(AttemptCounts):
    """Answers `FreshAttempts`.

    Args:
        repeated: knows what repeats its sender's last message.
    """

    def __init__(self, repeated: RepeatedTexts) -> None:
        self._repeated = repeated

    def counts(self, question: Attempts, context: EventContext) -> Count:
        """See `CountedAnswerer.counts`: a copy adds nothing, nor do many of one to a room."""
        count = super().counts(question, context)
        noted = self._repeated.note(context)
        adds_nothing = noted.is_copy or (noted.is_further and question.per is Per.ROOM)
        return count._replace(units=0) if adds_nothing else count


class AboveMembersCounts(CountedAnswerer):
    """Answers `AttemptsAboveMembers` and `FreshAboveMembers`.

    Args:
        attempts: answers how many there were.
    """

    def __init__(self, attempts: AttemptCounts, pace: MembersPace) -> None:
        self._attempts = attempts
        self._pace = pace

    def counts(self, question: Attempts, context: EventContext) -> Count:
        """See `CountedAnswerer.counts`."""
        return self._attempts.counts(question, context)

    def answer(self, question: Attempts, context: EventContext, reply: Total) -> int:
        """See `CountedAnswerer.answer`."""
        sent = reply.units
        if not sent:
            return 0
        since_ts = context.now_ts - question.per_seconds * 1_000
        return sent if sent > TIMES_MEMBERS * self._pace.find(context, since_ts) else 0
