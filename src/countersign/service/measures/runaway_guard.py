"""The runaway guard: a filter that refuses too many people whom the community knows is dropped."""

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

import structlog

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.policy.measures.trust import Trust
from countersign.ports.clock import Clock
from countersign.ports.stores.moderation import ModerationStore
from countersign.service.answers.asked import Asked
from countersign.service.measures.raids import RecentNames

MAX_COUNTERS: Final = 10_000

log = structlog.get_logger()


class RunawayGuard:
    """Watches what refuses whom, and tells which steps of a policy only record for now.

    Strangers do not count: a flood of them is what filters are for. Filters that expect crowds,
    such as rates, are dropped for the sake of trusted people only. A dropped step stays dropped
    until a moderator restores it, or the policy has another revision.
    """

    def __init__(self, store: ModerationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._counters: OrderedDict[tuple[str, ...], RecentNames] = OrderedDict()
        self._dropped: dict[str, dict[str, DroppedStep]] = {}
        self._unsaved: list[DroppedStep] = []

    async def load(self) -> None:
        """Remember what was dropped before the program stopped.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        for step in await self._store.dropped():
            self._dropped.setdefault(step.community, {})[step.step] = step

    def dropped(self, community: str, policy_revision: str) -> Collection[str]:
        """Return the labels of the steps whose findings are only recorded for now."""
        steps = self._dropped.get(community)
        if not steps:
            return ()
        return [step.step for step in steps.values() if step.policy_revision == policy_revision]

    def all(self) -> list[DroppedStep]:
        """Return every dropped step, by community and label."""
        steps = [step for each in self._dropped.values() for step in each.values()]
        return sorted(steps, key=lambda step: (step.community, step.step))

    async def restore(self, community: str, step: str) -> DroppedStep | None:
        """Let a dropped step refuse again; return it, or None if it is not dropped.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        found = self._dropped.get(community, {}).get(step)
        if found is None:
            return None
        await self._store.forget_dropped(community, step)
        self._dropped[community].pop(step, None)
        self._unsaved = [each for each in self._unsaved if each is not found]
        for key in [key for key in self._counters if key[1:3] == (community, step)]:
            del self._counters[key]
        return found

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        rules = asked.policy.guard_rules
        level = asked.event.standing.level
        if not rules.is_on or level.rank < Trust.MEMBER.rank:
            return
        sender, room_id = asked.event.sender, asked.event.room_id
        since = asked.now - rules.per_minutes * 60
        active = self._counter("active", asked.community, room_id)
        active.add(sender, asked.now)
        if recorded.decision.verdict is not Verdict.REFUSE:
            return
        for label in {finding.label for finding in recorded.decision.deciding}:
            if level.rank >= Trust.TRUSTED.rank:
                trusted = self._counter("trusted", asked.community, label)
                trusted.add(sender, asked.now)
                people = trusted.count(since)
                if people >= rules.trusted_people:
                    self._drop(asked, label, f"it refused {people} trusted people")
                    continue
            if _expects_crowds(asked, label):
                continue
            members = self._counter("members", asked.community, label, room_id)
            members.add(sender, asked.now)
            people, writing = members.count(since), active.count(since)
            if people >= rules.people and people * 100 >= rules.people_percent * writing:
                self._drop(
                    asked, label, f"it refused {people} of {writing} people who wrote in {room_id}"
                )

    async def save(self) -> None:
        """Store what was dropped.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        while self._unsaved:
            step = self._unsaved[0]
            await self._store.save_dropped(step)
            if self._unsaved and self._unsaved[0] is step:
                self._unsaved.pop(0)

    def _counter(self, *key: str) -> RecentNames:
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = RecentNames()
            if len(self._counters) > MAX_COUNTERS:
                self._counters.popitem(last=False)
        self._counters.move_to_end(key)
        return counter

    def _drop(self, asked: Asked, label: str, because: str) -> None:
        steps = self._dropped.setdefault(asked.community, {})
        known = steps.get(label)
        if known is not None and known.policy_revision == asked.policy.revision:
            return
        minutes = asked.policy.guard_rules.per_minutes
        step = DroppedStep(
            community=asked.community,
            step=label,
            policy_revision=asked.policy.revision,
            because=f"{because} within {minutes} minutes",
            dropped_ts=self._clock.now_ts(),
        )
        steps[label] = step
        self._unsaved.append(step)
        log.error(
            "a filter refused too many people and was dropped to shadow",
            community=asked.community,
            step=label,
            because=step.because,
            remedy=f"countersign guard restore {label} --community {asked.community}",
        )


def _expects_crowds(asked: Asked, label: str) -> bool:
    return any(
        step.filter.expects_crowds for step in asked.policy.pipeline.steps if step.label == label
    )
