"""Questions out, facts in, one decision out, and that decision made durable."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.never_blocked import is_never_blocked
from countersign.policy.questions import Question
from countersign.ports.clock import Clock
from countersign.ports.counters import CountedEvent, Counters
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import carried_policy_signature_is_valid
from countersign.protocol.rooms.room_state import MEMBER
from countersign.service.answers.answers import NOTHING_COUNTED, Answers, Counted
from countersign.service.answers.asked import Asked
from countersign.service.answers.people import ActivePeople
from countersign.service.answers.settlements import settlement_of
from countersign.service.evaluation.judging import judge_at_once
from countersign.service.identity import Identity
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.misses import MISS, Miss
from countersign.service.policies.policies_in_force import Policies
from countersign.service.rooms.protected_rooms import Room

log = structlog.get_logger()


class Decisions(Protocol):
    """The decisions that stand, those last used in memory; `RecentDecisions` documents each."""

    def peek(self, key: bytes) -> RecordedDecision | Miss:
        """Return the decision on `key` if it is in memory, or else MISS."""
        ...

    async def find(self, key: bytes) -> RecordedDecision | None:
        """Return the decision on `key`; None if there is none."""
        ...

    async def record(self, decision: RecordedDecision) -> RecordedDecision:
        """Store `decision` unless its key has one; return, once durable, the one that stands."""
        ...


class Observer(Protocol):
    """Learns of decisions that stand. Quick, and never in the way of an answer."""

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """Take note of a decision that was made here and is durable now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """What is known of a community's people and troubles.

    Attributes:
        acquaintances: whom it trusts.
        raids: whether it is in a raid.
        second_chances: what passes when it is sent again.
        guard: which filters have gone wrong.
        mutes: who is mute for a while.
        counters: what was counted lately.
        active_people: who wrote in each room lately.
        observers: who else learns of decisions.
    """

    acquaintances: TrustRecords
    raids: Raids
    second_chances: Allowances
    guard: RunawayGuard
    mutes: Mutes
    counters: Counters
    active_people: ActivePeople = field(default_factory=ActivePeople)
    observers: tuple[Observer, ...] = ()


