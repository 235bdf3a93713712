"""Spam marks: a moderator marks an event as spam, and its community learns from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import RecordedDecision
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.indicators import BAD_FOR_MS, BadBecause, BadIndicator
from countersign.policy.text.indicators.kinds import Indicator
from countersign.ports.clock import Clock
from countersign.ports.stores.outcomes import Outcome, OutcomeKind, OutcomeStore
from countersign.service.measures.indicator_lessons import IndicatorLessons
from countersign.service.measures.known_indicators import KnownIndicators
from countersign.service.measures.trust import TrustRecords

UNTRUSTED_FOR_MS: Final = 7 * DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Effects of a spam mark on a community, or of its removal.

    Attributes:
        indicators: those that became bad, or are no longer bad.
        is_untrusted: the sender became untrusted, or is no longer untrusted.
    """

    indicators: tuple[BadIndicator, ...]
    is_untrusted: bool


class SpamMarks:
    """Marks decisions as spam, and removes marks together with what was learned from them.

    What is learned has a reference to the decision, so removing a mark needs no record of its own.
    Indicators that members vouch for do not become bad, and trust that a moderator set stays.

    Args:
        outcomes: keep the marks.
        indicators: what communities know of indicators.
        lessons: know which indicators must not become bad.
    """

    def __init__(
        self,
        outcomes: OutcomeStore,
        *,
        indicators: KnownIndicators,
        lessons: IndicatorLessons,
        records: TrustRecords,
        clock: Clock,
    ) -> None:
        self._outcomes = outcomes
        self._indicators = indicators
        self._lessons = lessons
        self._records = records
        self._clock = clock

    async def is_marked(self, recorded: RecordedDecision) -> bool:
        """Return True if a decision is marked as spam.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        kinds = [each.kind for each in await self._outcomes.of_decision(recorded)]
        marks = [kind for kind in kinds if kind in (OutcomeKind.SPAM, OutcomeKind.NOT_SPAM)]
        return marks[-1:] == [OutcomeKind.SPAM]

    async def mark(
        self,
        recorded: RecordedDecision,
        community: str,
        indicators: Iterable[Indicator],
        *,
        actor: str,
        note: str = "",
        distrusts: bool = True,
    ) -> Learned:
        """Mark a decision as spam; return what was learned.

        Args:
            recorded: the decision, with its details.
            community: the community of the event's room.
            indicators: those of the event, as far as they are known.
            actor: the actor who marks it.
            note: the reason.
            distrusts: make the sender untrusted for a week.

        Raises:
            StoreUnavailable: it is not marked, but a part may be learned; repeat the call.
        """
        now_ts = self._clock.now_ts()
        bad = tuple(self._new_bad(recorded, community, indicators, now_ts))
        for each in bad:
            await self._indicators.store_bad(each)
        is_untrusted = False
        if distrusts and (await self._records.find(community, recorded.sender)).given is None:
            await self._records.set_level(
                community,
                recorded.sender,
                Trust.UNTRUSTED,
                until_ts=now_ts + UNTRUSTED_FOR_MS,
                reason=_reason(recorded),
            )
            is_untrusted = True
        await self._outcomes.add(self._outcome(recorded, OutcomeKind.SPAM, actor, note))
        return Learned(indicators=bad, is_untrusted=is_untrusted)

    async def take_back(
        self, recorded: RecordedDecision, community: str, *, actor: str, note: str = ""
    ) -> Learned:
        """Remove a mark and what was learned from it; return the latter.

        Raises:
            StoreUnavailable: it is still marked; repeat the call.
        """
        bad = tuple(
            each
            for each in self._indicators.bad_in(community)
            if each.because is BadBecause.REDACTED and each.reference == recorded.reference
        )
        for each in bad:
            await self._indicators.remove_bad((community, each.digest))
        trust_record = await self._records.find(community, recorded.sender)
        is_untrusted = (
            trust_record.given is Trust.UNTRUSTED and trust_record.given_reason == _reason(recorded)
        )
        if is_untrusted:
            await self._records.set_level(community, recorded.sender, None)
        await self._outcomes.add(self._outcome(recorded, OutcomeKind.NOT_SPAM, actor, note))
        return Learned(indicators=bad, is_untrusted=is_untrusted)

    def _new_bad(
        self,
        recorded: RecordedDecision,
        community: str,
        indicators: Iterable[Indicator],
        now_ts: int,
    ) -> Iterable[BadIndicator]:
        for indicator in dict.fromkeys(indicators):
            key = community, self._indicators.digest(indicator)
            if self._indicators.find_bad(key, now_ts) is not None:
                continue
            if self._lessons.is_immune(indicator, key, recorded.sender, now_ts):
                continue
            yield BadIndicator(
                community=community,
                digest=key[1],
                kind=indicator.kind,
                name="" if indicator.kind.is_personal else indicator.name,
                because=BadBecause.REDACTED,
                reference=recorded.reference,
                made_ts=now_ts,
                until_ts=now_ts + BAD_FOR_MS,
            )

    def _outcome(
        self, recorded: RecordedDecision, kind: OutcomeKind, actor: str, note: str
    ) -> Outcome:
        return Outcome(
            key=recorded.key,
            reference=recorded.reference,
            kind=kind,
            actor=actor,
            happened_ts=self._clock.now_ts(),
            note=note,
            steps=tuple(sorted({finding.label for finding in recorded.decision.findings})),
        )


def _reason(recorded: RecordedDecision) -> str:
    return f"wrote spam: {recorded.reference}"
