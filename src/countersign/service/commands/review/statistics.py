"""Commands on statistics: what each step did day by day, and how evidence added up."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.decisions import RecordedDecision
from countersign.policy.measures.trust_records import Trust
from countersign.policy.review.statistics import Statistics
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionReview
from countersign.ports.stores.moderation import ModerationStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.policies.policies_in_force import Policies
from countersign.service.single_flight import SingleFlight
from countersign.service.trials.calibration import Calibration

SINCE_MS: Final = 7 * DAY_MS
MAX_DAYS: Final = 92
MAX_ALLOWED: Final = 10_000
KEPT_MS: Final = 6 * HOUR_MS
"""For how long the counts of a day that is over are used again: what is too old is deleted then."""
KEPT_TODAY_MS: Final = 30_000
_COUNTS: Final = ("refused", "warned", "spared", "shadow")


@dataclass(frozen=True, slots=True)
class _Tally:
    """Counts of one community and day; they name nobody.

    Attributes:
        steps: for each step its counts, `people` and `kinds`.
        calibration: the scores.
    """

    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    calibration: Calibration = field(default_factory=Calibration)


@dataclass(frozen=True, slots=True)
class _Day:
    """Counts of one day, by community, when they were made, and a hash of what was allowed."""

    counted_ts: int
    allowed: int
    tallies: dict[str, _Tally]


class StatisticsCommands:
    """Counts decisions, a day at a time, and keeps the counts for a while.

    Args:
        decisions: what was decided.
        moderation: what was allowed later.
        policies: tell whose rooms are whose, and the thresholds in force.
        permissions: what an actor may do.
        audit: the audit log.
        clock: tells the time.
    """

    def __init__(
        self,
        decisions: DecisionReview,
        moderation: ModerationStore,
        *,
        policies: Policies,
        permissions: Permissions,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._decisions = decisions
        self._moderation = moderation
        self._policies = policies
        self._permissions = permissions
        self._audit = audit
        self._clock = clock
        self._days: BoundedMapping[int, _Day] = BoundedMapping(MAX_DAYS)
        self._counting: SingleFlight[int, _Day] = SingleFlight()

    async def filters(
        self,
        actor: Actor,
        *,
        community: object = None,
        since_ts: int | None = None,
        threshold: int | None = None,
    ) -> JsonObject:
        """Return what each step of a community's policy did since a day, and how evidence added up.

        Only events on which a filter had something to say are counted.

        Args:
            actor: who asks.
            community: whose; see `Permissions.community`.
            since_ts: from the day of this moment on (UTC); None for seven days.
            threshold: another threshold to tell of.

        Returns:
            `community`; `since_ts`, the beginning of the first day; `steps`: of each its counts in
            all, and `by_day`; `levels`: for each level of trust what `Scores.to_json` says.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or it is too long ago.
            StoreUnavailable: it can't be read now.
        """
        found = self._permissions.community(actor, Command.FILTERS_STATISTICS, community)
        await self._audit.read(actor, Command.FILTERS_STATISTICS, community=found.name)
        now_ts = self._clock.now_ts()
        first = _day_of(now_ts - SINCE_MS if since_ts is None else since_ts)
        days = range(first, now_ts + 1, DAY_MS)
        if len(days) > MAX_DAYS:
            raise BadJson(f"Statistics reach back {MAX_DAYS} days at most.")
        allowances = await self._moderation.allowances(since_ts=first, limit=MAX_ALLOWED)
        allowed: defaultdict[tuple[str, int], int] = defaultdict(int)
        for each in allowances:
            if each.community == found.name:
                for step in each.steps:
                    allowed[step, _day_of(each.allowed_ts)] += 1
        calibration = Calibration()
        tallies: dict[int, _Tally] = {}
        for day in days:
            since = frozenset(each.reference for each in allowances if each.allowed_ts >= day)
            counted = await self._day(day, now_ts, since)
            tallies[day] = counted.tallies.get(found.name, _Tally())
            calibration.add(tallies[day].calibration)
        names = {step for tally in tallies.values() for step in tally.steps}
        names |= {step for step, _ in allowed}
        thresholds = found.policy.pipeline.thresholds
        return {
            "community": found.name,
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
        }

    async def _day(self, day: int, now_ts: int, references: frozenset[str]) -> _Day:
        """Return the counts of a day, of which these decisions were allowed later."""
        known = self._days.use(day)
        if known is not None:
            age_ms = now_ts - known.counted_ts
            was_over = day + DAY_MS <= known.counted_ts
            # Of a day that is over nothing changes but what moderators allow.
            is_same = known.allowed == hash(references) or not was_over
            if is_same and 0 <= age_ms <= (KEPT_MS if was_over else KEPT_TODAY_MS):
                return known
        counted = await self._counting.run(day, lambda: self._count(day, now_ts, references))
        self._days[day] = counted
        return counted

    async def _count(self, day: int, now_ts: int, references: frozenset[str]) -> _Day:
        statistics: defaultdict[str, Statistics] = defaultdict(Statistics)
        calibrations: defaultdict[str, Calibration] = defaultdict(Calibration)

        def take(recorded: RecordedDecision) -> None:
            name = self._policies.for_room(recorded.room_id).name
            statistics[name].take(recorded)
            calibrations[name].take(
                recorded.decision,
                recorded.decision.trust or Trust.NEW,
                is_allowed=recorded.reference in references,
            )

        await self._decisions.review(day, take, before_ts=day + DAY_MS)
        return _Day(
            now_ts,
            hash(references),
            {
                name: _Tally(
                    {
                        step.step: {
                            **{count: getattr(step, count) for count in _COUNTS},
                            "people": len(step.people),
                            "kinds": step.kinds,
                        }
                        for step in counted.steps()
                    },
                    calibrations[name],
                )
                for name, counted in statistics.items()
            },
        )


def _step(
    name: str, tallies: dict[int, _Tally], allowed: dict[tuple[str, int], int]
) -> dict[str, Any]:
    by_day = []
    kinds: set[str] = set()
    for day, tally in tallies.items():
        counts = tally.steps.get(name, {})
        kinds |= {kind.value for kind in counts.get("kinds", ())}
        by_day.append(
            {
                "day_ts": day,
                **{count: counts.get(count, 0) for count in (*_COUNTS, "people")},
                "allowed": allowed.get((name, day), 0),
            }
        )
    return {
        "step": name,
        "kinds": sorted(kinds),
        **{count: sum(each[count] for each in by_day) for count in (*_COUNTS, "allowed")},
        "by_day": by_day,
    }


def _day_of(ts: int) -> int:
    return max(0, ts - ts % DAY_MS)
