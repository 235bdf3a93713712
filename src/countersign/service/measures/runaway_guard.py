"""The runaway guard: a filter that refuses too many people whom the community knows is dropped."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.durations import HOUR_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.measures.runaway_guard import DroppedStep, GuardRules, StepChange
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.differences import step_fingerprints
from countersign.ports.clock import Clock
from countersign.ports.stores.moderation import ModerationStore
from countersign.service.answers.asked import Asked
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.measures.recent_people import RecentPeople
from countersign.service.policies.policies_in_force import Community

MAX_COUNTERS: Final = 10_000

WasAllowed = Callable[[str, str, int], bool]
"""Tells whether a moderator allowed what a step refused: community, label, since when in ms."""

log = structlog.get_logger()


def _nothing_was_allowed(community: str, step: str, since_ts: int) -> bool:  # noqa: ARG001
    return False


class RunawayGuard:
    """Watches what refuses whom, and tells which steps of a policy only record for now.

    The guard is for mistakes in a policy, and must be of no use to those whom the policy refuses:

    - Only people count who were known for long enough before the step became what it is. Strangers
      never do: a flood of them is what filters are for.
    - One registrable domain counts for half of the people needed at most.
    - A step can be dropped for a while after it was changed, or after a moderator allowed something
      that it refused. A step that a moderator restored stays in force until it is changed.
    - Steps that refuse people whom moderators or policy lists named are never dropped, and those
      whom they refuse count against no other step.
    - Of steps that refuse by their weights together only those count without which the rest would
      not reach the threshold.
    - Filters that expect crowds, such as rates, are dropped for the sake of trusted people only.

    A dropped step stays dropped until a moderator restores it, or the policy has another revision.

    Args:
        store: keeps what was dropped, and since when each step is as it is.
        clock: tells the time.
        registrable_domain: of a host.
        was_allowed: tells what moderators allowed.
    """

    def __init__(
        self,
        store: ModerationStore,
        clock: Clock,
        *,
        registrable_domain: RegistrableDomain = str,
        was_allowed: WasAllowed = _nothing_was_allowed,
    ) -> None:
        self._store = store
        self._clock = clock
        self._registrable_domain = registrable_domain
        self._was_allowed = was_allowed
        self._counters: BoundedMapping[tuple[str, ...], RecentPeople] = BoundedMapping(MAX_COUNTERS)
        self._changes: dict[str, dict[str, StepChange]] = {}
        self._dropped: dict[str, dict[str, DroppedStep]] = {}
        self._unsaved: list[DroppedStep] = []
        self._unsaved_changes: dict[tuple[str, str], StepChange | None] = {}

    async def load(self) -> None:
        """Remember what was dropped before the program stopped, and when steps were changed.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        for step in await self._store.dropped():
            self._dropped.setdefault(step.community, {})[step.step] = step
        for change in await self._store.step_changes():
            self._changes.setdefault(change.community, {})[change.step] = change

    def policies_in_force(self, communities: Iterable[Community]) -> None:
        """Note which steps are new or changed in the policies that are in force from now on."""
        now_ts = self._clock.now_ts()
        before, self._changes = self._changes, {}
        for community in communities:
            known = before.pop(community.name, {})
            steps = self._changes[community.name] = {}
            for label, fingerprint in step_fingerprints(community.policy).items():
                change = known.pop(label, None)
                if change is None or change.fingerprint != fingerprint:
                    change = self._note(
                        StepChange(
                            community=community.name,
                            step=label,
                            fingerprint=fingerprint,
                            changed_ts=now_ts,
                        )
                    )
                    self._forget_counted(community.name, label)
                steps[label] = change
            before[community.name] = known
        for name, gone in before.items():
            self._unsaved_changes |= {(name, label): None for label in gone}

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

        It is not dropped again before it is changed.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        found = self._dropped.get(community, {}).get(step)
        if found is None:
            return None
        await self._store.forget_dropped(community, step)
        self._dropped[community].pop(step, None)
        self._unsaved = [each for each in self._unsaved if each is not found]
        self._forget_counted(community, step)
        change = self._changes.get(community, {}).get(step)
        if change is not None:
            self._changes[community][step] = self._note(replace(change, is_restored=True))
            await self.save()
        return found

    async def drop_again(self, step: DroppedStep) -> None:
        """Take back that a step was restored.

        Raises:
            StoreUnavailable: it is dropped, and stored later.
        """
        self._dropped.setdefault(step.community, {})[step.step] = step
        self._unsaved.append(step)
        change = self._changes.get(step.community, {}).get(step.step)
        if change is not None:
            self._changes[step.community][step.step] = self._note(
                replace(change, is_restored=False)
            )
        await self.save()

    def settled(self, asked: Asked, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        rules = asked.policy.guard_rules
        if not rules.is_on or asked.event.standing.level.rank < Trust.MEMBER.rank:
            return
        sender, room_id = asked.event.sender, asked.event.room_id
        domain = domain_of_server(asked.event.server, self._registrable_domain)
        since = asked.now - rules.per_minutes * 60
        active = self._counter("active", asked.community, room_id)
        active.add(sender, domain, asked.now)
        decision = recorded.decision
        if decision.verdict is not Verdict.REFUSE:
            return
        protected = _naming_people(asked)
        if any(finding.label in protected for finding in decision.findings):
            return
        for label in decision.indispensable_labels:
            change = self._changes.get(asked.community, {}).get(label)
            if change is None or change.is_restored:
                continue  # what is no step of the policy in force is not dropped either
            level = asked.event.standing.established_before(
                change.changed_ts, asked.policy.trust_rules
            )
            if level is None or not self._is_suspect(change, rules, asked.now_ts):
                continue
            if level.rank >= Trust.TRUSTED.rank:
                trusted = self._counter("trusted", asked.community, label)
                trusted.add(sender, domain, asked.now)
                people = trusted.count(since, most_of_one_domain=_half(rules.trusted_people))
                if people >= rules.trusted_people:
                    self._drop(asked, label, f"it refused {people} trusted people")
                    continue
            if _expects_crowds(asked, label):
                continue
            members = self._counter("members", asked.community, label, room_id)
            members.add(sender, domain, asked.now)
            people = members.count(since, most_of_one_domain=_half(rules.people))
            writing = active.count(since)
            if people >= rules.people and people * 100 >= rules.people_percent * writing:
                self._drop(
                    asked, label, f"it refused {people} of {writing} people who wrote in {room_id}"
                )

    async def save(self) -> None:
        """Store what was dropped and what was changed.

        Raises:
            StoreUnavailable: it is stored the next time.
        """
        while self._unsaved:
            step = self._unsaved[0]
            await self._store.save_dropped(step)
            if self._unsaved and self._unsaved[0] is step:
                self._unsaved.pop(0)
        changes = dict(self._unsaved_changes)
        if not changes:
            return
        await self._store.save_step_changes(
            [change for change in changes.values() if change is not None],
            forget=[key for key, change in changes.items() if change is None],
        )
        for key, change in changes.items():
            if self._unsaved_changes.get(key) is change:
                del self._unsaved_changes[key]

    def _is_suspect(self, change: StepChange, rules: GuardRules, now_ts: int) -> bool:
        """Tell whether the step may have gone wrong: it is new, or a moderator overruled it."""
        since_ts = now_ts - rules.changed_hours * HOUR_MS
        return change.changed_ts >= since_ts or self._was_allowed(
            change.community, change.step, since_ts
        )

    def _note(self, change: StepChange) -> StepChange:
        self._unsaved_changes[change.community, change.step] = change
        return change

    def _counter(self, *key: str) -> RecentPeople:
        counter = self._counters.use(key)
        if counter is None:
            counter = self._counters[key] = RecentPeople()
        return counter

    def _forget_counted(self, community: str, step: str) -> None:
        kinds = ("trusted", "members")
        for key in [key for key in self._counters if key[0] in kinds]:
            if key[1:3] == (community, step):
                del self._counters[key]

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


def _half(people: int) -> int:
    return max(1, people // 2)


def _naming_people(asked: Asked) -> frozenset[str]:
    steps = asked.policy.pipeline.steps
    return frozenset(step.label for step in steps if step.filter.names_people())


def _expects_crowds(asked: Asked, label: str) -> bool:
    return any(
        step.filter.expects_crowds for step in asked.policy.pipeline.steps if step.label == label
    )
