"""Questions out, facts in, one decision out, and that decision made durable."""

from collections.abc import Callable, Iterable
from typing import Any

from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.events import Event
from countersign.policy.exits import is_exit
from countersign.policy.questions import Question
from countersign.ports.clock import Clock
from countersign.ports.decisions import DecisionStore
from countersign.protocol.events import Pdu
from countersign.protocol.policy_servers import carried_policy_signature_is_valid
from countersign.service.answer import Answers
from countersign.service.identity import Identity
from countersign.service.policies import Policies
from countersign.service.rooms import Room


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
        decisions: DecisionStore,
        clock: Clock,
        is_clock_in_doubt: Callable[[], bool] = lambda: False,
    ) -> None:
        self._identity = identity
        self._policies = policies
        self._answers = answers
        self._decisions = decisions
        self._clock = clock
        self._is_clock_in_doubt = is_clock_in_doubt

    def find_standing(self, digest: bytes) -> RecordedDecision | None:
        """Return the decision that stands on the event of this digest.

        Raises:
            StoreUnavailable: it is not known whether there is one.
        """
        return self._decisions.find(digest)

    async def run(self, pdu: Pdu, room: Room, origin: str) -> RecordedDecision:
        """Decide a verified event and record it; return the decision that stands.

        Raises:
            FilterBroken: a filter failed; nothing was decided.
            StoreUnavailable: nothing is known to be stored.
        """
        decision, questions = self._decide(pdu, room)
        # Counted before the commit: events that come while it is under way must be seen.
        counted = self._answers.count(questions if decision.verdict is Verdict.SIGN else ())
        try:
            stands = await self._decisions.record(
                RecordedDecision(
                    key=pdu.digest,
                    room_id=pdu.room_id,
                    event_id=pdu.event_id,
                    event_type=pdu.type,
                    sender=pdu.sender,
                    asked_by=origin,
                    decided_ts=self._clock.now_ts(),
                    decision=decision,
                )
            )
        except BaseException:
            counted.take_back()
            raise
        if stands.decision is not decision and stands.decision != decision:
            counted.take_back()
        return stands

    def _decide(self, pdu: Pdu, room: Room) -> tuple[Decision, Iterable[Question[Any]]]:
        policy = self._policies.current
        if is_exit(pdu, room.state, our_user_id=self._identity.user_id):
            return Decision.on((), policy_revision=policy.revision), ()
        # An event that carries our signature was signed before: our record of it is lost, as after
        # the restore of an old backup, but the signature is as good a witness.
        if self._carries_our_signature(pdu):
            return Decision.on((), policy_revision=policy.revision), ()
        event = Event.of(
            pdu,
            is_encrypted_room=room.state.is_encrypted,
            sender_power_level=room.state.power_levels.of_user(pdu.sender),
            received_ts=0 if self._is_clock_in_doubt() else self._clock.now_ts(),
        )
        questions = policy.pipeline.questions(event)
        return policy.pipeline.judge(
            event, self._answers.facts(questions), policy.revision
        ), questions

    def _carries_our_signature(self, pdu: Pdu) -> bool:
        name = self._identity.server_name
        return name in pdu.signatures and carried_policy_signature_is_valid(
            pdu, name, self._identity.policy_key.verify_key
        )
