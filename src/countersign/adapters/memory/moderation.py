"""Allowances, raids and dropped steps, in this process's memory only."""

from collections.abc import Collection
from dataclasses import replace

from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.mutes import Mute
from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep, StepChange
from countersign.ports.stores.outcomes import Outcome


class MemoryModerationStore:
    """Implements `ports.moderation.ModerationStore` for dry runs: it begins empty."""

    def __init__(self) -> None:
        self._allowances: dict[tuple[str, str, str], Allowance] = {}
        self._raids: dict[tuple[str, int], RaidReport] = {}
        self._mutes: dict[tuple[str, str, str], Mute] = {}
        self._dropped: dict[tuple[str, str], DroppedStep] = {}
        self._changes: dict[tuple[str, str], StepChange] = {}

    async def save_allowance(self, allowance: Allowance, outcome: Outcome) -> None:  # noqa: ARG002
        key = (allowance.community, allowance.sender, allowance.fingerprint)
        stored = self._allowances.get(key)
        if stored is None or stored.until_ts < allowance.until_ts:
            self._allowances[key] = allowance

    async def withdraw_allowance(
        self, allowance: Allowance, former: Allowance | None, outcome: Outcome
    ) -> None:
        self._allowances.pop((allowance.community, allowance.sender, allowance.fingerprint), None)
        if former is not None:
            await self.save_allowance(former, outcome)

    async def allowances(
        self, *, since_ts: int = 0, ending_after_ts: int = 0, limit: int = 10_000
    ) -> list[Allowance]:
        allowances = [
            each
            for each in self._allowances.values()
            if each.allowed_ts >= since_ts and each.until_ts > ending_after_ts
        ]
        return sorted(allowances, key=lambda each: -each.until_ts)[:limit]

    async def save_raid(
        self, raid: RaidReport, *, is_restored: bool = True, is_prolonged: bool = True
    ) -> None:
        key = raid.community, raid.raid.started_ts
        stored = self._raids.get(key)
        if stored is not None and not is_restored:
            saved, before = raid.raid, stored.raid
            is_later = is_prolonged and saved.until_ts > before.until_ts
            is_stricter = is_prolonged and saved.strict_until_ts >= before.strict_until_ts
            is_wider = is_prolonged and saved.suspect_since_ts < before.suspect_since_ts
            strictest = saved if is_stricter else before
            saved = replace(
                saved,
                because=before.because,
                until_ts=(saved if is_later else before).until_ts,
                suspect_since_ts=(saved if is_wider else before).suspect_since_ts,
                strict_until_ts=strictest.strict_until_ts,
                strict_since_ts=strictest.strict_since_ts,
            )
            ended_ts = raid.ended_ts if stored.ended_ts is None else stored.ended_ts
            raid = replace(raid, raid=saved, ended_ts=ended_ts)
        self._raids[key] = raid

    async def raids(self, *, under_way: bool = False, limit: int = 1_000) -> list[RaidReport]:
        raids = [each for each in self._raids.values() if each.ended_ts is None or not under_way]
        return sorted(raids, key=lambda each: -each.raid.started_ts)[:limit]

    async def save_mutes(self, mutes: Collection[Mute], *, forget_ended_before_ts: int) -> None:
        self._mutes |= {(each.community, each.user_id, each.rule): each for each in mutes}
        self._mutes = {
            key: each
            for key, each in self._mutes.items()
            if each.until_ts >= forget_ended_before_ts
        }

    async def mutes(
        self,
        *,
        ending_after_ts: int,
        limit: int,
        changed_after: int = -1,  # noqa: ARG002 - no other process has these
    ) -> list[Mute]:
        mutes = [each for each in self._mutes.values() if each.until_ts > ending_after_ts]
        return sorted(mutes, key=lambda each: each.until_ts)[-limit:]

    async def save_dropped(self, step: DroppedStep) -> None:
        self._dropped[step.community, step.step] = step

    async def forget_dropped(self, community: str, step: str) -> None:
        self._dropped.pop((community, step), None)

    async def dropped(self) -> list[DroppedStep]:
        return [self._dropped[key] for key in sorted(self._dropped)]

    async def save_step_changes(
        self, changes: Collection[StepChange], *, forget: Collection[tuple[str, str]] = ()
    ) -> None:
        for key in forget:
            self._changes.pop(key, None)
        self._changes |= {(change.community, change.step): change for change in changes}

    async def step_changes(self) -> list[StepChange]:
        return [self._changes[key] for key in sorted(self._changes)]
