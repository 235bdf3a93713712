"""Judging one event at one moment: what the sign path and every dry run have in common."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.facts import Facts
from countersign.policy.questions import Question
from countersign.policy.steps import Watch
from countersign.ports.counters import CountedEvent, Total
from countersign.service.answers.answers import Answers, Counted
from countersign.service.answers.asked import Asked
from countersign.service.measures.allowances import Allowances


class Judged(NamedTuple):
    """A decision and all that it follows from, beside the event and the policy.

    Attributes:
        decision: with everything that was found.
        answers: to the questions that were asked.
        warned: what the counters replied about earlier warnings, of an event that is refused unless
            it was warned about; None of others, and if they were not asked.
        without: the labels of steps whose findings were only recorded.
    """

    decision: Decision
    answers: Mapping[Question[Any], object]
    warned: Total | None
    without: Collection[str]


def judge_at_once(
    asked: Asked,
    answers: Answers,
    allowances: Allowances,
    known: Mapping[Any, object],
    *,
    counted: Counted,
    questions: tuple[Question[Any], ...],
    without: Collection[str] = (),
    is_hasty: bool = False,
    watch: Watch | None = None,
) -> Judged:
    """Return the decision on an event, and what it follows from.

    Args:
        asked: the event in its community.
        answers: answer the quick questions.
        allowances: know what passes when it is sent again.
        known: answers that are known already, as to the slow questions; empty in haste.
        counted: what the counters replied.
        questions: the quick questions.
        without: the labels of steps whose findings are only recorded.
        is_hasty: leave out the filters that ask slow questions.
        watch: is told of each step that has judged.

    Raises:
        FilterBroken: a filter failed; nothing is decided.
        StoreUnavailable: an answer is not known now.
    """
    all_answers = {**answers.quick(questions, asked, counted), **known}
    decision = asked.policy.pipeline.judge(
        asked.event,
        Facts(all_answers),
        asked.policy.revision,
        without=without,
        is_hasty=is_hasty,
        language=asked.language,
        watch=watch,
    )
    warned: Total | None = None
    if decision.verdict is Verdict.REFUSE:
        warned = counted.reply_to(allowances)
        decision = allowances.reconsider(decision, asked, warned)
    return Judged(decision, all_answers, warned, without)


async def reserve_counts(
    key: bytes, questions: tuple[Question[Any], ...], asked: Asked, answers: Answers
) -> Counted:
    """Return what the counters reply about an event, which is to be settled or cancelled.

    Raises:
        StoreUnavailable: nothing is reserved.
    """
    counted = answers.to_count(questions, asked)
    if not counted.questions:
        return counted
    event = CountedEvent(key, asked.community, asked.event.sender, asked.event.room_id)
    replies = await answers.counters.reserve(event, counted.questions)
    return answers.replied(counted, replies, asked)


def cancel_counts(key: bytes, answers: Answers, counted: Counted) -> None:
    """Cancel what `reserve_counts` reserved."""
    if counted.questions:
        answers.counters.cancel(key)
