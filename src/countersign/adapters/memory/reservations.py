"""Reservations: events that are pending, with what they add to counters in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Namespace,
    RecentMembers,
)

Own = tuple[Namespace, tuple[str, ...], int, str]
"""Key by which pending units are counted together: one counter and one sender."""


@dataclass(slots=True, eq=False)
class Held:
    """Units that an event adds to a counter if it is settled as the question says.

    Attributes:
        question: names the counter.
        name: the counter's, with the community's.
        own: where the event's units count as long as it is pending; None if they do not.
    """

    question: Count
    name: tuple[str, ...]
    own: Own | None


@dataclass(slots=True, eq=False)
class Reservation:
    """Reservation of one pending event, with its answers and what it adds to counters.

    Attributes:
        event: the event.
        at: the moment of the windows, in milliseconds since the epoch.
        made_at: the moment by which it expires.
        questions: what was asked.
        answers: to each question.
        held: what it adds to counters.
        members: where its sender is added if it is signed.
        undo: takes back what counts already.
        undo_excused: takes back what counts unless the event is excused.
        words: by which a retry is known; None if nobody asked.
        is_retry: the same words were not signed before.
        is_last_again: they are also the last that were not.
        holders: how many called `reserve`.
    """

    event: CountedEvent
    at: int
    made_at: int
    questions: list[CounterQuestion] = field(default_factory=list)
    answers: list[CounterAnswer] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    members: list[RecentMembers] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)
    undo_excused: list[Callable[[], None]] = field(default_factory=list)
    words: tuple[str, str, str, str] | None = None
    is_retry: bool = False
    is_last_again: bool = False
    holders: int = 1
