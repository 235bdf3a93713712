"""Consequences of an answer in the review queue, for each refusal of the incident."""

from collections.abc import Iterable
from typing import Final

from countersign.policy.decisions import RecordedDecision
from countersign.ports.actors import Actor
from countersign.ports.stores.review.reviews import ReviewAnswer
from countersign.protocol.errors import BadJson
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.service.commands.review.spam import SpamCommands

MAX_TROUBLES: Final = 5


class ReviewAnswers:
    """Allows refusals, or marks them as spam, as by the single commands.

    Args:
        decisions: allow refusals.
        spam: marks events as spam.
    """

    def __init__(self, decisions: DecisionCommands, spam: SpamCommands) -> None:
        self._decisions = decisions
        self._spam = spam

    async def follow(
        self,
        actor: Actor,
        refusals: Iterable[RecordedDecision],
        answer: ReviewAnswer,
        *,
        lasts_ms: int | None,
        note: str,
    ) -> list[str]:
        """Carry out an answer; return why some refusals could not be decided, at most five reasons.

        A refusal that is already marked as spam stays so.

        Args:
            actor: the actor who answers.
            refusals: the refusals.
            answer: the answer.
            lasts_ms: for how long the same words pass; None for a day.
            note: the reason, for other moderators.

        Raises:
            Forbidden: the actor may not give that answer.
            StoreUnavailable: a part may be done; repeat the call.
        """
        troubles: dict[str, None] = {}
        for refusal in refusals:
            reference = refusal.key.hex()
            try:
                if answer is ReviewAnswer.ALLOW:
                    await self._decisions.allow(actor, reference=reference, lasts_ms=lasts_ms)
                elif answer is ReviewAnswer.SPAM and not await self._spam.is_marked(refusal):
                    await self._spam.mark(actor, reference=reference, reason=note)
            except BadJson as error:
                troubles[str(error)] = None
        return [*troubles][:MAX_TROUBLES]
