"""Replies of the function on the server, as answers to questions.

The server replies with what it stores. What is too old, or the sender's own, is left out here: many
processes have more processor time than the one server.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any, Final

import msgspec

from countersign.policy.questions.crowds import Crowd
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    CountGroup,
    RecentMembers,
    SameThing,
    SameThings,
    SimilarText,
    Total,
)
from countersign.ports.people_counts import People, PeopleByGroup, RecentSayings, Saying

SLICES: Final = 100
"""Number of slices of a window, as in `scripts/2-windows.lua`."""
_MAX_SAYINGS: Final = 2_000
_LATEST: Final = Struct(">Q")
_SLICE: Final = Struct(">QI")
_SENDING: Final = Struct(">33xQIQHH")
"""Mark, last time, number of sendings, last time but one, lengths of sender and room."""
_SENDINGS_FROM: Final = 1
_SAYING: Final = Struct(">17xQHI32x")
"""Mark, time, lengths of sender and words, key of the event."""
_SAYINGS_FROM: Final = 2
_unpack_said: Final = msgspec.msgpack.Decoder(tuple[str, tuple[int, ...]]).decode
_NOBODY: Final = Crowd()
_text: Final = bytes.decode


def answers_of(
    questions: Sequence[CounterQuestion], reply: Any, event: CountedEvent
) -> list[CounterAnswer]:
    """Return the answers to questions about an event.

    Args:
        questions: in their order.
        reply: the time of the reservation in milliseconds, and as many answers.
        event: the event.
    """
    at, answers = reply
    pairs = zip(questions, answers, strict=True)
    return [_answer_of(question, each, event, at) for question, each in pairs]


def people_of(reply: Sequence[bytes]) -> PeopleByGroup:
    """Return the number of people by group."""
    return {
        group.decode(): int(number) for group, number in zip(reply[::2], reply[1::2], strict=True)
    }


def _answer_of(
    question: CounterQuestion, reply: Any, event: CountedEvent, at: int
) -> CounterAnswer:
    if isinstance(question, Count):
        window, own = reply
        return _total_of(question, window, own, at)
    if isinstance(question, SameThing | SimilarText):
        return _crowd_of(reply, event.sender, at - question.window_ms)
    if isinstance(question, SameThings):
        since = at - question.window_ms
        return tuple([_crowd_of(each, event.sender, since) for each in reply])
    if isinstance(question, RecentMembers):
        return tuple([user_id.decode() for user_id in reply])
    if isinstance(question, People):
        return people_of(reply)
    if isinstance(question, RecentSayings):
        return _sayings_of(reply, event.sender, at - question.window_ms)
    if isinstance(question, CountGroup):
        pairs = zip(question.questions, reply, strict=True)
        return tuple([_answer_of(each, its_reply, event, at) for each, its_reply in pairs])
    return bool(reply)


def _total_of(question: Count, window: bytes, own: int, at: int) -> Total:
    oldest = at * SLICES // question.window_ms - SLICES
    slices = [
        units for number, units in _SLICE.iter_unpack(window[_LATEST.size :]) if number >= oldest
    ]
    if not slices:
        return Total(own, 0)
    (latest,) = _LATEST.unpack_from(window)
    return Total(sum(slices) + own, max(0, at - latest))


def _crowd_of(all_sendings: Sequence[bytes], sender: str, since: int) -> Crowd:
    """Return who sent something since a time, of packed sendings."""
    own = sender.encode()
    senders: set[bytes] = set()
    rooms: set[bytes] = set()
    by_sender = again = 0
    for sendings in all_sendings:
        place = _SENDINGS_FROM
        while place < len(sendings):
            last, times, before, sender_bytes, room_bytes = _SENDING.unpack_from(sendings, place)
            from_room = place + _SENDING.size + sender_bytes
            each_sender = sendings[from_room - sender_bytes : from_room]
            place = from_room + room_bytes
            if last >= since:
                senders.add(each_sender)
                rooms.add(sendings[from_room:place])
                by_sender += times if each_sender == own else 0
                again += times > 1 and before >= since
    if not senders:
        return _NOBODY
    return Crowd(frozenset(map(_text, senders)), frozenset(map(_text, rooms)), by_sender, again)


def _sayings_of(packed: bytes, sender: str, since: int) -> tuple[Saying, ...]:
    own = sender.encode()
    return tuple(
        [
            _saying_of(each_sender, words)
            for at, each_sender, words in _each_saying(packed)
            if at >= since and each_sender != own
        ]
    )


def _each_saying(packed: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield time, sender and words."""
    place = _SAYINGS_FROM
    while place < len(packed):
        at, sender, words = _SAYING.unpack_from(packed, place)
        place += _SAYING.size
        yield at, packed[place : place + sender], packed[place + sender : place + sender + words]
        place += sender + words


@lru_cache(_MAX_SAYINGS)
def _saying_of(sender: bytes, packed: bytes) -> Saying:
    # Replies to many events contain the same ones, so the results are cached.
    group, words = _unpack_said(packed)
    return Saying(sender.decode(), group, frozenset(words))
