"""Decision on one event: ask the filters' questions, judge by the answers, record the result."""

from collections.abc import Callable
from functools import partial
from typing import Final

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.never_blocked import is_never_blocked
from countersign.ports.clock import Clock
from countersign.ports.counters import RESERVED_FOR_MS, AlreadySettled
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.stages import Stages
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import carried_policy_signature_is_valid
from countersign.service.answers.answers import Answers
from countersign.service.answers.event_context import EventContext
from countersign.service.evaluation.judging import (
    Judgement,
    cancel_counts,
    judge_at_once,
    reserve_counts,
)
from countersign.service.evaluation.notifications import Notifications
from countersign.service.evaluation.observers import Decisions, SignAhead, no_signature_ahead
from countersign.service.evaluation.step_costs import StepCosts
from countersign.service.identity import Identity
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.misses import MISS, Miss
from countersign.service.policies.policies_in_force import Policies
from countersign.service.recent_messages.fragments import Fragments
from countersign.service.rooms.room import Room, membership_before

_CONTESTED_FOR_MS: Final = RESERVED_FOR_MS // 2
"""Maximum time between the decisions of two processes on the same event.

It is longer than a request takes, and shorter than counters remember settled events.
"""


class Decide:
    """Decides events. The only caller of a policy's pipeline on the sign path, and of `record`.

    All events are verified before: content hash, and signatures as their room version demands.

    Args:
        policies: those in force.
        answers: answer the filters' questions about events that a server wants signed.
        unrequested_answers: answer them about other events.
        trust: trust of each community's people.
        raids: current raids of communities.
        allowances: warnings, and what moderators allowed.
        guard: knows which steps are dropped.
        fragments: the last short messages of senders.
        notifications: tell observers of decisions.
        sign_ahead: may sign an event whose decision is being written; nothing of it leaves yet.
        costs: measures the time of steps for some events.
        is_clock_in_doubt: returns True if our clock may be wrong.
        know_settled: see `NewEvents`, which lets new events come without a look for a decision.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        policies: Policies,
        answers: Answers,
        unrequested_answers: Answers,
        decisions: Decisions,
        clock: Clock,
        trust: TrustRecords,
        raids: Raids,
        allowances: Allowances,
        guard: RunawayGuard,
        fragments: Fragments,
        costs: StepCosts,
        notifications: Notifications,
        sign_ahead: SignAhead = no_signature_ahead,
        is_clock_in_doubt: Callable[[], bool] = lambda: False,
        know_settled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._identity = identity
        self._policies = policies
        self._answers = answers
        self._unrequested_answers = unrequested_answers
        self._decisions = decisions
        self._clock = clock
        self._is_clock_in_doubt = is_clock_in_doubt
        self._know_settled = know_settled
        self._trust = trust
        self._raids = raids
        self._allowances = allowances
        self._guard = guard
        self._fragments = fragments
        self._costs = costs
        self._notifications = notifications
        self._sign_ahead = sign_ahead
        self.stages: Final = Stages()

    def peek_decision(self, digest: bytes) -> RecordedDecision | Miss:
        """Return the decision on the event of this digest if it is in memory, or else MISS."""
        return self._decisions.peek(digest)

    async def find_decision(self, digest: bytes) -> RecordedDecision | None:
        """Return the stored decision on the event of this digest; None if there is none.

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        await self.stages.end_stage()
        return await self._decisions.find(digest)

    async def run(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision:
        """Decide a verified event and record the decision; return the key's first decision.

        Raises:
            FilterBroken: a filter failed; nothing was decided.
            StoreUnavailable: nothing is known to be stored.
        """
        if self._is_never_judged(pdu, room):
            revision = self._policies.for_room(pdu.room_id).policy.revision
            decision = Decision.from_findings((), policy_revision=revision)
            return await self._decisions.record(self._recorded(pdu, origin, decision))
        await self.stages.end_stage()
        context = self._fragments.combine(await self._context(pdu, room))
        try:
            judgement = await self._judge(pdu.digest, context, self._answers)
        except AlreadySettled:
            return await self._stored_decision(pdu.digest)
        decision = judgement.decision
        if decision.verdict is Verdict.SIGN:
            self._sign_ahead(pdu, room.state.room_policy)
        return await self._record(self._recorded(pdu, origin, decision.for_record()), judgement)

    async def run_unrequested(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision | None:
        """Judge a verified event that no server asked to have signed, by its content only.

        Only a refusal is recorded. A positive decision is not: the event would be signed later
        although rates and other counts were not applied to it. Warnings are not recorded either.

        Returns:
            The decision that stands; None if the event is not refused. Raises the errors of `run`.
        """
        if self._is_never_judged(pdu, room):
            return None
        context = await self._context(pdu, room)
        try:
            judgement = await self._judge(pdu.digest, context, self._unrequested_answers)
        except AlreadySettled:
            return await self._stored_decision(pdu.digest)
        decision = judgement.decision
        if decision.verdict is not Verdict.REFUSE or decision.is_warning:
            judgement.cancel(pdu.digest)
            return None
        return await self._record(self._recorded(pdu, origin, decision.for_record()), judgement)

    async def _stored_decision(self, key: bytes) -> RecordedDecision:
        standing = await self._decisions.find(key)
        if standing is None:  # an old backup was restored
            raise StoreUnavailable("The decision is settled and not stored; ask again in 10 s.")
        return standing

    async def _record(self, recorded: RecordedDecision, judgement: Judgement) -> RecordedDecision:
        try:
            standing = await self.stages.run_last(partial(self._decisions.record, recorded))
        except BaseException:
            judgement.cancel(recorded.key)
            raise
        if standing is recorded:
            # Only the process whose record was the first one counts it and informs observers.
            judgement.settle(recorded.key, judgement.decision)
            self._notifications.add(judgement.context, standing, judgement.judged)
        elif recorded.decided_ts - standing.decided_ts < _CONTESTED_FOR_MS:
            judgement.cancel(recorded.key)
        else:
            # An event dated ahead, which passed for a new one after the counters forgot it. To
            # cancel would take back what they count of its sender since it was decided.
            judgement.settle(recorded.key, standing.decision)
        return standing

    def _recorded(self, pdu: Pdu, origin: str, decision: Decision) -> RecordedDecision:
        return RecordedDecision(
            key=pdu.digest,
            room_id=pdu.room_id,
            event_id=pdu.event_id,
            event_type=pdu.type,
            sender=pdu.sender,
            asked_by=origin,
            decided_ts=self._clock.now_ts(),
            decision=decision,
        )

    def _is_never_judged(self, pdu: Pdu, room: Room) -> bool:
        # An event with our signature was signed before, so its record is lost, for example because
        # an old backup was restored. The signature proves the decision.
        return is_never_blocked(
            pdu, room.state, our_user_id=self._identity.user_id
        ) or self._carries_our_signature(pdu)

    async def _context(self, pdu: Pdu, room: Room) -> EventContext:
        """Return the event in its community, after loading all that judging needs of its sender.

        Raises:
            StoreUnavailable: it is not known now.
        """
        # What observers learn of the last event counts for this one.
        self._notifications.notify_observers()
        community = self._policies.for_room(pdu.room_id)
        trust_record = self._trust.peek(community.name, pdu.sender)
        if trust_record is MISS:
            trust_record = await self._trust.find(community.name, pdu.sender)
        now_ts = self._clock.now_ts()
        is_clock_in_doubt = self._is_clock_in_doubt()
        raid = self._raids.find_against(community.name, pdu.sender, now_ts)
        standing = self._trust.standing_of(
            pdu.sender,
            trust_record,
            room,
            community.policy,
            raid,
            is_clock_in_doubt=is_clock_in_doubt,
        )
        event = Event.of(
            pdu,
            is_encrypted_room=room.state.is_encrypted,
            sender_power_level=room.state.power_levels.user_level(pdu.sender),
            received_ts=0 if is_clock_in_doubt else now_ts,
            standing=standing,
            membership_before=membership_before(pdu, room),
            is_bridged=community.policy.bridges.cover(pdu.sender),
        )
        return EventContext(
            community=community.name,
            policy=community.policy,
            room=room,
            event=event,
            now=self._clock.monotonic(),
            now_ts=now_ts,
            language=self._policies.language_of(pdu.room_id),
        )

    async def _judge(self, key: bytes, context: EventContext, answers: Answers) -> Judgement:
        """Judge an event; the caller must settle or cancel its reservation in the counters."""
        watch = self._costs.watch()
        dropped = self._guard.dropped(context.community, context.policy.revision)
        context = context.with_limited_reading(dropped)
        questions = context.policy.pipeline.all_questions(context.event, watch)
        slow = [question for question in questions if question.is_slow]
        quick = questions
        if slow:
            quick = tuple(question for question in questions if not question.is_slow)
            if self._know_settled() and await self._decisions.find(key) is not None:
                raise AlreadySettled
        counted = await reserve_counts(key, quick, context, answers)
        judge = partial(
            judge_at_once,
            context,
            answers,
            self._allowances,
            counted=counted,
            questions=quick,
            dropped=dropped,
            watch=watch,
        )
        try:
            judged = judge({}, is_quick_only=bool(slow))
            # External programs are asked only about events that no other step refuses.
            if slow and judged.decision.verdict is not Verdict.REFUSE:
                slow_answers = await answers.slow(slow, context)
                judged = judge(slow_answers, is_quick_only=False)
        except BaseException:
            cancel_counts(key, answers, counted)
            raise
        if watch is not None:
            self._costs.add(context, watch)
        return Judgement(context, judged, answers, counted)

    def _carries_our_signature(self, pdu: Pdu) -> bool:
        name = self._identity.server_name
        return name in pdu.signatures and any(
            carried_policy_signature_is_valid(pdu, name, key) for key in self._identity.witness_keys
        )
