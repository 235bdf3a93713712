"""Digests of signed messages, by which true quotations in replies are recognised.

Digests of lines are kept in memory, for a day at most, and nowhere else. So are the people whom
each sender mentioned or answered.
"""

from collections import deque
from hashlib import blake2b
from heapq import nsmallest
from itertools import islice
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.questions.messages import TURNED_BACK_SECONDS, QuotesTruly, RelatedMessage
from countersign.policy.text.prose.quotations import find_quotation, quotable_lines
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.related_messages import addressed_people

KEPT_FOR_MS: Final = DAY_MS
MAX_MESSAGES: Final = 20_000
"""Maximum number of messages that are remembered, of all rooms; the oldest go first."""
MAX_LINES: Final = 48
"""Maximum number of lines of one message with its edits; longer ones count as not quoted."""
MAX_MENTIONED: Final = 4
"""Maximum number of people whom a message mentions or answers that are remembered."""
MAX_SENDERS: Final = 1_024
"""Maximum number of senders of whom it is remembered whom they mentioned or answered."""
MAX_TURNED_TO: Final = 32
"""Maximum number of people, each as often as mentioned, that are remembered of a sender."""
_DIGEST_BYTES: Final = 8


class _Message(NamedTuple):
    """A signed message: the digests of its lines, and the facts of a `RelatedMessage`."""

    sender: str
    room_id: str
    sent_ts: int
    lines: bytes
    chars: int
    mentioned: tuple[str, ...]


class QuotableMessages:
    """Memory of the lines of signed messages by event ID, which answers `QuotesTruly`."""

    def __init__(self) -> None:
        self._messages: BoundedMapping[str, _Message] = BoundedMapping(MAX_MESSAGES)
        self._turned_to: BoundedMapping[str, deque[tuple[int, str]]] = BoundedMapping(MAX_SENDERS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share messages with other processes: send those noted here, and note theirs.

        Args:
            broadcasts: carry the messages.
            clock: tells the time; a message of another process counts as sent when it arrives.
        """
        self._broadcasts = broadcasts

        def on_message(
            event_id: str, sender: str, room_id: str, lines: str, chars: str, *mentioned: str
        ) -> None:
            message = self._messages.get(event_id)
            if message is None or (message.sender, message.room_id) == (sender, room_id):
                self._messages[event_id] = _Message(
                    sender, room_id, clock.now_ts(), bytes.fromhex(lines), int(chars), mentioned
                )
                if message is None:
                    self._note_people(sender, clock.now_ts(), mentioned)

        broadcasts.subscribe(Topic.QUOTABLE, on_message)

    def answer(self, question: QuotesTruly, context: EventContext) -> bool:  # noqa: ARG002
        """See `Answerer.answer`."""
        quotation = find_quotation(context.event.content)
        if quotation is None:
            return True
        message = self._find(quotation.event_id, context)
        if message is None:
            return False
        line_digests = set(_digests(message.lines))
        return quotation.sender in (None, message.sender) and all(
            _digest(line) in line_digests for line in quotation.lines
        )

    def find(self, event_id: str, context: EventContext) -> RelatedMessage | None:
        """Return a message of the last day in the room of the event in question, or None."""
        message = self._find(event_id, context)
        return (
            None
            if message is None
            else RelatedMessage(message.sender, message.chars, message.mentioned)
        )

    def _find(self, event_id: str, context: EventContext) -> _Message | None:
        message = self._messages.get(event_id)
        if message is None or message.room_id != context.event.room_id:
            return None
        return None if message.sent_ts < context.now_ts - KEPT_FOR_MS else message

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        self.note(context, recorded.decision, recorded.event_id)

    def note(self, context: EventContext, decision: Decision, event_id: str) -> None:
        """Keep digests of a signed message's lines; lines of an edit belong to the message.

        An edit of another person's message is ignored.
        """
        event = context.event
        if decision.verdict is not Verdict.SIGN or event.type != "m.room.message":
            return
        relation = event.seen.relation
        is_edit = relation is not None and relation.kind == "edit"
        if is_edit and relation is not None:
            if relation.event_id is None:
                return
            event_id = relation.event_id
        lines = b"".join(map(_digest, islice(quotable_lines(event.content), MAX_LINES)))
        chars = len(event.seen.main_text)
        people = addressed_people(context, self.find) - {event.sender}
        mentioned = tuple(nsmallest(MAX_MENTIONED, people))
        if is_edit and (before := self._messages.get(event_id)) is not None:
            if (before.sender, before.room_id) != (event.sender, event.room_id):
                return
            lines = (lines + before.lines)[: MAX_LINES * _DIGEST_BYTES]
            # An edit calls nobody, and does not change how much was said at first.
            chars, mentioned = before.chars, before.mentioned
        if not is_edit:
            self._note_people(event.sender, context.now_ts, mentioned)
        self._messages[event_id] = _Message(
            event.sender, event.room_id, context.now_ts, lines, chars, mentioned
        )
        if self._broadcasts is not None:
            identity = event_id, event.sender, event.room_id
            self._broadcasts.publish(Topic.QUOTABLE, *identity, lines.hex(), str(chars), *mentioned)

    def _note_people(self, sender: str, now_ts: int, people: tuple[str, ...]) -> None:
        if not people:
            return
        turned_to = self._turned_to.use(sender)
        if turned_to is None:
            turned_to = self._turned_to[sender] = deque(maxlen=MAX_TURNED_TO)
        turned_to.extend((now_ts, each) for each in people)

    def turned_to(self, user_id: str, now_ts: int) -> frozenset[str]:
        """Return the people whom a user mentioned or answered lately."""
        since_ts = now_ts - TURNED_BACK_SECONDS * 1_000
        addressed = self._turned_to.get(user_id, ())
        return frozenset([each for at_ts, each in addressed if at_ts >= since_ts])

    def forget_people(self) -> None:
        """Forget all messages."""
        self._turned_to.clear()
        self._messages.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's messages, and those that mention them."""
        self._turned_to.pop(user_id, None)
        for sender, addressed in list(self._turned_to.items()):  # setting one moves it
            if any(each == user_id for _, each in addressed):
                others = ((at_ts, each) for at_ts, each in addressed if each != user_id)
                self._turned_to[sender] = deque(others, MAX_TURNED_TO)
        for key, each in list(self._messages.items()):
            if each.sender == user_id or user_id in each.mentioned:
                del self._messages[key]

    async def forget_room(self, room_id: str) -> None:
        """Forget a room's messages."""
        for key in [key for key, each in self._messages.items() if each.room_id == room_id]:
            del self._messages[key]


def _digest(line: str) -> bytes:
    return blake2b(line.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


def _digests(lines: bytes) -> list[bytes]:
    return [lines[start : start + _DIGEST_BYTES] for start in range(0, len(lines), _DIGEST_BYTES)]
