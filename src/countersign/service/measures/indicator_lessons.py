"""Learning from decisions and redactions which indicators members post, and which are bad."""

from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.findings import FindingKind
from countersign.policy.measures.trust_records import RANKS, Trust
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.policy.questions.indicators import BAD_FOR_MS, BadBecause, BadIndicator
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.policy.text.indicators.shared_hosts import is_helpline
from countersign.ports.broadcasts import Broadcasts, Topic
from countersign.ports.clock import Clock
from countersign.ports.indicators import IndicatorKey
from countersign.service.answers.event_context import EventContext
from countersign.service.measures.known_indicators import KnownIndicators
from countersign.service.measures.postings import SentIndicators, Suspicion

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


class _Suspected(NamedTuple):
    """An indicator that may be bad, with the reference of a refusal or of a redacted event."""

    key: IndicatorKey
    kind: IndicatorKind
    name: str
    reference: str

    @classmethod
    def of(cls, key: IndicatorKey, indicator: Indicator, reference: str) -> "_Suspected":
        name = "" if indicator.kind.is_personal else indicator.name
        return cls(key, indicator.kind, name, reference)


class IndicatorLessons:
    """Observes decisions and redactions.

    An indicator becomes bad if several people are refused with it for what they wrote themselves
    (each makes only a few indicators suspect a day), or if a moderator redacts somebody else's
    event with it. An attacker cannot make these bad: indicators that members posted before,
    helplines, and hosts on which everybody publishes.

    Args:
        indicators: keeps what is learned.
    """

    def __init__(self, indicators: KnownIndicators, clock: Clock) -> None:
        self._indicators = indicators
        self._clock = clock
        self._recent: BoundedMapping[str, SentIndicators] = BoundedMapping(MAX_RECENT_EVENTS)
        self._suspected: BoundedMapping[IndicatorKey, Suspicion]
        self._suspected = BoundedMapping(MAX_SUSPECTED)
        self._strikes: BoundedMapping[str, int] = BoundedMapping(MAX_SENDERS)
        self._broadcasts: Broadcasts | None = None

    def share(self, broadcasts: Broadcasts) -> None:
        """Share with other processes which indicators were signed, refused, or redacted."""

        def on_sent(event_id: str, *words: str) -> None:
            self._recent[event_id] = SentIndicators.of_words(words)

        def on_redacted(event_id: str) -> None:
            self._recent.pop(event_id, None)

        def on_suspected(community: str, digest: str, sender: str, kind: str, *more: str) -> None:
            name, reference = more
            key = community, bytes.fromhex(digest)
            suspected = _Suspected(key, IndicatorKind(kind), name, reference)
            self._add_suspicion(suspected, sender, self._clock.now_ts())

        self._broadcasts = broadcasts
        broadcasts.subscribe(Topic.SUSPECTED, on_suspected)
        broadcasts.subscribe(Topic.STRIKES, self._add_strikes)
        broadcasts.subscribe(Topic.SENT, on_sent)
        broadcasts.subscribe(Topic.REDACTED, on_redacted)

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        event = context.event
        if not _teaches(context):
            return
        is_signed = recorded.decision.verdict is Verdict.SIGN
        if is_signed and event.standing.level is not Trust.MODERATOR:
            sent = SentIndicators(
                context.community,
                recorded.sender,
                recorded.room_id,
                recorded.reference,
                event.indicators,
            )
            self._recent[recorded.event_id] = sent
            if self._broadcasts is not None:
                self._broadcasts.publish(Topic.SENT, recorded.event_id, *sent.to_words())
        self.learn(context, recorded.decision, recorded.reference)

    def learn(self, context: EventContext, decision: Decision, reference: str = "") -> None:
        """Learn from a decision.

        Args:
            context: what was decided.
            decision: as it stands.
            reference: the reference of the decision, for moderators.
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
                self._indicators.post(
                    (context.community, self._indicators.digest(indicator)),
                    event.sender,
                    context.now_ts,
                    is_voucher=event.standing.level.rank >= _TRUSTED_RANK,
                )

    def _suspect(self, indicator: Indicator, context: EventContext, reference: str) -> None:
        sender, now_ts = context.event.sender, context.now_ts
        key = context.community, self._indicators.digest(indicator)
        if self.is_immune(indicator, key, sender, now_ts):
            return
        suspicion = self._suspected.get(key)
        if suspicion is not None and suspicion.covers(sender, now_ts):
            return
        if not self._may_strike(context.community, sender, MAX_STRIKES_PER_SENDER, now_ts):
            return
        suspected = _Suspected.of(key, indicator, reference)
        self._add_suspicion(suspected, sender, now_ts)
        if self._broadcasts is not None:
            community, digest = key
            what = indicator.kind.value, suspected.name, reference
            self._broadcasts.publish(Topic.SUSPECTED, community, digest.hex(), sender, *what)

    def _add_suspicion(self, suspected: "_Suspected", sender: str, now_ts: int) -> None:
        suspicion = self._suspected.use(suspected.key)
        if suspicion is None or now_ts - suspicion.since_ts > DAY_MS:
            suspicion = self._suspected[suspected.key] = Suspicion(now_ts)
        suspicion.senders.add(sender)
        enough = ENOUGH_REFUSED if suspected.kind.is_contact else ENOUGH_REFUSED_LINKS
        if len(suspicion.senders) >= enough:
            self._learn(suspected, BadBecause.REFUSED, now_ts)

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
        if self._broadcasts is not None:
            self._broadcasts.publish(Topic.REDACTED, event_id)
        self._redacted(sent, moderator)

    def _redacted(self, sent: SentIndicators, moderator: str) -> None:
        now_ts = self._clock.now_ts()
        for indicator in sent.indicators:
            key = sent.community, self._indicators.digest(indicator)
            if self.is_immune(indicator, key, sent.sender, now_ts):
                continue
            if not self._may_strike(
                sent.community, moderator, MAX_REDACTIONS_PER_MODERATOR, now_ts
            ):
                return
            # Whoever posted it, no member vouches for it from now on.
            self._indicators.forget_posted(key)
            self._learn(_Suspected.of(key, indicator, sent.reference), BadBecause.REDACTED, now_ts)

    def is_immune(
        self, indicator: Indicator, key: tuple[str, bytes], sender: str, now_ts: int
    ) -> bool:
        """Return True if only a moderator's command can make the indicator bad."""
        if indicator.host and is_helpline(indicator.host):
            return True
        if self._indicators.is_vouched(key, sender, now_ts):
            return True
        if indicator.kind is IndicatorKind.DOMAIN:
            return False
        domain = self._indicators.domain_digest(indicator)
        return domain is not None and self._indicators.is_vouched((key[0], domain), sender, now_ts)

    def _may_strike(self, community: str, who: str, most: int, now_ts: int) -> bool:
        name = f"{now_ts // DAY_MS} {community} {who}"
        strikes = self._strikes.get(name) or 0
        self._add_strikes(name)
        if self._broadcasts is not None:
            self._broadcasts.count(Topic.STRIKES, name)
        return strikes < most

    def _add_strikes(self, name: str, strikes: int = 1) -> None:
        self._strikes[name] = (self._strikes.use(name) or 0) + strikes

    def _learn(self, suspected: "_Suspected", because: BadBecause, now_ts: int) -> None:
        community, digest = suspected.key
        self._indicators.learn_bad(
            BadIndicator(
                community=community,
                digest=digest,
                kind=suspected.kind,
                name=suspected.name,
                because=because,
                reference=suspected.reference,
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
        for name in [name for name in self._strikes if name.endswith(f" {user_id}")]:
            del self._strikes[name]


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