class Decide:
    """The only caller of a policy's pipeline on the sign path, and of `DecisionStore.record`.

    Its events are verified: content hash intact, signed as their room version demands.
    """

    def __init__(
        self,
        identity: Identity,
        *,
        policies: Policies,
        answers: Answers,
        decisions: Decisions,
        clock: Clock,
        moderation: Moderation,
        is_clock_in_doubt: Callable[[], bool] = lambda: False,
    ) -> None:
        self._identity = identity
        self._policies = policies
        self._answers = answers
        self._decisions = decisions
        self._clock = clock
        self._is_clock_in_doubt = is_clock_in_doubt
        self._moderation = moderation
        self._observers: tuple[Observer, ...] = (
            moderation.acquaintances,
            moderation.raids,
            moderation.guard,
            *moderation.observers,
        )

    def peek_standing(self, digest: bytes) -> RecordedDecision | Miss:
        """Return the decision on the event of this digest if it is in memory, or else MISS."""
        return self._decisions.peek(digest)

    async def find_standing(self, digest: bytes) -> RecordedDecision | None:
        """Return the decision that stands on the event of this digest.

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        return await self._decisions.find(digest)

    async def run(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision:
        """Decide a verified event and record it; return the decision that stands.

        Raises:
            FilterBroken: a filter failed; nothing was decided.
            StoreUnavailable: nothing is known to be stored.
        """
        asked: Asked | None = None
        counted = NOTHING_COUNTED
        if self._is_never_judged(pdu, room):
            revision = self._policies.for_room(pdu.room_id).policy.revision
            decision = Decision.on((), policy_revision=revision)
        else:
            asked = await self._asked(pdu, room)
            decision, counted = await self._judge(pdu.digest, asked)
        recorded = RecordedDecision(
            key=pdu.digest,
            room_id=pdu.room_id,
            event_id=pdu.event_id,
            event_type=pdu.type,
            sender=pdu.sender,
            asked_by=origin,
            decided_ts=self._clock.now_ts(),
            decision=decision,
        )
        try:
            stands = await self._decisions.record(recorded)
        except BaseException:
            self._cancel(pdu.digest, counted)
            raise
        if stands is not recorded:
            self._cancel(pdu.digest, counted)
        elif asked is not None:
            # Only where the decision was made is it counted and told, however many processes ask.
            self._answers.settle(pdu.digest, asked, counted, settlement_of(asked, decision))
            self._tell_observers(asked, stands)
        return stands

    def _is_never_judged(self, pdu: Pdu, room: Room) -> bool:
        # An event that carries our signature was signed before: our record of it is lost, as after
        # the restore of an old backup, but the signature is as good a witness.
        return is_never_blocked(
            pdu, room.state, our_user_id=self._identity.user_id
        ) or self._carries_our_signature(pdu)

    async def _asked(self, pdu: Pdu, room: Room) -> Asked:
        """Return the event in its community; all that judging needs of its sender is loaded here.

        Raises:
            StoreUnavailable: it is not known now.
        """
        community = self._policies.for_room(pdu.room_id)
        trust = self._moderation.acquaintances
        peeked = trust.peek(community.name, pdu.sender)
        known = await trust.find(community.name, pdu.sender) if peeked is MISS else peeked
        now_ts = self._clock.now_ts()
        is_clock_in_doubt = self._is_clock_in_doubt()
        raid = self._moderation.raids.find_against(community.name, pdu.sender_server, now_ts)
        standing = trust.standing_of(
            pdu.sender,
            known,
            room,
            community.policy,
            raid,
            is_clock_in_doubt=is_clock_in_doubt,
        )
        event = Event.of(
            pdu,
            is_encrypted_room=room.state.is_encrypted,
            sender_power_level=room.state.power_levels.of_user(pdu.sender),
            received_ts=0 if is_clock_in_doubt else now_ts,
            standing=standing,
            membership_before=_membership_before(pdu, room),
        )
        return Asked(
            community=community.name,
            policy=community.policy,
            room=room,
            event=event,
            now=self._clock.monotonic(),
            now_ts=now_ts,
            language=self._policies.language_of(pdu.room_id),
        )

    async def _judge(self, key: bytes, asked: Asked) -> tuple[Decision, Counted]:
        """Return the decision on an event, and what is reserved for it in the counters."""
        questions = asked.policy.pipeline.all_questions(asked.event)
        slow = [question for question in questions if question.is_slow]
        quick = tuple(question for question in questions if not question.is_slow)
        counted = await self._reserve(key, quick, asked)
        try:
            slow_answers: dict[Any, object] = {}
            if slow:
                # Others are bothered only with what nothing else refuses.
                hasty = self._judge_at_once(asked, counted, quick, {}, is_hasty=True)
                if hasty.verdict is Verdict.REFUSE:
                    return hasty, counted
                slow_answers = await self._answers.slow(slow, asked)
            decision = self._judge_at_once(asked, counted, quick, slow_answers, is_hasty=False)
        except BaseException:
            self._cancel(key, counted)
            raise
        return decision, counted

    async def _reserve(
        self, key: bytes, questions: tuple[Question[Any], ...], asked: Asked
    ) -> Counted:
        counted = self._answers.to_count(questions, asked)
        if not counted.questions:
            return counted
        event = CountedEvent(key, asked.community, asked.event.sender, asked.event.room_id)
        replies = await self._answers.counters.reserve(event, counted.questions)
        return self._answers.replied(counted, replies, asked)

    def _cancel(self, key: bytes, counted: Counted) -> None:
        if counted.questions:
            self._answers.counters.cancel(key)

    def _judge_at_once(
        self,
        asked: Asked,
        counted: Counted,
        questions: tuple[Question[Any], ...],
        slow_answers: dict[Any, object],
        *,
        is_hasty: bool,
    ) -> Decision:
        guard = self._moderation.guard
        return judge_at_once(
            asked,
            self._answers,
            self._moderation.second_chances,
            slow_answers,
            counted=counted,
            questions=questions,
            without=guard.dropped(asked.community, asked.policy.revision),
            is_hasty=is_hasty,
        )

    def _tell_observers(self, asked: Asked, recorded: RecordedDecision) -> None:
        for observer in self._observers:
            try:
                observer.settled(asked, recorded)
            except Exception:
                log.exception("an observer failed", observer=type(observer).__name__)

    def _carries_our_signature(self, pdu: Pdu) -> bool:
        name = self._identity.server_name
        return name in pdu.signatures and any(
            carried_policy_signature_is_valid(pdu, name, key) for key in self._identity.witness_keys
        )


def _membership_before(pdu: Pdu, room: Room) -> str | None:
    """Return the membership that the event's user had; None if the event is known already."""
    if pdu.type != MEMBER or pdu.state_key is None:
        return None
    standing = room.state.find(MEMBER, pdu.state_key)
    if standing is not None and standing.event_id == pdu.event_id:
        return None
    return room.state.membership_of(pdu.state_key)
