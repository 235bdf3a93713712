"""Answers about events that no server asked to have signed: earlier events do not count.

Such events are pushed to us by servers that ask no Policy Server, or that could not reach us. Their
time of arrival says little about when they were sent: after an outage the events of hours arrive
within seconds, and their senders must not be refused for a high rate.
"""

from collections.abc import Callable, Iterator, Sequence

from countersign.policy.questions.crowds import Crowd
from countersign.policy.questions.people import Silenced
from countersign.ports.counters import (
    Count,
    CountedEvent,
    CounterAnswer,
    CounterQuestion,
    Counters,
    CountGroup,
    RecentMembers,
    SameThings,
    Settlement,
    Total,
)
from countersign.ports.people_counts import (
    People,
    PeopleByGroup,
    Person,
    RecentSayings,
    Unsigned,
    ignore_counts,
)
from countersign.service.answers.event_context import EventContext


class CountersWithoutMemory:
    """`Counters` for events that no server asked about: all counts are zero and nothing is counted.

    Only the people who wrote lately are known, since names in a text are recognised by them.

    Args:
        counters: know the people who wrote lately.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def reserve(
        self,
        event: CountedEvent,
        questions: Sequence[CounterQuestion],
        now_ts: int | None = None,
    ) -> Sequence[CounterAnswer]:
        """Return the replies for an event without earlier ones.

        Raises:
            StoreUnavailable: the people who wrote lately are not known now.
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
        then: Callable[[Sequence[PeopleByGroup]], None] = ignore_counts,
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
        case CountGroup(questions):
            return tuple(_without_memory(each, members) for each in questions)
        case _:
            return Crowd()


class NobodyMuted:
    """Answers `Silenced` about events that no server asked about: nobody is muted."""

    def answer(self, question: Silenced, context: EventContext) -> int:  # noqa: ARG002
        """See `Answerer.answer`."""
        return 0
