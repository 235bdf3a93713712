"""Answers about counts: events, mentioned people, and near duplicates."""

from hashlib import blake2b
from typing import Final

from countersign.policy.questions.counts import Attempts, PeopleCalled, SignedEvents
from countersign.policy.questions.crowds import Crowd, SentBefore, SimilarBefore
from countersign.policy.questions.raids import RecentNewcomers
from countersign.ports.counters import (
    Count,
    Counters,
    Namespace,
    SameThing,
    Settlement,
    SimilarText,
    Total,
)
from countersign.ports.people_counts import People, PeopleByGroup, Person, RecentSayings, Saying
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.vouched_texts import VouchedTexts

MAX_COUNTED_MENTIONS: Final = 200
MAX_SAYINGS: Final = 48
"""Maximum number of newcomers of a community whose last text is remembered."""
MOST_IN_CHORUS: Final = 3
"""Number of times that one person may send a text that members also send."""
_DIGEST_BYTES: Final = 16
"""Bytes of the hash of a thing: a link can be as long as an event."""


class SignedEventCounts(CountedAnswerer):
    """Answers `SignedEvents`; only signed events are counted."""

    def counts(self, question: SignedEvents, context: EventContext) -> Count:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return Count(Namespace.EVENTS, question.counter, question.per_seconds * 1_000)

    def answer(self, question: SignedEvents, context: EventContext, reply: Total) -> int:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply.units


class AttemptCounts(CountedAnswerer):
    """Answers `Attempts`; events count whatever the decision is, except for retries."""

    def counts(self, question: Attempts, context: EventContext) -> Count:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return Count(Namespace.EVENTS, question.counter, question.per_seconds * 1_000, on=None)

    def answer(self, question: Attempts, context: EventContext, reply: Total) -> int:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply.units


class MentionCounts(CountedAnswerer):
    """Answers `PeopleCalled`; mentioned people count if the event is signed.

    Args:
        counters: also record people who were mentioned by name.
        is_dry_run: the time is that of each event, not the present.
    """

    def __init__(self, counters: Counters, *, is_dry_run: bool = False) -> None:
        self._counters = counters
        self._is_dry_run = is_dry_run

    def counts(self, question: PeopleCalled, context: EventContext) -> Count | People:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        if question.people:
            return People(_counter_name(question), question.per_seconds * 1_000)
        return Count(
            Namespace.MENTIONS,
            (question.user_id,),
            question.per_seconds * 1_000,
            min(question.called, MAX_COUNTED_MENTIONS),
        )

    def answer(
        self,
        question: PeopleCalled,
        context: EventContext,  # noqa: ARG002
        reply: Total | PeopleByGroup,
    ) -> int:
        """See `CountedAnswerer.answer`."""
        if isinstance(reply, Total):
            return reply.units
        return sum(user_id not in question.people for user_id in reply)

    def settled(
        self,
        question: PeopleCalled,
        context: EventContext,
        reply: Total | PeopleByGroup,
        settlement: Settlement,
    ) -> None:
        """See `CountedAnswerer.settled`: records who was mentioned in a signed event."""
        if isinstance(reply, Total) or settlement is not Settlement.SIGNED:
            return
        window_ms = question.per_seconds * 1_000
        mentioned = question.people[:MAX_COUNTED_MENTIONS]
        # Each person is a group of their own, so that replies tell the people and not only a
        # number.
        self._counters.note_people(
            context.community,
            [Person(_counter_name(question), window_ms, user_id, user_id) for user_id in mentioned],
            now_ts=context.now_ts if self._is_dry_run else None,
        )


def _counter_name(question: PeopleCalled) -> tuple[str, ...]:
    return ("mentioned by", question.user_id)


class SameThingCounts(CountedAnswerer):
    """Answers `SentBefore`."""

    def counts(self, question: SentBefore, context: EventContext) -> SameThing:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return same_thing(question.thing, question.per_seconds)

    def answer(self, question: SentBefore, context: EventContext, reply: Crowd) -> Crowd:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply


def same_thing(thing: str, per_seconds: int) -> SameThing:
    """Return the question for the counters about `SentBefore.thing`."""
    named = thing.encode("utf-8", "surrogatepass")
    return SameThing(blake2b(named, digest_size=_DIGEST_BYTES).digest(), per_seconds * 1_000)


class RecentNewcomerWriters(CountedAnswerer):
    """Answers `RecentNewcomers` from the last texts that the detection of raids keeps."""

    def counts(self, question: RecentNewcomers, context: EventContext) -> RecentSayings:  # noqa: ARG002
        """See `CountedAnswerer.counts`: the event itself is not added."""
        window_ms = context.policy.raid_rules.per_seconds * 1_000
        return RecentSayings(frozenset(), False, "", window_ms, MAX_SAYINGS)

    def answer(
        self,
        question: RecentNewcomers,  # noqa: ARG002
        context: EventContext,  # noqa: ARG002
        reply: tuple[Saying, ...],
    ) -> frozenset[str]:
        """See `CountedAnswerer.answer`."""
        return frozenset([each.sender for each in reply])


class SimilarTextCounts(CountedAnswerer):
    """Answers `SimilarBefore`, without senders of texts that a trusted person sent first.

    Somebody who sends such a text a second time counts; if members also send it, a fourth time. For
    a member who sent a text first, other senders of it do not count.

    Args:
        vouched: texts of trusted people; None for none.
    """

    def __init__(self, vouched: VouchedTexts | None = None) -> None:
        self._vouched = vouched or VouchedTexts()

    def counts(self, question: SimilarBefore, context: EventContext) -> SimilarText:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return SimilarText(question.sketch, question.likeness_percent, question.per_seconds * 1_000)

    def answer(self, question: SimilarBefore, context: EventContext, reply: Crowd) -> Crowd:
        """See `CountedAnswerer.answer`."""
        if (
            reply.senders
            and not reply.by_sender
            and (
                self._vouched.are_few(context, len(reply.senders) + 1, question.few_percent)
                or self._vouched.covers(context)
            )
        ):
            return Crowd()
        is_again = len(reply.senders) > 1 and 0 < reply.by_sender < MOST_IN_CHORUS
        if is_again and (self._vouched.is_chorus(context) or self._vouched.is_called_for(context)):
            return Crowd(by_sender=reply.by_sender)
        if len(reply.senders) > 1 and reply.by_sender and self._vouched.was_first(context):
            return reply._replace(senders=frozenset((context.event.sender,)))
        return reply
