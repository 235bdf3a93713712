"""Answers about events that nobody asked to have signed: what came before counts for nothing.

They were pushed to us by servers that ask no Policy Server, or that could not reach us. When an
event arrives says little about when it was sent: after an outage, ours or another's, hours arrive
within seconds, and nobody is to be called a flooder for that.
"""

from collections.abc import Callable, Iterator, Sequence

from countersign.policy.questions import Crowd, Silenced
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Counters,
    RecentMembers,
    SameThings,
    Settlement,
    Together,
    Total,
)
from countersign.ports.people_counts import (
    People,
    PeopleByGroup,
    Person,
    RecentSayings,
    Unsigned,
    tell_nobody,
)
from countersign.service.answers.asked import Asked


class CountersWithoutMemory:
    """`Counters` for events that nobody asked about: nothing came before, and nothing is counted.

    Only who wrote lately is known: names in a text are those of real people all the same.

    Args:
        counters: know who wrote lately.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """Return the answers as of an event before which nothing happened.

        Raises:
            StoreUnavailable: it is not known who wrote lately.
        """
        listings = [
            question._replace(is_added=False)
            for question in questions
            if isinstance(question, RecentMembers)
        ]
        members: Iterator[CounterAnswer] = iter(())
        if listings:
            members = iter(await self._counters.reserve(event, listings, now_ts))
            self._counters.cancel(event.key)
        return [_without_memory(question, members) for question in questions]

    def settle(self, key: bytes, settlement: Settlement) -> None:
        """Do nothing."""

    def cancel(self, key: bytes) -> None:
        """Do nothing."""

    def note_people(
        self,
        community: str,
        people: Sequence[Person],
        then: Callable[[Sequence[PeopleByGroup]], None] = tell_nobody,
        *,
        now_ts: int | None = None,
    ) -> None:
        """Do nothing."""

    def forget_people(self) -> None:
        """Do nothing: nothing is known."""

    def forget_person(self, user_id: str) -> None:
        """Do nothing: nothing is known."""


def _without_memory(question: CounterQuestion, members: Iterator[CounterAnswer]) -> CounterAnswer:
    match question:
        case Count():
            return Total()
        case RecentMembers():
            return next(members)
        case SameThings():
            return tuple(Crowd() for _ in question.digests)
        case Unsigned():
            return False
        case People():
            return {}
        case RecentSayings():
            return ()
        case Together(questions):
            return tuple(_without_memory(each, members) for each in questions)
        case _:
            return Crowd()


class NobodyMuted:
    """Answers `Silenced` about events that nobody asked about."""

    def answer(self, question: Silenced, asked: Asked) -> int:  # noqa: ARG002
        """See `Answerer.answer`."""
        return 0
