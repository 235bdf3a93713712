"""One policy judging events in their order, without any effect."""

from collections import Counter
from typing import Any, Final

from countersign.basics.durations import HOUR_MS
from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.pipeline import Pipeline
from countersign.policy.questions import ListedBy, Question
from countersign.ports.counters import CountedEvent, ImmediateCounters
from countersign.service.answers.answers import Answers, Counted
from countersign.service.answers.asked import Asked
from countersign.service.answers.settlements import settlement_of
from countersign.service.evaluation.judging import judge_at_once
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.indicator_lessons import IndicatorLessons
from countersign.service.measures.raids import Raids

DRY_RUN: Final = "rehearsal"
"""The community of every dry run."""


class DryRun:
    """Has one policy judge events in their order.

    Args:
        answers: as if nothing had happened yet.
        counters: those of `answers`.
        allowances: none yet.
        raids: likewise; those of `answers`.
        lessons: learn which indicators members post, for `answers`.
    """

    def __init__(
        self,
        answers: Answers,
        counters: ImmediateCounters,
        *,
        allowances: Allowances,
        raids: Raids,
        lessons: IndicatorLessons,
    ) -> None:
        self._allowances = allowances
        self._raids = raids
        self._lessons = lessons
        self._answers = answers
        self._counters = counters
        self._judged = 0
        self.not_asked: Final[Counter[str]] = Counter()
        """How many events each step had no say on, by its label, as what it asks is elsewhere."""

    def judge(self, asked: Asked) -> Decision:
        """Return what the policy decides, and remember it for the events that follow.

        Raises:
            FilterBroken: a filter failed.
        """
        pipeline, event = asked.policy.pipeline, asked.event
        questions = pipeline.all_questions(event)
        quick = tuple(each for each in questions if not each.is_slow)
        key, counted = self._count(asked, quick)
        try:
            decision = judge_at_once(
                asked,
                self._answers,
                self._allowances,
                {},
                counted=counted,
                questions=quick,
                is_hasty=len(quick) < len(questions),
            )
        except BaseException:
            self._counters.cancel(key)
            raise
        if any(map(is_elsewhere, questions)):
            self.not_asked.update(_labels_not_asked(pipeline, event))
        self._answers.settle(key, asked, counted, settlement_of(asked, decision))
        self._lessons.learn(asked, decision)
        return decision

    def _count(self, asked: Asked, quick: tuple[Question[Any], ...]) -> tuple[bytes, Counted]:
        self._judged += 1
        key = self._judged.to_bytes(8)
        counted = self._answers.to_count(quick, asked)
        if not counted.questions:
            return key, counted
        event = CountedEvent(key, asked.community, asked.event.sender, asked.event.room_id)
        replies = self._counters.reserve_now(event, counted.questions, asked.now_ts)
        return key, self._answers.replied(counted, replies, asked)

    def begin_raid(self, now_ts: int) -> None:
        """Put the community in raid mode, for as long as the dry run goes on."""
        raid = Raid(
            because="the test says so",
            started_ts=now_ts,
            suspect_since_ts=now_ts - HOUR_MS,
            until_ts=2**53,
        )
        self._raids.resume(RaidReport(community=DRY_RUN, raid=raid))


def is_elsewhere(question: Question[Any]) -> bool:
    """Tell whether what a filter asks is not to be had in a dry run."""
    return question.is_slow or isinstance(question, ListedBy)


def _labels_not_asked(pipeline: Pipeline, event: Event) -> list[str]:
    return [
        step.label
        for step in pipeline.steps_for(event)
        if any(map(is_elsewhere, step.filter.asks(event)))
    ]
