"""Judging one event at one moment: what the sign path and every dry run have in common."""

from collections.abc import Collection, Mapping
from typing import Any

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.questions import Question
from countersign.service.answers.answers import Answers, Counted, facts_of
from countersign.service.answers.asked import Asked
from countersign.service.measures.allowances import Allowances


def judge_at_once(
    asked: Asked,
    answers: Answers,
    allowances: Allowances,
    slow_answers: Mapping[Any, object],
    *,
    counted: Counted,
    questions: tuple[Question[Any], ...],
    without: Collection[str] = (),
    is_hasty: bool = False,
) -> Decision:
    """Return the decision on an event.

    Args:
        asked: the event in its community.
        answers: answer the quick questions.
        allowances: know what passes when it is sent again.
        slow_answers: to the slow questions; empty in haste.
        counted: what the counters replied.
        questions: the quick questions.
        without: the labels of steps whose findings are only recorded.
        is_hasty: leave out the filters that ask slow questions.

    Raises:
        FilterBroken: a filter failed; nothing is decided.
        StoreUnavailable: an answer is not known now.
    """
    pipeline, event = asked.policy.pipeline, asked.event
    decision = pipeline.judge(
        event,
        facts_of(answers.quick(questions, asked, counted), slow_answers),
        asked.policy.revision,
        without=without,
        is_hasty=is_hasty,
        language=asked.language,
    )
    if decision.verdict is Verdict.REFUSE:
        warned = counted.reply_to(allowances)
        return allowances.reconsider(decision, asked, warned)
    return decision
