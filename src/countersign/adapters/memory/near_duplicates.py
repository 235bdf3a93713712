"""Index of recent sendings, to find the same thing from several people or in several rooms.

It has hashes of things and minhashes of texts, never the texts.
"""

from array import array
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from itertools import count, repeat
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.questions.crowds import Crowd
from countersign.policy.text.minhash import MinHash
from countersign.ports.counters import CountedEvent, SameThing, SimilarText

MAX_THINGS: Final = 50_000
MAX_TEXTS: Final = 20_000
MAX_SENDINGS: Final = 64
"""Maximum number of sendings remembered of one thing: the last, by sender and room."""
MAX_SENDINGS_IN_ALL: Final = 100_000
"""Maximum number of things remembered, and of texts; the oldest goes first."""
MAX_CANDIDATES: Final = 128
REPEATED_WITHIN_MS: Final = 3_600_000
_ALL_BUT_THE_SAME: Final = 90

_Kind = tuple[str, int, int]
"""Texts compared with each other: those of one community, likeness and time."""


_Name = tuple[str, int, bytes]
"""Key of a count: a community, the time, and the hash of what was sent."""


@dataclass(slots=True)
class _Sender:
    """Sendings of one thing by one sender to one room.

    Attributes:
        times: number of sendings with at most an hour between two of them.
        last_before: the time of the last but one; 0 if it is not known.
    """

    last: int
    times: int = 1
    last_before: int = 0


@dataclass(slots=True, eq=False)
class Thing:
    """Sendings of one thing; one entry for each sender in each room, the latest last.

    Attributes:
        sendings: the sendings, by sender and room.
        is_forgotten: the entry was removed from the index.
    """

    sendings: dict[tuple[str, str], _Sender] = field(default_factory=dict)
    is_forgotten: bool = False

    def add(self, sender: str, room_id: str, at: int) -> int:
        """Add a sending; return the number of new entries."""
        key = (sender, room_id)
        number_before = len(self.sendings)
        before = self.sendings.pop(key, None)
        if before is not None and at - before.last <= REPEATED_WITHIN_MS:
            before.times += 1
            before.last_before, before.last = before.last, at
            self.sendings[key] = before
        else:
            self.sendings[key] = _Sender(at)
        if len(self.sendings) > MAX_SENDINGS:
            del self.sendings[next(iter(self.sendings))]
        return len(self.sendings) - number_before

    def remove(self, sender: str, room_id: str, at: int) -> int:
        """Remove a sending, if it is known; return the number of removed entries."""
        sent = self.sendings.get((sender, room_id))
        if sent is None:
            return 0
        sent.times -= 1
        if sent.times > 0:
            if sent.last == at:
                sent.last, sent.last_before = sent.last_before, 0
            return 0
        del self.sendings[sender, room_id]
        return 1

    def since(self, moment: int, sender: str) -> Crowd:
        """Return the senders and rooms since then."""
        recent = [(key, sent) for key, sent in self.sendings.items() if sent.last >= moment]
        return Crowd(
            frozenset(user_id for (user_id, _), _ in recent),
            frozenset(room for (_, room), _ in recent),
            sum(sent.times for (user_id, _), sent in recent if user_id == sender),
            sum(sent.times > 1 and sent.last_before >= moment for _, sent in recent),
        )


NOBODY: Final = Crowd()


class SentThings:
    """Answers `SameThing`."""

    def __init__(self) -> None:
        self._things: BoundedMapping[_Name, Thing] = BoundedMapping(MAX_THINGS, self._forgot)
        self._sendings = 0

    def find(self, question: SameThing, event: CountedEvent, now: int) -> Crowd:
        """Return the senders and rooms in the window before `now`, in milliseconds."""
        thing = self._things.get(_name(question, event))
        if thing is None:
            return NOBODY
        return thing.since(now - question.window_ms, event.sender)

    def add(self, question: SameThing, event: CountedEvent, now: int) -> Thing:
        """Record a sending by the event's sender; return the entry with its sendings."""
        name = _name(question, event)
        thing = self._things.use(name)
        if thing is None:
            thing = self._things[name] = Thing()
        self._sendings += thing.add(event.sender, event.room_id, now)
        while self._sendings > MAX_SENDINGS_IN_ALL:
            self._things.forget_oldest()
        return thing

    def remove(self, thing: Thing, event: CountedEvent, at: int) -> None:
        """Take back what `add` noted at that moment."""
        if not thing.is_forgotten:
            self._sendings -= thing.remove(event.sender, event.room_id, at)

    def _forgot(self, name: _Name, thing: Thing) -> None:  # noqa: ARG002
        thing.is_forgotten = True
        self._sendings -= len(thing.sendings)


