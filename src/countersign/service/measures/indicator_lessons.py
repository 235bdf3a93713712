"""Learning from decisions and redactions which indicators members post, and which are bad."""

from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import FindingKind
from countersign.policy.indicators.facts import BAD_FOR_MS, BadBecause, BadIndicator
from countersign.policy.measures.trust_records import RANKS, Trust
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.policy.text.indicators.shared_hosts import is_helpline
from countersign.ports.clock import Clock
from countersign.service.answers.event_context import EventContext
from countersign.service.measures.known_indicators import KnownIndicators

MAX_RECENT_EVENTS: Final = 20_000
"""Maximum number of signed events whose indicators are kept in case a moderator redacts them."""
MAX_SUSPECTED: Final = 20_000
"""Maximum number of indicators of refused events that are watched at the same time."""
MAX_STRIKES_PER_SENDER: Final = 10
"""Maximum number of indicators that refusals of one sender make suspect in a day."""
MAX_SENDERS: Final = 20_000
MAX_REDACTIONS_PER_MODERATOR: Final = 200
"""Maximum number of indicators that redactions by one moderator make bad in a day."""
ENOUGH_REFUSED: Final = 2
"""Number of different people refused with a contact from which on it is bad."""
ENOUGH_REFUSED_LINKS: Final = 3
"""Likewise for a link or domain, which honest people pass on more often."""

_MEMBER_RANK: Final = RANKS[Trust.MEMBER]
_TRUSTED_RANK: Final = RANKS[Trust.TRUSTED]
_OWN_FILTERS: Final = frozenset({"indicator", "turned-account"})
"""Filters whose findings follow from indicators; nothing is learned from their refusals."""


class _Sent(NamedTuple):
    """Indicators of a signed event whose sender is not a moderator."""

    community: str
    sender: str
    room_id: str
    indicators: tuple[Indicator, ...]
    reference: str


class _Suspicion:
    """Refused events with one indicator: their senders, and the time of the first."""

    __slots__ = ("senders", "since_ts")

    def __init__(self, since_ts: int) -> None:
        self.senders: set[str] = set()
        self.since_ts = since_ts


