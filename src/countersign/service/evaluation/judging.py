"""Judging one event at one moment: what the sign path and every rehearsal have in common."""

from collections.abc import Collection, Mapping
from typing import Any

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.fingerprints import fingerprint
from countersign.policy.questions import Question
from countersign.service.answers.answers import Answers, facts_of
from countersign.service.answers.asked import Asked
from countersign.service.measures.allowances import Allowances


def judge_at_once(
    asked: Asked,
    answers: Answers,
    second_chances: Allowances,
    slow_answers: Mapping[Any, object],
    *,
    questions: tuple[Question[Any], ...] | None = None,
    without: Collection[str] = (),
    is_hasty: bool = False,
) -> tuple[Decision, tuple[Question[Any], ...]]:
    """Return the decision on an event, and the quick questions that were asked about it.

    Args:
        asked: the event in its community.
        answers: answer the quick questions.
        second_chances: know what passes when it is sent again.
        slow_answers: to the slow questions; empty in haste.
        questions: the quick questions, where they are known already.
        without: the labels of steps whose findings are only recorded.
        is_hasty: leave out the filters that ask slow questions.

    Raises:
        FilterBroken: a filter failed; nothing is decided.
        StoreUnavailable: an answer is not known now.
    """
    pipeline, event = asked.policy.pipeline, asked.event
    questions = pipeline.questions(event) if questions is None else questions
    decision = pipeline.judge(
        event,
        facts_of(answers.quick(questions, asked), slow_answers),
        asked.policy.revision,
        without=without,
        is_hasty=is_hasty,
        language=asked.language,
    )
    if decision.verdict is Verdict.REFUSE:
        decision = second_chances.reconsider(decision, asked, fingerprint(event))
    return decision, questions
