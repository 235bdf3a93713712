"""The last short messages of senders, which are read together with the next one.

Texts of signed events are personal data, so only a few are kept, in memory and for some minutes.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.measures.trust_records import RANKS, Trust
from countersign.policy.text.indicators.joining import RecentMessages, fragment_of, last_fragments
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.service.answers.event_context import EventContext, Fragment, SignedPart

KEPT_FOR_MS: Final = 300_000
MAX_SENDERS: Final = 5_000
"""Maximum number of senders whose messages are kept; the one silent longest is dropped first."""

_MEMBER_RANK: Final = RANKS[Trust.MEMBER]
_Key: TypeAlias = tuple[str, str, str]
"""Community, room and sender."""


class Fragments:
    """Keeps newcomers' short messages if the policy has a step that reads several as one."""

    def __init__(self) -> None:
        self._by_sender: BoundedMapping[_Key, tuple[Fragment, ...]] = BoundedMapping(MAX_SENDERS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share messages with other processes: send those noted here, and note theirs.

        Args:
            broadcasts: carry the messages.
            clock: tells the time; a message of another process counts as sent when it arrives.
        """
        self._broadcasts = broadcasts

        def on_message(
            community: str, room_id: str, sender: str, text: str, edited: str, *part: str
        ) -> None:
            key, event_id, event_type = part
            signed = SignedPart(bytes.fromhex(key), event_id, event_type)
            now_ts = clock.now_ts()
            fragments = self._by_sender.get((community, room_id, sender), ())
            index = _place_of(edited, fragments)
            if index is None:
                updated = (*fragments, Fragment(text, now_ts, (signed,)))
            else:
                own = Fragment(text, now_ts, (*fragments[index].parts, signed))
                updated = (*fragments[:index], own, *fragments[index + 1 :])
            self._by_sender[community, room_id, sender] = _lasting(updated)
            self._sweep(now_ts)

        broadcasts.subscribe(Topic.PART, on_message)

    def combine(self, context: EventContext) -> EventContext:
        """Return `context` with the event combined with the last messages of its sender."""
        match = self._find(context)
        if match is None:
            return context
        text, fragments, index = match
        if len(fragments) < 2:
            return context
        texts = [fragment.text for fragment in fragments]
        texts[index] = text
        event = replace(context.event, recent_messages=RecentMessages(tuple(texts), index))
        return replace(context, event=event, fragments=fragments)

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        part = SignedPart(recorded.key, recorded.event_id, recorded.event_type)
        self.note(context, recorded.decision, part)

    def note(self, context: EventContext, decision: Decision, part: SignedPart) -> None:
        """Keep an event if it was signed and may be part of a split message."""
        if decision.verdict is not Verdict.SIGN:
            return
        match = self._find(context)
        if match is None:
            return
        text, fragments, index = match
        before = fragments[index]
        own = Fragment(text, context.now_ts, (*before.parts, part))
        updated = (*fragments[:index], own, *fragments[index + 1 :])
        self._by_sender[_key(context)] = _lasting(updated)
        if self._broadcasts is not None:
            edited = before.parts[0].event_id if before.parts else ""
            signed = part.key.hex(), part.event_id, part.event_type
            self._broadcasts.publish(Topic.PART, *_key(context), text, edited, *signed)
        self._sweep(context.now_ts)

    def forget_people(self) -> None:
        """Forget the messages of all users."""
        self._by_sender.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's messages."""
        for key in [key for key in self._by_sender if key[2] == user_id]:
            del self._by_sender[key]

    async def forget_room(self, room_id: str) -> None:
        """Forget a room's messages."""
        for key in [key for key in self._by_sender if key[1] == room_id]:
            del self._by_sender[key]

    def _find(self, context: EventContext) -> tuple[str, tuple[Fragment, ...], int] | None:
        """Return the event's text, the messages to read with it, and its index among them."""
        event = context.event
        if not context.policy.pipeline.reads_together or event.standing.level.rank >= _MEMBER_RANK:
            return None
        text = fragment_of(event.content, event.type)
        if text is None:
            return None
        since_ts = context.now_ts - KEPT_FOR_MS
        fragments = tuple(
            [
                each
                for each in self._by_sender.get(_key(context), ())
                if since_ts <= each.sent_ts <= context.now_ts
            ]
        )
        index = _edited(event, fragments)
        if index is None:
            return text, (*fragments, Fragment(text, context.now_ts, ())), len(fragments)
        return text, fragments, index

    def _sweep(self, now_ts: int) -> None:
        while self._by_sender:
            oldest = next(iter(self._by_sender.values()))
            if oldest[-1].sent_ts >= now_ts - KEPT_FOR_MS:
                return
            self._by_sender.forget_oldest()


def _lasting(fragments: tuple[Fragment, ...]) -> tuple[Fragment, ...]:
    """Return the last of these messages, as far as they are read together with the next."""
    return fragments[len(fragments) - last_fragments([each.text for each in fragments]) :]


def _edited(event: Event, fragments: Sequence[Fragment]) -> int | None:
    """Return the index of the message that an event edits; None if it edits none of them."""
    relation = event.seen.relation
    if relation is None or relation.kind != "edit":
        return None
    return _place_of(relation.event_id, fragments)


def _place_of(event_id: str | None, fragments: Sequence[Fragment]) -> int | None:
    """Return the index of the message with this event ID; None if there is none."""
    for index, fragment in enumerate(fragments):
        if fragment.parts and fragment.parts[0].event_id == event_id:
            return index
    return None


def _key(context: EventContext) -> _Key:
    return context.community, context.event.room_id, context.event.sender
