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
from countersign.ports.people_counts import Unsigned

Own = tuple[Namespace, tuple[str, ...], int, str]
"""Key by which pending units are counted together: one counter and one sender."""


@dataclass(slots=True, eq=False)
class HeldUnits:
    """Units that an event adds to a counter if it is settled as the question says.

    Attributes:
        question: names the counter.
        name: the counter's name, with that of the community.
        own: the counter of the sender's pending units; None if pending units do not count.
    """

    question: Count
    name: tuple[str, ...]
    own: Own | None


@dataclass(slots=True, eq=False)
class Reservation:
    """Reservation of one pending event, with its answers and what it adds to counters.

    Attributes:
        at: the end of the windows, in milliseconds since the epoch.
        made_at: the time from which its expiry is counted.
        questions: the questions.
        answers: the answer to each question.
        held: units that it adds to counters when it is settled.
        members: lists to which its sender is added if it is signed.
        undo: functions that remove what counts already.
        undo_excused: functions that remove what counts unless the event is excused.
        unsigned: the question by which a retry is recognised; None if there is none.
        is_retry: the same words were not signed before.
        is_last_again: they are also the last words that were not signed.
        holders: number of calls of `reserve`.
    """

    event: CountedEvent
    at: int
    made_at: int
    questions: list[CounterQuestion] = field(default_factory=list)
    answers: list[CounterAnswer] = field(default_factory=list)
    held: list[HeldUnits] = field(default_factory=list)
    members: list[RecentMembers] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)
    undo_excused: list[Callable[[], None]] = field(default_factory=list)
    unsigned: Unsigned | None = None
    is_retry: bool = False
    is_last_again: bool = False
    holders: int = 1