class IndicatorLessons:
    """Observes decisions and redactions.

    An indicator becomes bad if several people are refused with it for what they wrote themselves
    (each makes only a few indicators suspect a day), or if a moderator redacts somebody else's
    event with it. An attacker cannot make these bad: indicators that members posted before,
    helplines, and hosts on which everybody publishes.

    Args:
        known: keeps what is learned.
        clock: tells the time.
    """

    def __init__(self, known: KnownIndicators, clock: Clock) -> None:
        self._known = known
        self._clock = clock
        self._recent: BoundedMapping[str, _Sent] = BoundedMapping(MAX_RECENT_EVENTS)
        self._suspected: BoundedMapping[tuple[str, bytes], _Suspicion]
        self._suspected = BoundedMapping(MAX_SUSPECTED)
        self._strikes: BoundedMapping[tuple[str, str, int], int] = BoundedMapping(MAX_SENDERS)

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        event = context.event
        if not _teaches(context):
            return
        is_signed = recorded.decision.verdict is Verdict.SIGN
        if is_signed and event.standing.level is not Trust.MODERATOR:
            self._recent[recorded.event_id] = _Sent(
                context.community,
                recorded.sender,
                recorded.room_id,
                event.indicators,
                recorded.reference,
            )
        self.learn(context, recorded.decision, recorded.reference)

    def learn(self, context: EventContext, decision: Decision, reference: str = "") -> None:
        """Learn from a decision.

        Args:
            context: what was decided.
            decision: as it stands.
            reference: of the decision, for moderators.
        """
        event = context.event
        if not _teaches(context):
            return
        if decision.verdict is not Verdict.SIGN:
            if _rests_on_own_words(context, decision):
                for indicator in event.indicators:
                    self._suspect(indicator, context, reference)
        elif event.standing.level.rank >= _MEMBER_RANK:
            for indicator in event.indicators:
                self._known.post(
                    (context.community, self._known.digest(indicator)),
                    event.sender,
                    context.now_ts,
                    is_voucher=event.standing.level.rank >= _TRUSTED_RANK,
                )

    def _suspect(self, indicator: Indicator, context: EventContext, reference: str) -> None:
        sender = context.event.sender
        key = context.community, self._known.digest(indicator)
        if self.is_immune(indicator, key, sender, context.now_ts):
            return
        suspicion = self._suspected.use(key)
        if suspicion is None or context.now_ts - suspicion.since_ts > DAY_MS:
            suspicion = self._suspected[key] = _Suspicion(context.now_ts)
        if sender in suspicion.senders or not self._may_strike(
            context.community, sender, MAX_STRIKES_PER_SENDER, context.now_ts
        ):
            return
        suspicion.senders.add(sender)
        enough = ENOUGH_REFUSED if indicator.kind.is_contact else ENOUGH_REFUSED_LINKS
        if len(suspicion.senders) >= enough:
            self._learn(indicator, context.community, BadBecause.REFUSED, reference, context.now_ts)

    def sent_in(self, event_id: str) -> tuple[Indicator, ...]:
        """Return the indicators of a recently signed event; empty if it is not remembered."""
        sent = self._recent.get(event_id)
        return () if sent is None else sent.indicators

    def redacted(self, event_id: str, room_id: str, moderator: str) -> None:
        """Learn from a moderator's redaction of an event; nothing is learned if it is their own."""
        sent = self._recent.get(event_id)
        if sent is None or sent.room_id != room_id or sent.sender == moderator:
            return
        del self._recent[event_id]
        self._redacted(sent, moderator)

    def _redacted(self, sent: _Sent, moderator: str) -> None:
        now_ts = self._clock.now_ts()
        for indicator in sent.indicators:
            key = sent.community, self._known.digest(indicator)
            if self.is_immune(indicator, key, sent.sender, now_ts):
                continue
            if not self._may_strike(
                sent.community, moderator, MAX_REDACTIONS_PER_MODERATOR, now_ts
            ):
                return
            # Whoever posted it, no member vouches for it from now on.
            self._known.forget_posted(key)
            self._learn(indicator, sent.community, BadBecause.REDACTED, sent.reference, now_ts)

    def is_immune(
        self, indicator: Indicator, key: tuple[str, bytes], sender: str, now_ts: int
    ) -> bool:
        """Return True if only a moderator's command can make the indicator bad."""
        if indicator.host and is_helpline(indicator.host):
            return True
        if self._known.is_vouched(key, sender, now_ts):
            return True
        if indicator.kind is IndicatorKind.DOMAIN:
            return False
        domain = self._known.domain_digest(indicator)
        return domain is not None and self._known.is_vouched((key[0], domain), sender, now_ts)

    def _may_strike(self, community: str, who: str, most: int, now_ts: int) -> bool:
        key = community, who, now_ts // DAY_MS
        strikes = self._strikes.use(key) or 0
        self._strikes[key] = strikes + 1
        return strikes < most

    def _learn(
        self,
        indicator: Indicator,
        community: str,
        because: BadBecause,
        reference: str,
        now_ts: int,
    ) -> None:
        self._known.learn_bad(
            BadIndicator(
                community=community,
                digest=self._known.digest(indicator),
                kind=indicator.kind,
                name="" if indicator.kind.is_personal else indicator.name,
                because=because,
                reference=reference,
                made_ts=now_ts,
                until_ts=now_ts + BAD_FOR_MS,
            )
        )

    def forget_people(self) -> None:
        """Forget the indicators of signed events, and all suspicions."""
        self._recent.clear()
        self._suspected.clear()
        self._strikes.clear()

    def forget_person(self, user_id: str) -> None:
        """Forget the indicators of a user's signed events, and suspicions from their refusals."""
        for event_id in [key for key, sent in self._recent.items() if sent.sender == user_id]:
            del self._recent[event_id]
        for suspicion in self._suspected.values():
            suspicion.senders.discard(user_id)
        for key in [key for key in self._strikes if key[1] == user_id]:
            del self._strikes[key]


def _teaches(context: EventContext) -> bool:
    """Return True if the policy asks about indicators and the event has some.

    Finding them costs as much as several filters, so it is skipped if no step asks about them.
    """
    return context.policy.pipeline.reads_indicators and bool(context.event.indicators)


def _rests_on_own_words(context: EventContext, decision: Decision) -> bool:
    """Return True if the event was refused for evidence in the sender's own text.

    Equal messages of others, or an indicator in the event, are not such evidence: otherwise a
    few accounts could make anything bad by sending it.
    """
    if decision.is_warning:
        return False
    own = {
        step.label
        for step in context.policy.pipeline.steps
        if step.filter.name not in _OWN_FILTERS
        and not step.filter.expects_crowds
        and is_senders_own_doing(step)
    }
    evidence = [
        finding
        for finding in decision.held_against_sender
        if finding.kind is FindingKind.EVIDENCE and finding.label in own
    ]
    if any(finding.weight is None for finding in evidence):
        return True
    score = sum(finding.weight or 0 for finding in evidence)
    return score > 0 and 2 * score >= (decision.threshold or 0)
