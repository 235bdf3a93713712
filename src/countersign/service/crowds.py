"""Remembers who sent what lately, to find the same thing from several people or in several rooms.

What is remembered are names of things and sketches of texts, never the texts.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from countersign.policy.decisions import Decision
from countersign.policy.questions import Crowd, SentBefore, SimilarBefore
from countersign.policy.sketches import Sketch
from countersign.service.asked import Asked

MAX_THINGS: Final = 50_000
MAX_TEXTS: Final = 20_000
MAX_SENDINGS: Final = 64
"""How many sendings of one thing are remembered: the last ones, of different senders or rooms."""
MAX_CANDIDATES: Final = 128
REPEATED_WITHIN_SECONDS: Final = 3_600.0

_Kind = tuple[str, int, int]
"""What is compared among itself: a community, the likeness that is asked for, and the time."""


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
    """Who sent it; one entry for each sender in each room."""

    sendings: OrderedDict[tuple[str, str], _Sender] = field(default_factory=OrderedDict)

    def add(self, sender: str, room_id: str, at: float) -> None:
        key = (sender, room_id)
        before = self.sendings.get(key)
        if before is not None and at - before.last <= REPEATED_WITHIN_SECONDS:
            before.times += 1
            before.last = at
        else:
            self.sendings[key] = _Sender(at)
        self.sendings.move_to_end(key)
        if len(self.sendings) > MAX_SENDINGS:
            self.sendings.popitem(last=False)

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
        self._things: OrderedDict[tuple[str, SentBefore], _Thing] = OrderedDict()

    def answer(self, question: SentBefore, asked: Asked) -> Crowd:
        """See `Answerer.answer`."""
        thing = self._things.get((asked.community, question))
        if thing is None:
            return Crowd()
        return thing.since(asked.now - question.per_seconds, asked.event.sender)

    def note(self, question: SentBefore, asked: Asked, decision: Decision) -> None:  # noqa: ARG002
        """See `Answerer.note`: it was sent, whatever was decided, and that is not taken back."""
        key = (asked.community, question)
        thing = self._things.get(key)
        if thing is None:
            thing = self._things[key] = _Thing()
            if len(self._things) > MAX_THINGS:
                self._things.popitem(last=False)
        self._things.move_to_end(key)
        thing.add(asked.event.sender, asked.event.room_id, asked.now)


@dataclass(slots=True, eq=False)
class _Text:
    """Texts that are nearly the same as one of them, whose sketch stands for all."""

    sketch: Sketch
    thing: _Thing = field(default_factory=_Thing)


class SimilarTexts:
    """Answers `SimilarBefore`.

    A text is put to the first one remembered that it is like, so that a wave of a thousand is one
    entry. Entries are found by the pieces of their sketches.
    """

    def __init__(self) -> None:
        self._by_band: dict[tuple[_Kind, int, tuple[int, ...]], deque[_Text]] = {}
        self._texts: deque[tuple[_Kind, _Text]] = deque()

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
        text = alike[0] if alike else self._remember(kind, _Text(question.sketch))
        text.thing.add(asked.event.sender, asked.event.room_id, asked.now)

    def _alike(self, kind: _Kind, sketch: Sketch, percent: int) -> list[_Text]:
        seen: set[int] = set()
        found: list[_Text] = []
        for number, band in enumerate(sketch.bands()):
            for text in reversed(self._by_band.get((kind, number, band), _NONE)):
                if id(text) in seen:
                    continue
                seen.add(id(text))
                if text.sketch.likeness_percent(sketch) >= percent:
                    found.append(text)
                if len(seen) >= MAX_CANDIDATES:
                    return found
        return found

    def _remember(self, kind: _Kind, text: _Text) -> _Text:
        for number, band in enumerate(text.sketch.bands()):
            key = (kind, number, band)
            self._by_band.setdefault(key, deque(maxlen=MAX_CANDIDATES)).append(text)
        self._texts.append((kind, text))
        if len(self._texts) > MAX_TEXTS:
            self._forget(*self._texts.popleft())
        return text

    def _forget(self, kind: _Kind, text: _Text) -> None:
        for number, band in enumerate(text.sketch.bands()):
            key = (kind, number, band)
            texts = self._by_band.get(key)
            if texts is None:
                continue
            if text in texts:
                texts.remove(text)
            if not texts:
                del self._by_band[key]


def _kind(question: SimilarBefore, asked: Asked) -> _Kind:
    return asked.community, question.likeness_percent, question.per_seconds


_ALL_BUT_THE_SAME: Final = 90
_NONE: Final[deque[_Text]] = deque()
