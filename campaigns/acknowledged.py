"""Record of every decision that a client was told, to check that it never changes."""

from collections.abc import ItemsView, Iterable
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the caller's, seeded
from typing import Final

from campaigns.homeservers import read_object
from campaigns.wire import Answer

MOMENTARY: Final = (0, 401, 429, 503)


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """A decision as it was told first."""

    status: int
    body: bytes
    start: int


def decision_of(answer: Answer) -> int | None:
    """Return the status of an answer that is a decision on record; None for any other."""
    if answer.status == 200:
        return 200
    said = read_object(answer.body) or {}
    is_recorded = answer.status == 400 and "org.countersign.reference" in said
    return 400 if is_recorded else None


@dataclass
class Acknowledged:
    """The first decision told on each event; later ones are compared with it, byte by byte.

    Of a signature, only that there is one: which key made it changes, and whoever asks verifies it.
    """

    troubles: list[str] = field(default_factory=list)
    _told: dict[int, FirstAnswer] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._told)

    def items(self) -> ItemsView[int, FirstAnswer]:
        return self._told.items()

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget what was told on these events."""
        for number in numbers:
            del self._told[number]

    def any(self, chance: Random) -> int | None:
        """Return the number of some event that was decided."""
        return chance.choice(list(self._told)) if self._told else None

    def some(self, chance: Random, count: int) -> list[int]:
        """Return the numbers of so many events that were decided, or of all."""
        return chance.sample(list(self._told), min(count, len(self._told)))

    def note(self, number: int, answer: Answer, start: int) -> None:
        """Take an answer on event `number`, given by the server's start `start`."""
        if decision_of(answer) is None:
            # All our events are valid, so whatever else is final is final for trouble of its own.
            if answer.status not in MOMENTARY:
                said = f"{answer.status} {answer.body[:200]!r}"
                self.troubles.append(f"wrongly final: event {number}: {said}")
            return
        body = b"" if answer.status == 200 else answer.body
        told = self._told.setdefault(number, FirstAnswer(answer.status, body, start))
        if (told.status, told.body) != (answer.status, body):
            self.troubles.append(
                f"contradictory: event {number}: start {told.start} said {told.status} "
                f"{told.body[:120]!r}, start {start} {answer.status} {answer.body[:120]!r}"
            )
