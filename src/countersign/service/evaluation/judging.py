"""Judging of one event at one moment, shared by the sign path and dry runs."""

from collections.abc import Collection, Mapping
from typing import Any

from countersign.basics.records import record
from countersign.policy.decisions import Decision, Verdict
from countersign.policy.facts import Facts
from countersign.policy.judging.running_steps import StepObserver
from countersign.policy.questions.question import Question
from countersign.ports.counters import CountedEvent, Total
from countersign.service.answers.answers import Answers, Counted
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.settlements import settlement_of
from countersign.service.measures.allowances import Allowances


@record(frozen=True, slots=True)
class JudgedEvent:
    """A decision, and all that it follows from other than the event and the policy.

    Attributes:
        decision: the decision, with all findings.
        answers: the answer to each question that was asked.
        warned: the counters' reply about earlier warnings, if the event is refused unless there was
            one; None for other events, and if the counters were not asked.
        dropped: the labels of dropped steps, whose findings were only recorded.
    """

    decision: Decision
    answers: Mapping[Question[Any], object]
    warned: Total | None
    dropped: Collection[str]


def judge_at_once(
    context: EventContext,
    answers: Answers,
    allowances: Allowances,
    known_answers: Mapping[Any, object],
    *,
    counted: Counted,
    questions: tuple[Question[Any], ...],
    dropped: Collection[str] = (),
    is_quick_only: bool = False,
    watch: StepObserver | None = None,
) -> JudgedEvent:
    """Return the decision on an event, and what it follows from.

    Args:
        context: the event in its community.
        answers: answer the quick questions.
        allowances: warnings, and what moderators allowed.
        known_answers: answers that are known already, such as those to slow questions.
        counted: the counters' replies.
        questions: the quick questions.
        dropped: the labels of dropped steps, whose findings are only recorded.
        is_quick_only: leave out filters that ask slow questions; `known_answers` is then empty.
        watch: is called after each step.

    Raises:
        FilterBroken: a filter failed; nothing is decided.
        StoreUnavailable: an answer is not known now.
    """
    all_answers = {**answers.quick(questions, context, counted), **known_answers}
    decision = context.policy.pipeline.judge(
        context.event,
        Facts(all_answers),
        context.policy.revision,
        dropped=dropped,
        is_quick_only=is_quick_only,
        language=context.language,
        watch=watch,
    )
    warned: Total | None = None
    if decision.verdict is Verdict.REFUSE:
        warned = counted.reply_to(allowances)
        decision = allowances.reconsider(decision, context, warned)
    return JudgedEvent(decision, all_answers, warned, dropped)


async def reserve_counts(
    key: bytes, questions: tuple[Question[Any], ...], context: EventContext, answers: Answers
) -> Counted:
    """Reserve an event in the counters and return their replies; settle or cancel it afterwards.

    Raises:
        StoreUnavailable: nothing is reserved.
    """
    counted = answers.to_count(questions, context)
    if not counted.questions:
        return counted
    event = CountedEvent(key, context.community, context.event.sender, context.event.room_id)
    replies = await answers.counters.reserve(event, counted.questions)
    return answers.replied(counted, replies, context)


def cancel_counts(key: bytes, answers: Answers, counted: Counted) -> None:
    """Cancel what `reserve_counts` reserved."""
    if counted.questions:
        answers.counters.cancel(key)


@record(frozen=True, slots=True)
class Judgement:
    """A decision that is not recorded yet, with the counters' replies that it follows from."""

    context: EventContext
    judged: JudgedEvent
    answers: Answers
    counted: Counted

    @property
    def decision(self) -> Decision:
        """The decision."""
        return self.judged.decision

    def settle(self, key: bytes, standing: Decision) -> None:
        """Count the event as the decision that stands asks for."""
        settlement = settlement_of(self.context, standing, self.counted)
        self.answers.settle(key, self.context, self.counted, settlement)

    def cancel(self, key: bytes) -> None:
        """Take back what was reserved for the event."""
        cancel_counts(key, self.answers, self.counted)
