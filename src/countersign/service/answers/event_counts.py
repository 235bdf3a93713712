"""Answers about what was counted: signed events, people mentioned, and near duplicates."""

from hashlib import blake2b
from typing import Final

from countersign.policy.questions import (
    Crowd,
    PeopleCalled,
    SentBefore,
    SignedEvents,
    SimilarBefore,
)
from countersign.ports.counters import Count, Namespace, SameThing, SimilarText, Total
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.asked import Asked

MAX_COUNTED_MENTIONS: Final = 200
_DIGEST_BYTES: Final = 16
"""As much of a thing's hash as tells it from all others: a link can be as long as an event."""


class SignedEventCounts(CountedAnswerer):
    """Answers `SignedEvents`; an event is counted if it is signed."""

    def counts(self, question: SignedEvents, asked: Asked) -> Count:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return Count(Namespace.EVENTS, question.counter, question.per_seconds * 1_000)

    def answer(self, question: SignedEvents, asked: Asked, reply: Total) -> int:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply.units


class MentionCounts(CountedAnswerer):
    """Answers `PeopleCalled`; those mentioned count if their event is signed."""

    def counts(self, question: PeopleCalled, asked: Asked) -> Count:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return Count(
            Namespace.MENTIONS,
            (question.user_id,),
            question.per_seconds * 1_000,
            min(question.called, MAX_COUNTED_MENTIONS),
        )

    def answer(self, question: PeopleCalled, asked: Asked, reply: Total) -> int:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply.units


class SameThingCounts(CountedAnswerer):
    """Answers `SentBefore`."""

    def counts(self, question: SentBefore, asked: Asked) -> SameThing:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        thing = question.thing.encode("utf-8", "surrogatepass")
        digest = blake2b(thing, digest_size=_DIGEST_BYTES).digest()
        return SameThing(digest, question.per_seconds * 1_000)

    def answer(self, question: SentBefore, asked: Asked, reply: Crowd) -> Crowd:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply


class SimilarTextCounts(CountedAnswerer):
    """Answers `SimilarBefore`."""

    def counts(self, question: SimilarBefore, asked: Asked) -> SimilarText:  # noqa: ARG002
        """See `CountedAnswerer.counts`."""
        return SimilarText(question.sketch, question.likeness_percent, question.per_seconds * 1_000)

    def answer(self, question: SimilarBefore, asked: Asked, reply: Crowd) -> Crowd:  # noqa: ARG002
        """See `CountedAnswerer.answer`."""
        return reply
