"""Reverts of spam marks and of mutes, from the audit log."""

from collections.abc import Mapping
from typing import Any

from countersign.policy.decisions import RecordedDecision
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.stores.audit import AuditEntry
from countersign.ports.stores.decisions import DecisionStore
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.indicators import bad_from_json
from countersign.service.commands.moderation.mutes import mute_from_json
from countersign.service.commands.moderation.reverts import (
    NothingToRevert,
    Plan,
    PlannedState,
    Planner,
)
from countersign.service.commands.moderation.trust import given_in
from countersign.service.measures.known_indicators import KnownIndicators
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.spam_marks import SpamMarks
from countersign.service.measures.trust import TrustRecords


class ReviewReverts:
    """Plans reverts of moderators' changes about single events and people.

    Args:
        indicators: known indicators of communities.
    """

    def __init__(
        self,
        *,
        decisions: DecisionStore,
        marks: SpamMarks,
        indicators: KnownIndicators,
        mutes: Mutes,
        records: TrustRecords,
        clock: Clock,
    ) -> None:
        self._decisions = decisions
        self._marks = marks
        self._indicators = indicators
        self._mutes = mutes
        self._records = records
        self._clock = clock
        self.planners: dict[str, Planner] = {
            Command.DECISIONS_SPAM: self._plan_spam,
            Command.DECISIONS_NOT_SPAM: self._plan_not_spam,
            Command.MUTES_END: self._plan_mutes,
            Command.MUTES_BEGIN_MANY: self._plan_many,
            Command.MUTES_END_MANY: self._plan_many,
        }
        """Planner of each command whose changes can be reverted; each raises `NothingToRevert`."""

    async def _plan_spam(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:
        if "after" not in entry.details:
            raise KeyError("it was not done")
        recorded = await self._decision(entry)
        if not moment.spam.get(recorded.key, await self._marks.is_marked(recorded)):
            raise NothingToRevert("It was taken back since.")
        moment.spam[recorded.key] = False

        async def revert() -> None:
            await self._marks.take_back(recorded, entry.community or "", actor=actor.name)

        return Plan("It is not spam any more.", revert)

    async def _plan_not_spam(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:
        before = entry.details["before"]
        recorded = await self._decision(entry)
        if moment.spam.get(recorded.key, await self._marks.is_marked(recorded)):
            raise NothingToRevert("It was marked again since.")
        moment.spam[recorded.key] = True
        bad = [bad_from_json(each) for each in before["indicators"]]

        async def revert() -> None:
            for each in bad:
                await self._indicators.store_bad(each)
            await self._marks.mark(
                recorded,
                entry.community or "",
                (),
                actor=actor.name,
                distrusts=before["is_untrusted"],
            )

        return Plan("It is spam again.", revert)

    async def _plan_mutes(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        now_ts = self._clock.now_ts()
        mutes = [mute_from_json(each) for each in entry.details["before"]]
        lasting = [mute for mute in mutes if mute.until_ts > now_ts]
        if not lasting:
            raise NothingToRevert("It would be over by now.")
        whose = entry.community, entry.subject
        present = [(mute.community, mute.user_id) for mute in self._mutes.list_current()]
        if whose in present or whose in moment.muted:
            raise NothingToRevert("They are muted again.")
        moment.muted.add(whose)

        async def revert() -> None:
            self._mutes.put_back(lasting)
            await self._mutes.save()

        return Plan("They are muted until the same time as before.", revert)

    async def _plan_many(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        """Plan to give back the levels of all whose level is still the one given then."""
        community, now_ts = entry.community or "", self._clock.now_ts()
        before, after = entry.details["before"], entry.details["after"]
        paused = [mute_from_json(each) for each in entry.details.get("paused", ())]
        lasting = [mute for mute in paused if mute.until_ts > now_ts]
        levels = {}
        for user_id, level in after.items():
            key = (community, user_id)
            present = moment.trust.get(key) or given_in(await self._records.find(*key))
            if present == level:
                levels[user_id] = moment.trust[key] = before[user_id]
        if not levels and not lasting:
            raise NothingToRevert("Nobody's level is the one that it gave any more.")

        async def revert() -> None:
            for user_id, level in levels.items():
                await self._records.set_level(
                    community,
                    user_id,
                    _level_now(level, now_ts),
                    until_ts=level["until_ts"],
                    reason=level["reason"],
                )
            self._mutes.put_back(lasting)
            await self._mutes.save()

        people = len({*levels, *(mute.user_id for mute in lasting)})
        return Plan(f"{people:,} people stand as before.", revert)

    async def _decision(self, entry: AuditEntry) -> RecordedDecision:
        decisions = await self._decisions.find_by_reference(entry.subject or "")
        if len(decisions) != 1 or decisions[0].details_gone is not None:
            raise NothingToRevert("The details of that decision are gone.")
        return decisions[0]


def _level_now(after: Mapping[str, Any], now_ts: int) -> Trust | None:
    """Return a level that was given before; None if there was none, or it is over."""
    is_over = after["until_ts"] is not None and after["until_ts"] <= now_ts
    return None if after["level"] is None or is_over else Trust(after["level"])
