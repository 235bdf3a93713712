"""Crowds of newcomers: how many wrote lately, and what members asked and called them to write."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final
from zlib import crc32

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.measures.trust_records import Trust
from countersign.policy.text.likeness.answers import asked_words, is_answer
from countersign.policy.text.likeness.calls import calls_to_write
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.protocol.identifiers import server_name_of
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.said_words import KEPT_MS, Said, said_lately

ANSWERED_FOR_MS: Final = 600_000
"""Time after a question or call in which others answer it with like texts."""
MAX_ANSWERING: Final = 48
"""Number of people with such a text from which on it is no answer: a class is smaller."""
MAX_ANSWERING_ELSEWHERE: Final = 12
"""Likewise of people who are not of the server of most of them: a class has one."""
MAX_ANSWERS: Final = 3
"""Maximum number of texts of each of them after one call: an answer, and its corrections."""
MAX_CALLS: Final = 16
"""Maximum number of calls of a community that are remembered; the oldest go first."""
MAX_WRITERS: Final = 512
"""Maximum number of people of a community of whom it is remembered that they wrote."""
MAX_COMMUNITIES: Final = 256
LEAST_FEW: Final = 5
"""Minimum number of people who say the same to be few of a crowd.

Of fewer, likeness is only evidence beside other evidence.
"""


def answers_question(
    words: frozenset[int],
    questions: Mapping[str, Said] | None,
    heard: Mapping[str, Said] | None,
    now_ts: int,
    before_ts: int | None,
) -> bool:
    """Return True if a text answers a trusted person's question, as a class does.

    Args:
        words: the hashes of the text's words.
        questions: the longer words of the questions.
        heard: the last texts of others.
        now_ts: the time, in ms since the epoch.
        before_ts: later questions do not count; None for all.
    """
    for question in (questions or {}).values():
        if not _is_open(question.said_ts, now_ts, before_ts) or not is_answer(
            words, question.words
        ):
            continue
        others = said_lately((heard or {}).values(), now_ts)
        return _are_a_class(each.sender for each in others if is_answer(each.words, question.words))
    return False


class RecentWriters:
    """People who are not members and wrote within half an hour, by community."""

    def __init__(self) -> None:
        self._by_community: BoundedMapping[str, BoundedMapping[str, int]]
        self._by_community = BoundedMapping(MAX_COMMUNITIES)

    def note(self, community: str, user_id: str, now_ts: int) -> None:
        """Remember that somebody wrote."""
        writers = self._by_community.use(community) or BoundedMapping(MAX_WRITERS)
        self._by_community[community] = writers
        writers[user_id] = now_ts

    def are_few(self, community: str, people: int, percent: int, now_ts: int) -> bool:
        """Return True if so many people are at most that share of those who wrote lately."""
        if people < LEAST_FEW:
            return False
        writers = self._by_community.get(community)
        while writers and now_ts - next(iter(writers.values())) > KEPT_MS:
            writers.forget_oldest()
        return people * 100 <= len(writers or ()) * percent

    def forget_people(self) -> None:
        """Forget who wrote."""
        self._by_community.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget that a user wrote."""
        for writers in self._by_community.values():
            writers.pop(user_id, None)


class _Call:
    """A call with its room, as a hash, the time, in ms, and how much each person wrote since."""

    __slots__ = ("answers", "called_ts", "room", "sender")

    def __init__(self, room: int, called_ts: int, sender: str) -> None:
        self.room: Final = room
        self.called_ts: Final = called_ts
        self.sender: Final = sender
        self.answers: Final = Counter[str]()


class Calls:
    """Recent calls to write something, by members known for long.

    Who had come before a call may answer it in its room, whatever others write. Each process
    counts answers by itself.
    """

    def __init__(self) -> None:
        self._by_community: BoundedMapping[str, BoundedMapping[str, _Call]]
        self._by_community = BoundedMapping(MAX_COMMUNITIES)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts, clock: Clock) -> None:
        """Share calls with other processes: send those read here, and keep theirs."""

        def on_message(community: str, sender: str, room: str) -> None:
            self._keep(community, sender, int(room), clock.now_ts())

        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.CALLED, on_message)

    def note_call(self, context: EventContext) -> None:
        """Remember a member's signed text if it asks people to write something.

        A text that addresses somebody in particular asks that person, and an answer to a trusted
        person's question is known by its words.
        """
        event = context.event
        seen, room = event.seen, _room_of(context)
        if seen.relation is not None or seen.mentions.user_ids:
            return
        is_question = event.standing.level.rank >= Trust.TRUSTED.rank and asked_words(
            seen.main_text
        )
        if calls_to_write(seen.normalized) and not is_question:
            self._keep(context.community, event.sender, room, context.now_ts)
            if self._broadcasts is not None:
                self._broadcasts.publish(Topic.CALLED, context.community, event.sender, str(room))

    def _keep(self, community: str, sender: str, room: int, called_ts: int) -> None:
        calls = self._by_community.use(community) or BoundedMapping(MAX_CALLS)
        self._by_community[community] = calls
        calls[f"{room} {sender}"] = _Call(room, called_ts, sender)

    def note_answer(self, context: EventContext) -> None:
        """Count a newcomer's signed text."""
        for call in self._open(context, None):
            call.answers[context.event.sender] += 1

    def cover(self, context: EventContext, before_ts: int | None) -> bool:
        """Return True if a newcomer's text may answer a call in its room.

        Args:
            context: the event.
            before_ts: later calls do not count; None for all.
        """
        sender = context.event.sender
        return any(
            call.answers[sender] < MAX_ANSWERS and _are_a_class({*call.answers, sender})
            for call in self._open(context, before_ts)
        )

    def _open(self, context: EventContext, before_ts: int | None) -> list[_Call]:
        calls = self._by_community.get(context.community)
        if not calls:
            return []
        room, came_ts = _room_of(context), context.event.standing.first_seen_ts
        return [
            call
            for call in calls.values()
            if call.room == room
            and came_ts
            and came_ts < call.called_ts
            and _is_open(call.called_ts, context.now_ts, before_ts)
            and (context.event.sender in call.answers or len(call.answers) <= MAX_ANSWERING)
        ]

    def forget_people(self) -> None:
        """Forget all calls."""
        self._by_community.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget a user's calls and answers."""
        for calls in self._by_community.values():
            for key in [key for key, call in calls.items() if call.sender == user_id]:
                del calls[key]
            for call in calls.values():
                call.answers.pop(user_id, None)


def _room_of(context: EventContext) -> int:
    """Return a hash of the event's room: no ID is kept that an erasure of the room must forget."""
    return crc32(context.event.room_id.encode())


def _is_open(asked_ts: int, now_ts: int, before_ts: int | None) -> bool:
    return now_ts - asked_ts <= ANSWERED_FOR_MS and (before_ts is None or asked_ts < before_ts)


def _are_a_class(people: Iterable[str]) -> bool:
    servers = Counter(map(server_name_of, people))
    most, everybody = max(servers.values(), default=0), servers.total()
    return everybody <= MAX_ANSWERING and everybody - most <= MAX_ANSWERING_ELSEWHERE
