"""Remembers who sent what lately, to find the same thing from several people or in several rooms.

What is remembered are names of things and sketches of texts, never the texts.
"""

from array import array
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from countersign.policy.decisions import Decision
from countersign.policy.questions import Crowd, SentBefore, SimilarBefore
from countersign.policy.text.minhash import MinHash
from countersign.service.answers.asked import Asked

MAX_THINGS: Final = 50_000
MAX_TEXTS: Final = 20_000
MAX_SENDINGS: Final = 64
"""How many sendings of one thing are remembered: the last ones, of different senders or rooms."""
MAX_SENDINGS_IN_ALL: Final = 100_000
"""How many of all things are remembered, and as many of all texts; the oldest thing goes first."""
MAX_CANDIDATES: Final = 128
REPEATED_WITHIN_SECONDS: Final = 3_600.0
_NAME_BYTES: Final = 16
"""As much of a thing's hash as tells it from all others: a link can be as long as an event."""

_Kind = tuple[str, int, int]
"""What is compared among itself: a community, the likeness that is asked for, and the time."""


_Name = tuple[str, int, bytes]
"""What is counted by itself: a community, the time, and the hash of what was sent."""


@dataclass(slots=True)
class _Sender:
    """When one sender sent it to one room: the last time, and how often until then.

    Attributes:
        times: how often, as long as no more than an hour lies between.
    """

    last: float
    times: int = 1


@dataclass(slots=True)
class _Thing:
    """Who sent it; one entry for each sender in each room, the latest last."""

    sendings: dict[tuple[str, str], _Sender] = field(default_factory=dict)

    def add(self, sender: str, room_id: str, at: float) -> int:
        """Note a sending; return how many more entries there are now."""
        key = (sender, room_id)
        held = len(self.sendings)
        before = self.sendings.pop(key, None)
        if before is not None and at - before.last <= REPEATED_WITHIN_SECONDS:
            before.times += 1
            before.last = at
            self.sendings[key] = before
        else:
            self.sendings[key] = _Sender(at)
        if len(self.sendings) > MAX_SENDINGS:
            del self.sendings[next(iter(self.sendings))]
        return len(self.sendings) - held

    def since(self, moment: float, sender: str) -> Crowd:
        recent = [(key, sent) for key, sent in self.sendings.items() if sent.last >= moment]
        return Crowd(
            frozenset(who for (who, _), _ in recent),
            frozenset(room for (_, room), _ in recent),
            sum(sent.times for (who, _), sent in recent if who == sender),
        )


class SentThings:
    """Answers `SentBefore`."""

    def __init__(self) -> None:
        self._things: OrderedDict[_Name, _Thing] = OrderedDict()
        self._sendings = 0

    def answer(self, question: SentBefore, asked: Asked) -> Crowd:
        """See `Answerer.answer`."""
        thing = self._things.get(_name(question, asked))
        if thing is None:
            return Crowd()
        return thing.since(asked.now - question.per_seconds, asked.event.sender)

    def note(self, question: SentBefore, asked: Asked, decision: Decision) -> None:  # noqa: ARG002
        """See `Answerer.note`: it was sent, whatever was decided, and that is not taken back."""
        name = _name(question, asked)
        thing = self._things.get(name)
        if thing is None:
            thing = self._things[name] = _Thing()
        self._things.move_to_end(name)
        self._sendings += thing.add(asked.event.sender, asked.event.room_id, asked.now)
        while len(self._things) > MAX_THINGS or self._sendings > MAX_SENDINGS_IN_ALL:
            _, oldest = self._things.popitem(last=False)
            self._sendings -= len(oldest.sendings)


def _name(question: SentBefore, asked: Asked) -> _Name:
    thing = question.thing.encode("utf-8", "surrogatepass")
    return asked.community, question.per_seconds, blake2b(thing, digest_size=_NAME_BYTES).digest()


@dataclass(slots=True, eq=False)
class _Text:
    """Texts that are nearly the same as one of them, whose sketch stands for all."""

    places: "array[int]"
    thing: _Thing = field(default_factory=_Thing)


class SimilarTexts:
    """Answers `SimilarBefore`.

    A text is put to the first one remembered that it is like, so that a wave of a thousand is one
    entry. Entries are found by the pieces of their sketches.
    """

    def __init__(self) -> None:
        # Under the hash of a piece: nearly all hold one text, and there are sixteen to each text.
        self._by_piece: dict[int, _Text | deque[_Text]] = {}
        self._texts: deque[tuple[_Kind, _Text]] = deque()
        self._sendings = 0

    def answer(self, question: SimilarBefore, asked: Asked) -> Crowd:
        """See `Answerer.answer`."""
        since = asked.now - question.per_seconds
        senders: set[str] = set()
        rooms: set[str] = set()
        by_sender = 0
        for text in self._alike(_kind(question, asked), question.sketch, question.likeness_percent):
            crowd = text.thing.since(since, asked.event.sender)
            senders |= crowd.senders
            rooms |= crowd.rooms
            by_sender += crowd.by_sender
        return Crowd(frozenset(senders), frozenset(rooms), by_sender)

    def note(self, question: SimilarBefore, asked: Asked, decision: Decision) -> None:  # noqa: ARG002
        """See `Answerer.note`: it was sent, whatever was decided, and that is not taken back."""
        # Only a text that is all but the same joins another's entry, or likeness would drift.
        kind = _kind(question, asked)
        alike = self._alike(kind, question.sketch, _ALL_BUT_THE_SAME)
        text = alike[0] if alike else self._remember(kind, question.sketch)
        self._sendings += text.thing.add(asked.event.sender, asked.event.room_id, asked.now)
        while len(self._texts) > MAX_TEXTS or self._sendings > MAX_SENDINGS_IN_ALL:
            self._forget(*self._texts.popleft())

    def _alike(self, kind: _Kind, sketch: MinHash, percent: int) -> list[_Text]:
        seen: set[int] = set()
        found: list[_Text] = []
        for piece in _pieces(kind, sketch):
            for text in self._texts_with(piece):
                if id(text) in seen:
                    continue
                seen.add(id(text))
                if sketch.likeness_percent(text.places) >= percent:
                    found.append(text)
                if len(seen) >= MAX_CANDIDATES:
                    return found
        return found

    def _texts_with(self, piece: int) -> Iterable[_Text]:
        """Return the texts that have this piece, the latest first."""
        texts = self._by_piece.get(piece)
        if texts is None:
            return ()
        return (texts,) if isinstance(texts, _Text) else reversed(texts)

    def _remember(self, kind: _Kind, sketch: MinHash) -> _Text:
        text = _Text(array("Q", sketch.places))
        for piece in _pieces(kind, sketch):
            texts = self._by_piece.get(piece)
            if texts is None:
                self._by_piece[piece] = text
            elif isinstance(texts, _Text):
                self._by_piece[piece] = deque((texts, text), maxlen=MAX_CANDIDATES)
            else:
                texts.append(text)
        self._texts.append((kind, text))
        return text

    def _forget(self, kind: _Kind, text: _Text) -> None:
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
def _pieces(kind: _Kind, sketch: MinHash) -> tuple[int, ...]:
    # Of one text they are asked for when it is compared, and again when it is noted.
    of_kind = hash(kind)
    return tuple([hash((of_kind, number, band)) for number, band in enumerate(sketch.bands())])


def _kind(question: SimilarBefore, asked: Asked) -> _Kind:
    return asked.community, question.likeness_percent, question.per_seconds


_ALL_BUT_THE_SAME: Final = 90
