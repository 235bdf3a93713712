"""Counts of each step by day, cached and continued so that no page counts a day again.

For the present day, only decisions since the last count are read. For past days only counts are
kept, without numbers of people. Later allowances by moderators are not included.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.findings import FindingKind
from countersign.policy.review.statistics import Statistics
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import DecisionReview
from countersign.service.policies.policies_in_force import Policies
from countersign.service.single_flight import SingleFlight
from countersign.service.trials.calibration import Calibration

MAX_DAYS: Final = 92
KEPT_MS: Final = 6 * HOUR_MS
"""Time for which the counts of a past day are used again; expired decisions are deleted then."""
KEPT_TODAY_MS: Final = 30_000
LATE_MS: Final = 10_000
"""Age up to which decisions are read again the next time: some may not be stored yet."""
COUNTS: Final = ("refused", "warned", "spared", "shadow")

BEGIN_SECONDS: Final = 10.0
AGAIN_SECONDS: Final = 60.0
KEPT_DAYS: Final = 8
"""Number of days counted in advance: the first page shows a week."""
PAUSE_FACTOR: Final = 4.0
"""Counting before anybody asks rests for so many times as long as it took: it must slow nothing."""

log = structlog.get_logger()


@dataclass(slots=True)
class StepCount:
    """Counts of one step.

    Attributes:
        counts: numbers by the names in `COUNTS`.
        people: numbers that stand for the senders.
        kinds: the kinds of its findings.
    """

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    people: set[int] = field(default_factory=set)
    kinds: set[FindingKind] = field(default_factory=set)


@dataclass(slots=True)
class CommunityCount:
    """Counts of one community.

    Attributes:
        steps: the counts of each step, by its label.
        calibration: the scores.
    """

    steps: defaultdict[str, StepCount] = field(default_factory=lambda: defaultdict(StepCount))
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, other: "CommunityCount") -> None:
        """Count what another one counted as well."""
        for label, step in other.steps.items():
            own_tally = self.steps[label]
            for name, count in step.counts.items():
                own_tally.counts[name] += count
            own_tally.people |= step.people
            own_tally.kinds |= step.kinds
        self.calibration.add(other.calibration)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one community and day; they name nobody.

    Attributes:
        steps: for each step its counts, `people` and `kinds`.
        calibration: the scores.
    """

    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    calibration: Calibration = field(default_factory=Calibration)

    @classmethod
    def of(cls, *parts: CommunityCount) -> "Tally":
        """Return the sum of the counts of all parts."""
        calibration = Calibration()
        steps: dict[str, dict[str, Any]] = {}
        for part in parts:
            calibration.add(part.calibration)
        for label in {label for part in parts for label in part.steps}:
            tallies = [part.steps[label] for part in parts if label in part.steps]
            first, *others = tallies
            new = {person for each in others for person in each.people} - first.people
            steps[label] = {
                **{name: sum(each.counts[name] for each in tallies) for name in COUNTS},
                "people": len(first.people) + len(new),
                "kinds": {kind for each in tallies for kind in each.kinds},
            }
        return cls(steps, calibration)


Counts = defaultdict[str, CommunityCount]
"""Counts by the names of communities."""


@dataclass(slots=True)
class _Day:
    """The counts of a day so far.

    Attributes:
        begin_ts: the time when it begins.
        counted_ts: the time when it was counted last.
        until_ts: the time before which decisions are included in `counts`.
        counts: counts of the present day; empty once it is over.
        tallies: counts for pages, by community.
    """

    begin_ts: int
    counted_ts: int = 0
    until_ts: int = 0
    counts: Counts = field(default_factory=lambda: defaultdict(CommunityCount))
    tallies: dict[str, Tally] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.until_ts = max(self.until_ts, self.begin_ts)

    @property
    def end_ts(self) -> int:
        return self.begin_ts + DAY_MS

    @property
    def was_over(self) -> bool:
        """Nothing can have been decided on that day since it was counted."""
        return self.counted_ts >= self.end_ts + LATE_MS

    def is_fresh(self, now_ts: int) -> bool:
        """Return True if it need not be looked at again."""
        age_ms = now_ts - self.counted_ts
        return 0 <= age_ms <= (KEPT_MS if self.was_over else KEPT_TODAY_MS)

    def can_go_on(self, now_ts: int) -> bool:
        """Return True if only later decisions have to be read."""
        return not self.was_over and now_ts >= self.counted_ts


