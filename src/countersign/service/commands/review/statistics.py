"""Commands on statistics: counts of each step by day, and distribution of scores."""

from collections import Counter
from typing import Any, Final

from countersign.basics.durations import DAY_MS
from countersign.policy.measures.trust_records import Trust
from countersign.policy.review.summaries import DecisionSummary
from countersign.ports.actors import Actor
from countersign.ports.stores.decisions import DecisionReview
from countersign.ports.stores.moderation import ModerationStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.day_counts import (
    COUNTS,
    MAX_DAYS,
    DayCounts,
    Tally,
    day_of,
)
from countersign.service.evaluation.step_costs import StepCosts
from countersign.service.policies.policies_in_force import Policies
from countersign.service.trials.calibration import Calibration

SINCE_MS: Final = 7 * DAY_MS
MAX_ALLOWED: Final = 10_000


class StatisticsCommands(CommandGroup):
    """Shows counts of decisions by day.

    Args:
        moderation: the stored allowances.
        costs: the times that steps take.
        policies: map rooms to communities, and have the thresholds in force.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        decisions: DecisionReview,
        moderation: ModerationStore,
        *,
        costs: StepCosts,
        policies: Policies,
    ) -> None:
        super().__init__(needs)
        self._decisions = decisions
        self._moderation = moderation
        self._costs = costs
        self._policies = policies
        self._days = DayCounts(decisions, policies, needs.clock)

    async def count_continuously(self) -> None:
        """Count the last days in advance, and keep the present day up to date, until cancelled."""
        await self._days.count_continuously()

    async def filters(
        self,
        actor: Actor,
        *,
        community: object = None,
        since_ts: int | None = None,
        threshold: int | None = None,
    ) -> JsonObject:
        """Return the counts of each step of a community's policy by day, and the scores.

        Only events with a finding of some filter are counted.

        Args:
            actor: the actor.
            community: see `Permissions.community`.
            since_ts: a time in the first day (UTC), in ms since the epoch; None for seven days ago.
            threshold: a further threshold to report.

        Returns:
            `community`; `since_ts`, the beginning of the first day; `steps`: of each its counts in
            all, and `by_day`; `levels`: for each level of trust what `Scores.to_json` says;
            `costs`: for each step of the policy in force that was measured in this process, the
            most expensive first, its `filter`, the `microseconds` that it takes of one event, and
            of how many `events` that was measured.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or it is too long ago.
        """
        target = self._permissions.community(actor, Command.FILTERS_STATISTICS, community)
        await self._audit.read(actor, Command.FILTERS_STATISTICS, community=target.name)
        now_ts = self._clock.now_ts()
        first = day_of(now_ts - SINCE_MS if since_ts is None else since_ts)
        days = range(first, now_ts + 1, DAY_MS)
        if len(days) > MAX_DAYS:
            raise BadJson(f"Statistics reach back {MAX_DAYS} days at most.")
        allowances = [
            each
            for each in await self._moderation.allowances(since_ts=first, limit=MAX_ALLOWED)
            if each.community == target.name
        ]
        allowed = Counter(
            (step, day_of(each.allowed_ts)) for each in allowances for step in each.steps
        )
        calibration = Calibration()
        tallies: dict[int, Tally] = {}
        for day in days:
            tallies[day] = (await self._days.of(day)).get(target.name, Tally())
            calibration.add(tallies[day].calibration)
        for recorded in await self._decisions.find_by_references(
            {each.reference for each in allowances}
        ):
            is_counted = recorded.decision.findings and recorded.decided_ts >= first
            if is_counted and self._policies.for_room(recorded.room_id).name == target.name:
                calibration.allow(DecisionSummary.of(recorded.decision))
        names = {step for tally in tallies.values() for step in tally.steps}
        names |= {step for step, _ in allowed}
        thresholds = target.policy.pipeline.thresholds
        return {
            "community": target.name,
            "since_ts": first,
            "steps": sorted(
                (_step(name, tallies, allowed) for name in names),
                key=lambda step: (-step["refused"] - step["warned"], -step["shadow"], step["step"]),
            ),
            "levels": {
                level.value: calibration.by_level[level].to_json(thresholds.of(level), threshold)
                for level in Trust
                if level in calibration.by_level
            },
            "costs": [
                {
                    "step": each.step,
                    "filter": each.filter,
                    "microseconds": round(each.microseconds, 1),
                    "events": each.events,
                }
                for each in self._costs.of_policy(target.name, target.policy.revision)
            ],
        }


def _step(
    name: str, tallies: dict[int, Tally], allowed: Counter[tuple[str, int]]
) -> dict[str, Any]:
    by_day = []
    kinds: set[str] = set()
    for day, tally in tallies.items():
        counts = tally.steps.get(name, {})
        kinds |= {kind.value for kind in counts.get("kinds", ())}
        by_day.append(
            {
                "day_ts": day,
                **{count: counts.get(count, 0) for count in (*COUNTS, "people")},
                "allowed": allowed[name, day],
            }
        )
    return {
        "step": name,
        "kinds": sorted(kinds),
        **{count: sum(each[count] for each in by_day) for count in (*COUNTS, "allowed")},
        "by_day": by_day,
    }
