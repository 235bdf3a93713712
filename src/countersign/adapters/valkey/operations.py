"""Operations on counters, and their replies, in the format of the function on the server.

Bytes are sent as hexadecimal digits, since the server's MessagePack decoder cannot tell them from
texts.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any, Final

import msgspec

from countersign.policy.questions import Crowd
from countersign.policy.text.minhash import PLACES
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    RecentMembers,
    SameThing,
    SameThings,
    SimilarText,
    Together,
    Total,
)
from countersign.ports.people_counts import People, PeopleByGroup, Person, RecentSayings, Saying

_NAME_BYTES: Final = 16
_MAX_NAMES: Final = 20_000
_MAX_SAYINGS: Final = 2_000
_32_BITS: Final = 0xFFFF_FFFF
_places_packed: Final = Struct(f">{PLACES}I").pack
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack: Final = msgspec.msgpack.decode
_unpack_total: Final = msgspec.msgpack.Decoder(tuple[int, int]).decode
_unpack_crowd: Final = msgspec.msgpack.Decoder(
    tuple[frozenset[str], frozenset[str], int, int]
).decode
_unpack_names: Final = msgspec.msgpack.Decoder(tuple[str, ...]).decode
_unpack_said: Final = msgspec.msgpack.Decoder(tuple[str, tuple[int, ...]]).decode


@lru_cache(_MAX_NAMES)
def short_name(*name: str) -> str:
    """Return a hash of 32 hexadecimal digits in place of a name that may be very long."""
    return blake2b(_pack(name), digest_size=_NAME_BYTES).hexdigest()


def reserve(event: CountedEvent, questions: Sequence[CounterQuestion], now_ts: int | None) -> bytes:
    """Return the packed operation that reserves an event."""
    return _pack(
        (
            "reserve",
            event.key.hex(),
            event.sender,
            event.room_id,
            short_name(event.sender),
            short_name(event.room_id),
            now_ts or 0,
            [_plain(each) for each in questions],
        )
    )


def settle(key: bytes, settlement: str) -> bytes:
    """Return the packed operation that settles an event."""
    return _pack(("settle", key.hex(), settlement))


def cancel(key: bytes) -> bytes:
    """Return the packed operation that cancels an event."""
    return _pack(("cancel", key.hex()))


def note_people(people: Sequence[Person], now_ts: int | None) -> bytes:
    """Return the packed operation that counts people."""
    each = [(short_name(*one.deed), one.window_ms, one.user_id, one.group) for one in people]
    return _pack(("note", now_ts or 0, each))


def forget_person(user_id: str, at_place: int, most: int) -> bytes:
    """Return the packed operation that forgets a person in some of the deeds.

    It looks through at most `most` deeds, from place `at_place` on, and replies with the place to
    go on from, or nothing.
    """
    return _pack(("forget", user_id, short_name(user_id), at_place, most))


def probe() -> bytes:
    """Return the packed operation that fails unless the server supports all others."""
    return _pack(("probe",))


def answer_of(question: CounterQuestion, reply: Any) -> CounterAnswer:
    """Return the answer that is encoded in the reply to a question."""
    if isinstance(question, Count):
        return Total(*_unpack_total(reply))
    if isinstance(question, SameThing | SimilarText):
        return Crowd(*_unpack_crowd(reply))
    if isinstance(question, SameThings):
        return tuple([Crowd(*_unpack_crowd(each)) for each in reply])
    if isinstance(question, RecentMembers):
        return _unpack_names(reply)
    if isinstance(question, People):
        return people_of(reply)
    if isinstance(question, RecentSayings):
        return tuple(map(_saying_of, reply[::2], reply[1::2]))
    if isinstance(question, Together):
        pairs = zip(question.questions, reply, strict=True)
        return tuple([answer_of(each, its_reply) for each, its_reply in pairs])
    return bool(_unpack(reply))


def people_of(reply: bytes) -> PeopleByGroup:
    """Return the number of people by group."""
    flat = _unpack(reply)
    return dict(zip(flat[::2], flat[1::2], strict=True))


@lru_cache(_MAX_SAYINGS)
def _saying_of(sender: bytes, said: bytes) -> Saying:
    # Replies to many events contain the same ones, so the results are cached.
    group, words = _unpack_said(bytes.fromhex(said.decode("ascii")))
    return Saying(sender.decode(), group, frozenset(words))


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
        places = [place & _32_BITS for place in question.sketch.places]
        digits = _places_packed(*places).hex()
        return "similar", digits, question.likeness_percent, question.window_ms, places
    if isinstance(question, RecentMembers):
        room, window_ms, most, is_added, is_listed = question
        return "members", short_name(room), window_ms, most, is_added, is_listed
    if isinstance(question, People):
        return "people", short_name(*question.deed), question.window_ms
    if isinstance(question, Together):
        return "together", [_plain(each) for each in question.questions]
    if isinstance(question, RecentSayings):
        said = _pack((question.group, sorted(question.words))).hex()
        return "said", said, question.is_said, question.window_ms, question.most
    return "unsigned", question.words, question.window_ms
