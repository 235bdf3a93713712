"""Dry runs: a policy judges events without any effect.

A dry run has its own counters, warnings and so on, and the times of events are given. Steps that
need the network or the rooms of policy lists are left out, and reported.
"""

from dataclasses import dataclass
from typing import Final

from countersign.basics.durations import HOUR_MS
from countersign.policy.decisions import Decision
from countersign.policy.events import Event
from countersign.policy.judging.running_steps import FilterBroken
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust, TrustRecord
from countersign.policy.never_blocked import is_never_blocked
from countersign.policy.policies.cases import Case, CaseEvent, CaseSender, Expected
from countersign.policy.policies.policy_documents import Policy
from countersign.policy.policies.policy_tests import CASE_START_TS
from countersign.protocol.events.pdu import Pdu
from countersign.protocol.rooms.policy_servers import is_exempt
from countersign.protocol.rooms.room_state import ENCRYPTION, POWER_LEVELS, RoomState
from countersign.protocol.rooms.state_events import MEMBER, StateEvent
from countersign.service.answers.event_context import EventContext
from countersign.service.rooms.room import Room
from countersign.service.trials.single_dry_run import DRY_RUN, DryRun

_OUR_USER: Final = "@policy:policy.invalid"
_LONG_AGO_TS: Final = 1
_NOON_SECONDS: Final = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Reason why a policy test failed.

    Attributes:
        number: index of the event with another verdict, from 1.
        because: a sentence.
        decision: the decision on that event; None if it was not judged.
    """

    number: int
    because: str
    decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """Result of a policy test.

    Attributes:
        case: the policy test.
        failure: the reason why it failed; None if it passed.
    """

    case: Case
    failure: Failure | None


def run_case(case: Case, policy: Policy, dry_run: DryRun) -> CaseResult:
    """Judge the events of the policy test `case` by `policy`, in a new dry run.

    If a filter fails, so does the test.
    """
    room = _room(case)
    if case.is_raid:
        dry_run.begin_raid(CASE_START_TS)
    first_expected = len(case.events) - len(case.expected)
    for index, event in enumerate(case.events):
        before = _membership_before(event.pdu, room)
        unjudged = why_unjudged(event.pdu, room.state, policy, our_user_id=_OUR_USER, before=before)
        decision: Decision | None = None
        if unjudged is None:
            try:
                decision = dry_run.judge(_context_of(event, case, policy, room))
            except FilterBroken as error:
                because = f"{error} {error.__cause__!r}"
                return CaseResult(
                    case=case, failure=Failure(number=index + 1, because=because, decision=None)
                )
        if index < first_expected:
            continue
        expected = case.expected[index - first_expected]
        by = case.by if index == len(case.events) - 1 else None
        disappointment = _difference_from_expected(expected, by, decision, unjudged)
        if disappointment is not None:
            if dry_run.not_asked:
                labels = ", ".join(dry_run.not_asked)
                disappointment += f" Not asked in a dry run: {labels}."
            failure = Failure(number=index + 1, because=disappointment, decision=decision)
            return CaseResult(case=case, failure=failure)
    return CaseResult(case=case, failure=None)


def judge_alone(
    pdu: Pdu,
    state: RoomState,
    policy: Policy,
    dry_run: DryRun,
    *,
    trust: Trust,
    our_user_id: str,
) -> tuple[Decision, str | None]:
    """Return the decision of `policy` on one event that a sender with `trust` sends now.

    Returns:
        The decision, and why no filter judged the event; None if filters did.

    Raises:
        FilterBroken: a filter failed.
    """
    room = Room(
        room_id=pdu.room_id,
        rules=state.rules,
        state=state,
        membership="joined",
        via=(),
        joined_ts=_LONG_AGO_TS,
    )
    before = _membership_before(pdu, room)
    unjudged = why_unjudged(pdu, state, policy, our_user_id=our_user_id, before=before)
    if unjudged is not None:
        return Decision.from_findings((), policy_revision=policy.revision), unjudged
    event = Event.of(
        pdu,
        is_encrypted_room=state.is_encrypted,
        sender_power_level=state.power_levels.user_level(pdu.sender),
        standing=Standing(level=trust, because="you said so"),
        membership_before=before,
        is_bridged=policy.bridges.cover(pdu.sender),
    )
    context = EventContext(
        community=DRY_RUN,
        policy=policy,
        room=room,
        event=event,
        now=_NOON_SECONDS,
        now_ts=pdu.origin_server_ts,
    )
    return dry_run.judge(context), None


def why_unjudged(
    pdu: Pdu, state: RoomState, policy: Policy, *, our_user_id: str, before: str | None = None
) -> str | None:
    """Return why no filter judges the event; None if filters do.

    Args:
        pdu: the event.
        state: the state of its room.
        policy: the policy.
        our_user_id: our user.
        before: for a membership event, the user's former membership.
    """
    if is_exempt(pdu):
        return "A room's choice of its Policy Server is always signed."
    if is_never_blocked(pdu, state, our_user_id=our_user_id):
        return "It is never blocked, as a leave or a ban by those who may: always signed."
    kind = Event.of(pdu, membership_before=before).membership_kind
    if kind is not None and kind not in policy.pipeline.judge_membership:
        return f"The policy does not judge memberships of this kind ({kind}): judge_membership."
    return None


def _difference_from_expected(
    expected: Expected, by: str | None, decision: Decision | None, unjudged: str | None
) -> str | None:
    """Return how a decision differs from the expected one; None if it does not."""
    actual = Expected.SIGN if decision is None else Expected.of(decision)
    if actual is not expected:
        reason = f" {unjudged}" if unjudged else ""
        return f"expected {expected}, found {actual}.{reason}"
    labels = [finding.label for finding in decision.findings] if decision is not None else []
    if by is not None and by not in labels:
        actual_labels = f"only {', '.join(dict.fromkeys(labels))}" if labels else "nothing"
        return f"expected {expected} by {by}, found {actual_labels}."
    return None


def _context_of(event: CaseEvent, case: Case, policy: Policy, room: Room) -> EventContext:
    now_ts = CASE_START_TS + event.at_seconds * 1_000
    sender = event.sender
    level = sender.power_level or room.state.power_levels.user_level(sender.user_id)
    return EventContext(
        community=DRY_RUN,
        policy=policy,
        room=room,
        event=Event.of(
            event.pdu,
            is_encrypted_room=case.room.is_encrypted,
            sender_power_level=level,
            received_ts=now_ts,
            standing=_sender_standing(sender, case, policy, level, now_ts),
            membership_before=_membership_before(event.pdu, room),
            is_bridged=policy.bridges.cover(event.pdu.sender),
        ),
        now=_NOON_SECONDS + event.at_seconds,
        now_ts=now_ts,
    )


def _sender_standing(
    sender: CaseSender, case: Case, policy: Policy, power_level: int, now_ts: int
) -> Standing:
    """Return the standing of a test's sender: as the test says, or else by the policy's rules."""
    known_ms = sender.known_hours * HOUR_MS
    is_known = known_ms > 0 or sender.accepted_events > 0
    trust_record = TrustRecord(
        first_seen_ts=max(now_ts - known_ms, _LONG_AGO_TS) if is_known else 0,
        accepted_events=sender.accepted_events,
        active_days=sender.active_days,
        given=sender.trust,
        given_reason="the test says so" if sender.trust is not None else "",
    )
    return Standing.of(
        trust_record,
        policy.trust_rules,
        power_level=power_level,
        is_earlier_member=False,
        suspect_since_ts=CASE_START_TS - HOUR_MS if case.is_raid else None,
        now_ts=now_ts,
    )


def _membership_before(pdu: Pdu, room: Room) -> str | None:
    if pdu.type != MEMBER or pdu.state_key is None:
        return None
    return room.state.membership_of(pdu.state_key)


def _room(case: Case) -> Room:
    return Room(
        room_id=case.room.room_id,
        rules=case.room.rules,
        state=_state(case),
        membership="joined",
        via=(),
        joined_ts=_LONG_AGO_TS,
    )


def _state(case: Case) -> RoomState:
    room = case.room
    state = RoomState(room.room_id, room.rules)
    senders = {event.sender.user_id: event.sender for event in case.events}
    coming = {event.pdu.state_key for event in case.events if event.pdu.type == MEMBER}
    names: dict[str, str | None] = {
        user_id: sender.display_name for user_id, sender in senders.items() if user_id not in coming
    }
    for user_id, name in (names | dict(room.members)).items():
        content: dict[str, object] = {"membership": "join"}
        if name is not None:
            content["displayname"] = name
        state.apply(_state_event(MEMBER, user_id, content))
    levels = dict(room.power_levels)
    levels |= {who: sender.power_level for who, sender in senders.items() if sender.power_level}
    state.apply(_state_event(POWER_LEVELS, "", {"users": levels}))
    if room.is_encrypted:
        state.apply(_state_event(ENCRYPTION, "", {"algorithm": "m.megolm.v1.aes-sha2"}))
    return state


def _state_event(event_type: str, state_key: str, content: dict[str, object]) -> StateEvent:
    return StateEvent(
        type=event_type,
        state_key=state_key,
        sender=_OUR_USER,
        content=content,
        event_id=f"${event_type}{state_key}",
        depth=1,
        origin_server_ts=_LONG_AGO_TS,
        known_since_ts=_LONG_AGO_TS,
    )
