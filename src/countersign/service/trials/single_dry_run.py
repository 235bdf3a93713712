"""A dry run of one policy over a sequence of events."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any, Final

from countersign.basics.durations import HOUR_MS
from countersign.policy.decisions import ALLOWED_AS, Decision, Verdict
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.questions.lists import ListedBy
from countersign.policy.questions.messages import AnswersMember
from countersign.policy.questions.question import Question
from countersign.ports.counters import CountedEvent, ImmediateCounters, Total
from countersign.ports.stores.archive import ArchivedJudgement
from countersign.service.answers.answers import Answers, Counted
from countersign.service.answers.event_context import EventContext, SignedPart
from countersign.service.answers.settlements import settlement_of
from countersign.service.evaluation.judging import judge_at_once
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.indicator_lessons import IndicatorLessons
from countersign.service.measures.raids import Raids
from countersign.service.misses import MISS
from countersign.service.recent_messages.fragments import Fragments
from countersign.service.trials.answer_records import find_answer

DRY_RUN: Final = "rehearsal"
"""The community of every dry run."""


class DryRunClock:
    """A `Clock` that shows the time of the event that is judged."""

    def __init__(self) -> None:
        self._now_ts = 0

    def set_time(self, now_ts: int) -> None:
        """Set the time, in ms since the epoch."""
        self._now_ts = now_ts

    def now_ts(self) -> int:
        """See `Clock.now_ts`."""
        return self._now_ts

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self._now_ts / 1_000

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - see Clock.sleep
        """Wait until cancelled: time moves only with the events; nothing in a dry run sleeps."""
        await asyncio.get_running_loop().create_future()


class DryRun:
    """Judges events by one policy, in their order. All arguments must be new and empty.

    Args:
        answers: answer the filters' questions.
        counters: the counters of `answers`.
        allowances: warnings and allowances.
        raids: the raids of `answers`.
        lessons: learn indicators for `answers`.
        clock: the clock of all of these.
        fragments: the last short messages of senders.
    """

    def __init__(
        self,
        answers: Answers,
        counters: ImmediateCounters,
        *,
        allowances: Allowances,
        raids: Raids,
        lessons: IndicatorLessons,
        clock: DryRunClock,
        fragments: Fragments,
    ) -> None:
        self._allowances = allowances
        self._raids = raids
        self._lessons = lessons
        self._fragments = fragments
        self._answers = answers
        self._counters = counters
        self._clock = clock
        self._judged = 0
        self.not_asked: Final[Counter[str]] = Counter()
        """Number of events that each step, by its label, could not judge offline."""
        self.recomputed: Final[Counter[str]] = Counter()
        """Number of archived events that each step, by label, judged by answers not archived."""

    def judge(self, context: EventContext, archived: ArchivedJudgement | None = None) -> Decision:
        """Return the policy's decision, and count the event for those that follow.

        Args:
            context: the event with its community and policy.
            archived: the answers of its former judgement. Other questions are answered from the
                events of the dry run so far.

        Raises:
            FilterBroken: a filter failed.
        """
        self._clock.set_time(context.now_ts)
        dropped = () if archived is None else archived.dropped
        context = self._fragments.combine(context).with_limited_reading(dropped)
        event = context.event
        questions = context.policy.pipeline.all_questions(event)
        quick = tuple(each for each in questions if not each.is_slow)
        known_answers = _without_others(questions)
        if archived is not None:
            known_answers |= _recorded(questions, archived)
        is_quick_only = len(quick) < len(questions)
        key, counted = self._count(context, quick)
        if archived is not None:
            counted = self._as_it_was(context, counted, archived)

        def judged(*, is_quick_only: bool) -> Decision:
            return judge_at_once(
                context,
                self._answers,
                self._allowances,
                known_answers,
                counted=counted,
                questions=quick,
                dropped=dropped,
                is_quick_only=is_quick_only,
            ).decision

        try:
            decision = judged(is_quick_only=is_quick_only)
            asked_questions = questions
            if is_quick_only and decision.verdict is Verdict.REFUSE:
                asked_questions = (
                    quick  # external checkers are not asked about events that are refused anyway
                )
            elif is_quick_only and known_answers.keys() >= set(questions) - set(quick):
                decision = judged(is_quick_only=False)
        except BaseException:
            self._counters.cancel(key)
            raise
        unknown = [each for each in asked_questions if each not in known_answers]
        if unknown:
            self._note_unknown(context, unknown, is_archived=archived is not None)
        self._answers.settle(key, context, counted, settlement_of(context, decision, counted))
        self._lessons.learn(context, decision)
        self._fragments.note(context, decision, SignedPart(key, "", event.type))
        return decision

    def _count(
        self, context: EventContext, quick: tuple[Question[Any], ...]
    ) -> tuple[bytes, Counted]:
        self._judged += 1
        key = self._judged.to_bytes(8)
        counted = self._answers.to_count(quick, context)
        if not counted.questions:
            return key, counted
        event = CountedEvent(key, context.community, context.event.sender, context.event.room_id)
        replies = self._counters.reserve_now(event, counted.questions, context.now_ts)
        return key, self._answers.replied(counted, replies, context)

    def _as_it_was(
        self, context: EventContext, counted: Counted, archived: ArchivedJudgement
    ) -> Counted:
        """Return `counted` with the archived reply on warnings; apply the archived allowance."""
        spared_by = archived.decision.spared_by or ""
        if spared_by.startswith(ALLOWED_AS):
            reference = spared_by.removeprefix(ALLOWED_AS)
            self._allowances.allow_at(context, reference)
        if archived.warned is None:
            return counted
        return counted.with_reply(self._allowances, Total(*archived.warned))

    def _note_unknown(
        self, context: EventContext, unknown: Collection[Question[Any]], *, is_archived: bool
    ) -> None:
        for step in context.policy.pipeline.steps_for(context.event):
            unknown_questions = [
                each for each in step.filter.asks(context.event) if each in unknown
            ]
            if any(map(needs_other_service, unknown_questions)):
                self.not_asked[step.label] += 1
            elif unknown_questions and is_archived:
                self.recomputed[step.label] += 1

    def begin_raid(self, now_ts: int) -> None:
        """Put the community in raid mode for the rest of the dry run."""
        raid = Raid(
            because="the test says so",
            started_ts=now_ts,
            suspect_since_ts=now_ts - HOUR_MS,
            until_ts=2**53,
            strict_until_ts=2**53,
        )
        self._raids.resume(RaidReport(community=DRY_RUN, raid=raid))


def needs_other_service(question: Question[Any]) -> bool:
    """Return True if a question cannot be answered in a dry run."""
    return question.is_slow or isinstance(question, ListedBy)


def _without_others(questions: Iterable[Question[Any]]) -> dict[Question[Any], object]:
    """Return the answers that a dry run gives because it knows no earlier messages."""
    return {
        each: False
        for each in questions
        if isinstance(each, AnswersMember) and each.event_id is None
    }


def _recorded(
    questions: Iterable[Question[Any]], archived: ArchivedJudgement
) -> dict[Question[Any], object]:
    """Return the archived answers to these questions."""
    answers = ((each, find_answer(archived.answers, each)) for each in questions)
    return {question: answer for question, answer in answers if answer is not MISS}
