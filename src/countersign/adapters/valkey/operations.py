"""Operations on counters, in the format of the function on the server."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any, Final

import msgspec

from countersign.policy.text.minhash import PLACES
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterQuestion,
    CountGroup,
    RecentMembers,
    SameThing,
    SameThings,
    SimilarText,
)
from countersign.ports.people_counts import People, Person, RecentSayings

_NAME_BYTES: Final = 16
_MAX_NAMES: Final = 20_000
_32_BITS: Final = 0xFFFF_FFFF
_places_packed: Final = Struct(f">{PLACES}I").pack
_pack: Final = msgspec.msgpack.Encoder().encode


@lru_cache(_MAX_NAMES)
def short_name(*name: str) -> str:
    """Return a hash of 32 hexadecimal digits in place of a name that may be very long."""
    return blake2b(_pack(name), digest_size=_NAME_BYTES).hexdigest()


def reserve(event: CountedEvent, questions: Sequence[CounterQuestion], now_ts: int | None) -> bytes:
    """Return the packed operation that reserves an event."""
    return _pack(
        (
            "reserve",
            _bytes(event.key),
            event.sender,
            event.room_id,
            short_name(event.sender),
            short_name(event.room_id),
            now_ts or 0,
            # Packed twice: the server stores them as they are.
            _bytes(_pack([_plain(each) for each in questions])),
        )
    )


def settle(key: bytes, settlement: str) -> bytes:
    """Return the packed operation that settles an event."""
    return _pack(("settle", _bytes(key), settlement))


def cancel(key: bytes) -> bytes:
    """Return the packed operation that cancels an event."""
    return _pack(("cancel", _bytes(key)))


def note_people(people: Sequence[Person], now_ts: int | None, *, is_asked_for: bool) -> bytes:
    """Return the packed operation that counts people; it replies with numbers if asked for them."""
    each = [(short_name(*one.deed), one.window_ms, one.user_id, one.group) for one in people]
    return _pack(("note", now_ts or 0, is_asked_for, each))


def forget_person(user_id: str, at_place: int, most: int) -> bytes:
    """Return the packed operation that forgets a person in some of the deeds.

    It looks through at most `most` deeds, from place `at_place` on, and replies with the place to
    go on from, or nothing.
    """
    return _pack(("forget", user_id, short_name(user_id), at_place, most))


def expire() -> bytes:
    """Return the packed operation that gives up reservations that are too old.

    It replies with 1 if there may be more of them.
    """
    return _pack(("expire",))


def probe() -> bytes:
    """Return the packed operation that fails unless the server supports all others."""
    return _pack(("probe",))


def _bytes(value: bytes) -> msgspec.Raw:
    """Return bytes as a MessagePack text: the server's decoder knows no other type for them."""
    length = len(value)
    if length < 1 << 8:
        return msgspec.Raw(b"\xd9" + length.to_bytes(1) + value)
    if length < 1 << 16:
        return msgspec.Raw(b"\xda" + length.to_bytes(2) + value)
    return msgspec.Raw(b"\xdb" + length.to_bytes(4) + value)


def _plain(question: CounterQuestion) -> tuple[Any, ...]:
    if isinstance(question, Count):
        name = short_name(*question.counter)
        on = question.on or ""
        return "count", question.namespace, name, question.window_ms, question.units, on
    if isinstance(question, SameThing):
        return "thing", question.digest.hex(), question.window_ms
    if isinstance(question, SameThings):
        digests = [digest.hex() for digest in question.digests]
        return "things", digests, question.window_ms, question.is_added
    if isinstance(question, SimilarText):
        places = _places_packed(*[place & _32_BITS for place in question.minhash.places])
        return "similar", _bytes(places), question.likeness_percent, question.window_ms
    if isinstance(question, RecentMembers):
        room, window_ms, most, is_added, is_listed = question
        return "members", short_name(room), window_ms, most, is_added, is_listed
    if isinstance(question, People):
        return "people", short_name(*question.deed), question.window_ms
    if isinstance(question, CountGroup):
        return "together", [_plain(each) for each in question.questions]
    if isinstance(question, RecentSayings):
        words = _bytes(_pack((question.group, sorted(question.words))))
        return "said", words, question.is_said, question.window_ms, question.most
    return "unsigned", question.words, question.window_ms