def _name(question: SameThing, event: CountedEvent) -> _Name:
    return event.community, question.window_ms, question.digest


@dataclass(slots=True, eq=False)
class _Text:
    """A group of near duplicates, represented by the minhash of the first one."""

    places: "array[int]"
    thing: Thing = field(default_factory=Thing)


class SimilarTexts:
    """Answers `SimilarText`.

    A text is added to the first group that it is like, so a wave of a thousand is one entry. Groups
    are found by the bands of their minhashes.
    """

    def __init__(self) -> None:
        # By the hash of a band: nearly all have one text, and each text has sixteen bands.
        self._by_piece: dict[int, _Text | deque[_Text]] = {}
        self._texts: deque[tuple[_Kind, _Text]] = deque()
        self._sendings = 0

    def find(self, question: SimilarText, event: CountedEvent, now: int) -> Crowd:
        """Return the senders and rooms of near duplicates in the window before `now`, in ms."""
        alike = self._alike(_kind(question, event), question.minhash, question.likeness_percent)
        if not alike:
            return NOBODY
        since = now - question.window_ms
        senders: set[str] = set()
        rooms: set[str] = set()
        by_sender = again = 0
        for text in alike:
            crowd = text.thing.since(since, event.sender)
            senders |= crowd.senders
            rooms |= crowd.rooms
            by_sender += crowd.by_sender
            again += crowd.again
        return Crowd(frozenset(senders), frozenset(rooms), by_sender, again)

    def add(self, question: SimilarText, event: CountedEvent, now: int) -> Thing:
        """Record a sending by the event's sender; return the entry with its sendings."""
        # Only a nearly equal text joins a group; otherwise the group's content would drift.
        kind = _kind(question, event)
        alike = self._alike(kind, question.minhash, _ALL_BUT_THE_SAME)
        text = alike[0] if alike else self._remember(kind, question.minhash)
        self._sendings += text.thing.add(event.sender, event.room_id, now)
        while len(self._texts) > MAX_TEXTS or self._sendings > MAX_SENDINGS_IN_ALL:
            self._forget(*self._texts.popleft())
        return text.thing

    def remove(self, thing: Thing, event: CountedEvent, at: int) -> None:
        """Take back what `add` noted at that moment."""
        if not thing.is_forgotten:
            self._sendings -= thing.remove(event.sender, event.room_id, at)

    def _alike(self, kind: _Kind, minhash: MinHash, percent: int) -> list[_Text]:
        seen: set[int] = set()
        similar: list[_Text] = []
        # Most texts are like no other: one look for all bands.
        groups = map(self._by_piece.get, _pieces(kind, minhash))
        for texts in [texts for texts in groups if texts is not None]:
            # Of a band's groups, the latest first.
            for text in (texts,) if isinstance(texts, _Text) else reversed(texts):
                if id(text) in seen:
                    continue
                seen.add(id(text))
                if minhash.likeness_percent(text.places) >= percent:
                    similar.append(text)
                if len(seen) >= MAX_CANDIDATES:
                    return similar
        return similar

    def _remember(self, kind: _Kind, minhash: MinHash) -> _Text:
        text = _Text(array("Q", minhash.places))
        pieces = _pieces(kind, minhash)
        # One look for each; most are held by no other text.
        for piece, texts in zip(
            pieces, map(self._by_piece.setdefault, pieces, repeat(text)), strict=True
        ):
            if texts is text:
                continue
            if isinstance(texts, _Text):
                self._by_piece[piece] = deque((texts, text), maxlen=MAX_CANDIDATES)
            else:
                texts.append(text)
        self._texts.append((kind, text))
        return text

    def _forget(self, kind: _Kind, text: _Text) -> None:
        text.thing.is_forgotten = True
        self._sendings -= len(text.thing.sendings)
        for piece in _pieces(kind, MinHash(tuple(text.places))):
            texts = self._by_piece.get(piece)
            if texts is text:
                del self._by_piece[piece]
            elif isinstance(texts, deque) and text in texts:
                texts.remove(text)
                if not texts:
                    del self._by_piece[piece]


@lru_cache(maxsize=64)
def _pieces(kind: _Kind, minhash: MinHash) -> tuple[int, ...]:
    # Of one text they are asked for when it is compared, and again when it is noted.
    return tuple(map(hash, zip(repeat(_number_of(kind)), count(), minhash.bands(), strict=False)))


@lru_cache(maxsize=256)
def _number_of(kind: _Kind) -> int:
    # Not by `hash` of a string, which differs in each process: backtests must be repeatable.
    return int.from_bytes(blake2b(repr(kind).encode(), digest_size=8).digest())


def _kind(question: SimilarText, event: CountedEvent) -> _Kind:
    return event.community, question.likeness_percent, question.window_ms
