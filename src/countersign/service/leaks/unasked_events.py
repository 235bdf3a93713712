"""Judging events that nobody asked about, by what they hold alone.

They were pushed to us by servers that ask no Policy Server, or that could not reach us. When an
event arrives says little about when it was sent: after an outage, ours or another's, hours arrive
within seconds, and nobody is to be called a flooder for that. So what came before counts for
nothing here. What passes is not recorded: it would be a reason to sign later what an asker would
not have got. Nor are warnings, which are given to those who ask.
"""

from collections.abc import Iterable
from typing import Any

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.questions import Question
from countersign.protocol.errors import CountersignError
from countersign.service.answers.answers import Answers, NotedEvent
from countersign.service.answers.asked import Asked
from countersign.service.evaluation.decide import Decisions


class NothingRefused(CountersignError):
    """The policy has nothing against the event; nothing was recorded."""


class RefusalsOnly:
    """`Decisions` of which only refusals are recorded.

    Args:
        decisions: record everything.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self.peek = decisions.peek
        self.find = decisions.find

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store a refusal as any other.

        Raises:
            NothingRefused: it is none.
            StoreUnavailable: nothing is known to be stored.
        """
        if decision.decision.verdict is not Verdict.REFUSE or decision.decision.is_warning:
            raise NothingRefused
        return await self._decisions.record(decision)


class AnswersWithoutMemory(Answers):
    """`Answers` that take note of nothing: what was before counts for no event that comes after."""

    def note(
        self,
        questions: Iterable[Question[Any]],  # noqa: ARG002
        asked: Asked,  # noqa: ARG002
        decision: Decision,  # noqa: ARG002
    ) -> NotedEvent:
        """Do nothing."""
        return NotedEvent([])