class DayCounts:
    """Counts days, each by one caller at a time, and caches the counts.

    Args:
        decisions: the stored decisions.
        policies: map rooms to communities.
    """

    def __init__(self, decisions: DecisionReview, policies: Policies, clock: Clock) -> None:
        self._decisions = decisions
        self._policies = policies
        self._clock = clock
        self._days: BoundedMapping[int, _Day] = BoundedMapping(MAX_DAYS)
        self._counting: SingleFlight[int, _Day] = SingleFlight()

    async def of(self, begin_ts: int) -> Mapping[str, Tally]:
        """Return the counts of a day by community, half a minute old at most.

        Args:
            begin_ts: the time when the day begins, in ms since the epoch.
        """
        counts = self._days.use(begin_ts)
        if counts is not None and counts.is_fresh(self._clock.now_ts()):
            return counts.tallies
        day = await self._counting.run(begin_ts, lambda: self._count(begin_ts))
        return day.tallies

    async def count_continuously(self) -> None:
        """Count the last days in advance, and the present day continuously, until cancelled."""
        await self._clock.sleep(BEGIN_SECONDS)
        while True:
            today = day_of(self._clock.now_ts())
            for begin_ts in range(today, max(-1, today - KEPT_DAYS * DAY_MS), -DAY_MS):
                began = time.perf_counter()
                try:
                    await self.of(begin_ts)
                except StoreUnavailable as error:
                    log.info("a day is not counted yet", reason=str(error))
                await asyncio.sleep(PAUSE_FACTOR * (time.perf_counter() - began))
            await self._clock.sleep(AGAIN_SECONDS)

    async def _count(self, begin_ts: int) -> _Day:
        now_ts = self._clock.now_ts()
        day = self._days.get(begin_ts)
        if day is None or not day.can_go_on(now_ts):
            day = _Day(begin_ts)
        sure_ts = max(day.until_ts, min(day.end_ts, now_ts - LATE_MS))
        sure = await self._read(day.until_ts, sure_ts)
        late = await self._read(sure_ts, day.end_ts)
        for name, count in sure.items():
            day.counts[name].add(count)
        day.until_ts, day.counted_ts = sure_ts, now_ts
        day.tallies = {
            name: Tally.of(day.counts[name], late[name]) for name in {*day.counts, *late}
        }
        if day.was_over:
            day.counts = defaultdict(CommunityCount)
        self._days[begin_ts] = day
        return day

    async def _read(self, from_ts: int, before_ts: int) -> Counts:
        """Return the counts of decisions from one time until before another."""
        counts: Counts = defaultdict(CommunityCount)
        if from_ts >= before_ts:
            return counts

        def name_of(room_id: str) -> str:
            return self._policies.for_room(room_id).name

        summaries = await self._decisions.summarized(from_ts, name_of, before_ts=before_ts)
        for name, summarized in summaries.items():
            statistics = Statistics()
            for each in summarized:
                statistics.add(each.summary, each.events, each.people)
                counts[name].calibration.take_summary(each.summary, each.events)
            for step in statistics.steps():
                numbers = {each: getattr(step, each) for each in COUNTS}
                counts[name].steps[step.step] = StepCount(numbers, step.people, step.kinds)
        return counts


def day_of(ts: int) -> int:
    """Return when the day (UTC) of a moment begins, in ms since the epoch."""
    return max(0, ts - ts % DAY_MS)
