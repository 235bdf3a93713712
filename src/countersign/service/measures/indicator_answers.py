"""Answers about the indicators of events."""

from functools import partial
from typing import Final

from countersign.policy.measures.trust_records import RANKS, Trust
from countersign.policy.message_traits.bare_handles import bare_handles_of
from countersign.policy.questions.crowds import Crowd
from countersign.policy.questions.indicators import BadBecause, IndicatorFacts, IndicatorsSeen
from countersign.policy.text.indicators.kinds import Indicator
from countersign.policy.text.indicators.shared_hosts import is_shared_host
from countersign.ports.counters import SameThings
from countersign.service.answers.answers import CountedAnswerer
from countersign.service.answers.event_context import EventContext
from countersign.service.measures.known_indicators import KnownIndicators

_MAX_SERVERS: Final = 24
_MEMBER_RANK: Final = RANKS[Trust.MEMBER]


class IndicatorAnswers(CountedAnswerer):
    """Answers `IndicatorsSeen`."""

    def __init__(self, indicators: KnownIndicators) -> None:
        self._indicators = indicators

    def counts(self, question: IndicatorsSeen, context: EventContext) -> SameThings:
        """See `CountedAnswerer.counts`: only events of newcomers are counted."""
        return SameThings(
            tuple([self._indicators.digest(each) for each in _indicators(question, context)]),
            question.per_seconds * 1_000,
            is_added=context.event.standing.level.rank < _MEMBER_RANK,
        )

    def answer(
        self,
        question: IndicatorsSeen,
        context: EventContext,
        reply: tuple[Crowd, ...],
    ) -> tuple[IndicatorFacts, ...]:
        """See `CountedAnswerer.answer`."""
        indicators = zip(_indicators(question, context), reply, strict=True)
        facts = tuple([self._facts(indicator, crowd, context) for indicator, crowd in indicators])
        return tuple(filter(partial(_is_stranger, context), facts)) if question.are_bare else facts

    def _facts(self, indicator: Indicator, crowd: Crowd, context: EventContext) -> IndicatorFacts:
        indicators, now_ts, sender = self._indicators, context.now_ts, context.event.sender
        key = context.community, indicators.digest(indicator)
        is_vouched = is_exactly_vouched = indicators.is_vouched(key, sender, now_ts)
        is_known = indicators.is_known(key, sender, now_ts)
        domain = indicators.domain_digest(indicator)
        if domain is not None:
            domain_key = context.community, domain
            is_vouched = is_vouched or indicators.is_vouched(domain_key, sender, now_ts)
            is_known = (
                is_known
                or is_shared_host(indicator.host)
                or indicators.is_known(domain_key, sender, now_ts)
            )
        bad = indicators.find_bad(key, now_ts)
        if bad is not None and (
            (bad.because is BadBecause.REFUSED and is_vouched)
            or (bad.because is BadBecause.REDACTED and is_exactly_vouched)
        ):
            bad = None
        return IndicatorFacts(
            indicator=indicator,
            label=indicators.label(indicator),
            senders=crowd.senders,
            rooms=crowd.rooms,
            by_sender=crowd.by_sender,
            is_vouched=is_vouched,
            is_known=is_known,
            posted_days=indicators.posted_days(key, now_ts),
            bad=bad,
        )


def _is_stranger(context: EventContext, seen: IndicatorFacts) -> bool:
    """Return False for the name of somebody in the room, as far as its servers are looked at."""
    if not seen.senders and seen.bad is None:
        return True
    state, name = context.room.state, seen.indicator.name
    return all(
        state.membership_of(f"@{name}:{server}") != "join"
        for server in state.largest_servers(_MAX_SERVERS)
    )


def _indicators(question: IndicatorsSeen, context: EventContext) -> tuple[Indicator, ...]:
    if question.are_bare:
        return bare_handles_of(context.event)
    event = context.event.with_recent_messages if question.is_joined else context.event
    return () if event is None else event.indicators
