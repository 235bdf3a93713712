"""Rate: the base class of filters that limit the number of recently signed events."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Final, NamedTuple

from countersign.policy.events import Event
from countersign.policy.facts import Facts
from countersign.policy.filter import Filter
from countersign.policy.filters.pace.options import last_seconds
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.questions.counts import Attempts, SignedEvents
from countersign.policy.questions.question import Question
from countersign.policy.questions.sender_groups import Per

MAX_QUESTIONS: Final = 4_096
"""Maximum number of cached questions: building one takes longer than judging by it."""


class RateQuestions(NamedTuple):
    """Questions of a rate.

    Attributes:
        signed: the number of events signed before.
        attempts: the number of events sent before; None if it is not asked.
        all: all questions, including these.
    """

    signed: SignedEvents
    attempts: Attempts | None
    all: tuple[Question[Any], ...]

    def with_more(self, *more: Question[Any]) -> "RateQuestions":
        """Return the same with more questions."""
        signed, attempts, all_questions = self
        return RateQuestions(signed, attempts, (*all_questions, *more))


@lru_cache(MAX_QUESTIONS)
def _questions_about(
    per: Per,
    key: str,
    types: tuple[str, ...],
    per_seconds: int,
    attempts_type: Callable[..., Attempts] | None,
) -> RateQuestions:
    signed = SignedEvents(per, key, types, per_seconds)
    if attempts_type is None:
        return RateQuestions(signed, None, (signed,))
    attempts = attempts_type(per, key, types, per_seconds)
    return RateQuestions(signed, attempts, (signed, attempts))


@dataclass(frozen=True, kw_only=True)
class Rate(Filter):
    """Refuses events above a limit in a time.

    A subclass declares `per` and `max_events` with defaults of its own, before its other options.

    Attributes:
        per: the group of senders whose events are counted together.
        max_events: maximum number of events in the window.
        per_seconds: the window.
    """

    harm: ClassVar[Harm] = Harm.FLOODING
    finding_kind: ClassVar[FindingKind] = FindingKind.COURTESY
    expects_crowds: ClassVar[bool] = True

    per: Per
    max_events: int
    per_seconds: int = last_seconds(60)

    @property
    @abstractmethod
    def counted(self) -> str:
        """Name of the counted events for reasons, such as `join events`."""

    @abstractmethod
    def types_counted_for(self, event: Event) -> tuple[str, ...] | None:
        """Return the `SignedEvents.types` that `event` counts for; None if it does not count."""

    def counts_others(self) -> bool:
        """See `Filter.counts_others`."""
        return self.per is not Per.SENDER

    def asks(self, event: Event) -> tuple[Question[Any], ...]:
        """See `Filter.asks`."""
        questions = event.worked_out(self, self.find_questions)
        return () if questions is None else questions.all

    def asks_attempts(self) -> Callable[..., Attempts] | None:
        """Return the class of the question for attempts; None if attempts are not limited."""
        return None

    def find_questions(self, event: Event) -> RateQuestions | None:
        """Return the questions about `event`; None if it is not counted."""
        per = self.per
        if event.is_bridged and per is Per.SERVER:
            return None
        types = self.types_counted_for(event)
        if types is None:
            return None
        return _questions_about(
            per, per.key_of(event), types, self.per_seconds, self.asks_attempts()
        )

    def judge(self, event: Event, facts: Facts) -> Finding | None:
        """See `Filter.judge`."""
        questions = event.worked_out(self, self.find_questions)
        return None if questions is None else self.judge_count(questions.signed, event, facts)

    def judge_count(self, question: SignedEvents, event: Event, facts: Facts) -> Finding | None:
        """Return the finding if the answer is above the limit; None otherwise."""
        signed = facts[question]
        if signed < self.max_events:
            return None
        key = question.key or "the community"
        return self.refuse(
            f"{key} had {signed} {self.counted} signed in {self.per_seconds} seconds; "
            f"this community allows {self.max_events} per {self.per}",
            value=signed,
            limit=self.max_events,
            expires_ts=event.later_ts(self.per_seconds),
        )
