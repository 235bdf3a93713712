"""Construction of the evaluation of events: answers to filters, measures, decisions."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog

from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.memory.indicators import MemoryIndicatorStore
from countersign.adapters.memory.moderation import MemoryModerationStore
from countersign.adapters.memory.trust import MemoryTrustStore
from countersign.bootstrap.measures import Measures, measures_over
from countersign.policy.questions.checkers import CheckedBy, ModerationScores
from countersign.policy.questions.counts import (
    Attempts,
    AttemptsAboveMembers,
    FreshAboveMembers,
    FreshAttempts,
    PeopleCalled,
    SignedEvents,
)
from countersign.policy.questions.crowds import SentBefore, SimilarBefore
from countersign.policy.questions.indicators import IndicatorsSeen
from countersign.policy.questions.lists import ListedBy
from countersign.policy.questions.messages import (
    AnswersMember,
    LinkAskedFor,
    MessageRelatedTo,
    QuotesTruly,
    TurnedBackTo,
    TurnedToAuthor,
)
from countersign.policy.questions.people import ActiveNames, NamesInRoom, Silenced
from countersign.policy.questions.question import Question
from countersign.policy.questions.raids import RaidUnderWay, RecentNewcomers, SignsOfRaid
from countersign.policy.questions.rooms import RoomAlias, SlowModeWait
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerUnavailable
from countersign.ports.external_checkers import Checkers, CheckRequest
from countersign.service.answers.answers import (
    Answerer,
    Answers,
    CountedAnswerer,
    SlowAnswerer,
)
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.event_counts import (
    AttemptCounts,
    MentionCounts,
    RecentNewcomerWriters,
    SameThingCounts,
    SignedEventCounts,
    SimilarTextCounts,
)
from countersign.service.answers.external_checkers import (
    CheckerAnswers,
    GuardedCheckers,
    ModerationAnswers,
)
from countersign.service.answers.people import AliasAnswers, NameAnswers
from countersign.service.answers.policy_lists import FindRoom, PolicyListAnswers
from countersign.service.answers.related_messages import (
    RelatedMessageAnswers,
    TurnedBackAnswers,
    TurnedToAuthorCounts,
)
from countersign.service.answers.retries import RETRIES
from countersign.service.answers.slow_mode import SlowModeWaits
from countersign.service.answers.unrequested_events import CountersWithoutMemory, NobodyMuted
from countersign.service.evaluation.decide import Decide
from countersign.service.evaluation.notifications import Notifications
from countersign.service.evaluation.observers import (
    Decisions,
    JudgementObserver,
    Observer,
    SignAhead,
    no_signature_ahead,
)
from countersign.service.identity import Identity
from countersign.service.measures.indicator_answers import IndicatorAnswers
from countersign.service.measures.raid_signs import RaidAnswers, UnrequestedSigns
from countersign.service.policies.policies_in_force import Policies
from countersign.service.recent_messages.members_pace import AboveMembersCounts, FreshAttemptCounts
from countersign.service.rooms.room import Room
from countersign.service.trials.single_dry_run import DryRun, DryRunClock

log = structlog.get_logger()


def _in_no_room(room_id: str) -> Room | None:  # noqa: ARG001
    return None


def build_decide(
    identity: Identity,
    *,
    policies: Policies,
    measures: Measures,
    decisions: Decisions,
    clock: Clock,
    find_room: FindRoom = _in_no_room,
    checkers: Checkers | None = None,
    observers: Sequence[Observer] = (),
    archive: JudgementObserver | None = None,
    sign_ahead: SignAhead = no_signature_ahead,
    is_clock_in_doubt: Callable[[], bool] = lambda: False,
    know_settled: Callable[[], bool] = lambda: False,
    notifies_after_answers: bool = False,
) -> Decide:
    """Return the service that decides on events.

    Args:
        identity: our server, user and keys.
        policies: the policies in force.
        measures: state of communities; they observe decisions first.
        decisions: the stored decisions.
        clock: tells the time.
        find_room: returns a room, for policy lists.
        checkers: asks external checkers; None for no answers.
        observers: further observers of decisions.
        archive: observes decisions with all that they follow from.
        sign_ahead: may sign an event whose decision is being written.
        is_clock_in_doubt: returns True if our clock may be wrong.
        know_settled: returns True if the counters know which events were settled a moment ago.
        notifies_after_answers: observers are told once the answers have left.
    """
    quick, counted, slow = _quick(measures, find_room), _counted(measures), _slow(checkers)
    slow[AnswersMember] = measures.member_answers
    always = measures.active_people, measures.allowances, RETRIES
    return Decide(
        identity,
        policies=policies,
        answers=Answers(
            measures.counters,
            quick=quick,
            counted=counted | {Silenced: measures.mutes, SignsOfRaid: measures.raid_signs},
            slow=slow,
            always=always,
        ),
        unrequested_answers=Answers(
            CountersWithoutMemory(measures.counters),
            quick=quick
            | {Silenced: NobodyMuted(), SignsOfRaid: UnrequestedSigns(measures.raid_signs)},
            counted=counted,
            slow=slow,
            always=always,
        ),
        decisions=decisions,
        clock=clock,
        trust=measures.trust,
        raids=measures.raids,
        allowances=measures.allowances,
        guard=measures.guard,
        fragments=measures.fragments,
        costs=measures.costs,
        notifications=Notifications(
            (
                measures.trust,
                measures.raids,
                measures.raid_joins,
                measures.crowds,
                measures.guard,
                measures.lessons,
                measures.fragments,
                measures.quotable,
                measures.vouched,
                measures.members_pace,
                *observers,
            ),
            archive,
            is_after_answers=notifies_after_answers,
        ),
        sign_ahead=sign_ahead,
        is_clock_in_doubt=is_clock_in_doubt,
        know_settled=know_settled,
    )


def _slow(checkers: Checkers | None) -> dict[type[Question[Any]], SlowAnswerer]:
    guarded = GuardedCheckers(checkers or _NoCheckers())
    return {CheckedBy: CheckerAnswers(guarded), ModerationScores: ModerationAnswers(guarded)}


class _NoCheckers:
    """`Checkers` that always fail, for places without external checkers."""

    async def ask(self, request: CheckRequest) -> Any:
        raise PeerUnavailable(f"{request.program} is not asked here")


def build_dry_run() -> DryRun:
    """Return a new dry run with empty state."""
    clock = DryRunClock()
    counters = MemoryCounters(clock)
    measures = measures_over(
        MemoryTrustStore(),
        MemoryModerationStore(),
        MemoryIndicatorStore(),
        clock,
        counters,
        is_dry_run=True,
    )
    answers = Answers(
        counters,
        quick=_quick(measures, _in_no_room) | {ListedBy: _NoLists()},
        counted=_counted(measures, is_dry_run=True)
        | {Silenced: measures.mutes, SignsOfRaid: measures.raid_signs},
        always=(measures.active_people, measures.allowances, RETRIES),
    )
    return DryRun(
        answers,
        counters,
        allowances=measures.allowances,
        raids=measures.raids,
        lessons=measures.lessons,
        clock=clock,
        fragments=measures.fragments,
    )


class _NoLists:
    """Answerer without rooms of policy lists; the dry run reports that they were left out."""

    def answer(self, question: ListedBy, context: EventContext) -> None:
        """See `Answerer.answer`."""


def _quick(measures: Measures, find_room: FindRoom) -> dict[type[Question[Any]], Answerer]:
    return {
        ActiveNames: measures.active_people,
        NamesInRoom: NameAnswers(),
        RoomAlias: AliasAnswers(),
        QuotesTruly: measures.quotable,
        MessageRelatedTo: RelatedMessageAnswers(measures.quotable.find),
        TurnedBackTo: TurnedBackAnswers(measures.quotable.turned_to),
        LinkAskedFor: measures.members_pace.requests,
        RaidUnderWay: RaidAnswers(measures.raids),
        ListedBy: PolicyListAnswers(find_room),
    }


def _counted(
    measures: Measures, *, is_dry_run: bool = False
) -> dict[type[Question[Any]], CountedAnswerer]:
    fresh = FreshAttemptCounts(measures.members_pace.repeated)
    return {
        IndicatorsSeen: IndicatorAnswers(measures.indicators),
        SignedEvents: SignedEventCounts(),
        Attempts: AttemptCounts(),
        FreshAttempts: fresh,
        AttemptsAboveMembers: AboveMembersCounts(AttemptCounts(), measures.members_pace),
        FreshAboveMembers: AboveMembersCounts(fresh, measures.members_pace),
        PeopleCalled: MentionCounts(measures.counters, is_dry_run=is_dry_run),
        SlowModeWait: SlowModeWaits(),
        SentBefore: SameThingCounts(),
        TurnedToAuthor: TurnedToAuthorCounts(measures.quotable.find, measures.quotable.turned_to),
        RecentNewcomers: RecentNewcomerWriters(),
        SimilarBefore: SimilarTextCounts(measures.vouched),
    }
