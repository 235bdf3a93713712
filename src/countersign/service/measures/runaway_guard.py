"""The runaway guard: it drops steps that refuse too many established people to shadow."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from countersign.basics.durations import HOUR_MS, MINUTE_MS
from countersign.basics.recent_actions import RecentActions
from countersign.policy.decisions import Decision, RecordedDecision, Verdict
from countersign.policy.measures.runaway_guard import DroppedStep, GuardRules, StepChange
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.dependencies import steps_expecting_crowds, steps_naming_people
from countersign.policy.policies.differences import step_fingerprints
from countersign.ports.clock import Clock
from countersign.ports.counters import Counters
from countersign.ports.people_counts import PeopleByGroup, Person, ignore_counts
from countersign.ports.stores.moderation import ModerationStore
from countersign.service.answers.event_context import EventContext
from countersign.service.limits.registrable_domains import RegistrableDomain, domain_of_server
from countersign.service.policies.policies_in_force import Community

WasAllowed = Callable[[str, str, int], bool]
"""Returns True if a moderator allowed a refusal by a step: community, label, since when in ms."""

MAX_WRITERS: Final = 20_000
_TIMES_COUNTED: Final = 10
"""Number of times within the guard's window that an active person is counted."""

log = structlog.get_logger()


def _nothing_was_allowed(community: str, step: str, since_ts: int) -> bool:  # noqa: ARG001
    return False


class RunawayGuard:
    """Counts whom each step refuses, and names the steps that are dropped to shadow.

    The guard is for mistakes in a policy. Those whom the policy refuses must not be able to use it:

    - Only people count who were known for long enough before the step last changed. Strangers never
      count: filters exist to refuse floods of them.
    - One registrable domain provides at most half of the people needed.
    - A step can be dropped for a while after it was changed, or after a moderator allowed something
      that it refused. A step that a moderator restored stays in force until it is changed.
    - Steps that refuse people named by moderators or policy lists are never dropped, and the people
      whom they refuse do not count against other steps.
    - If several steps refuse together by their weights, only those count without which the sum
      would be below the threshold.
    - For filters that limit crowds, such as rates, only trusted people count.

    A dropped step stays dropped until a moderator restores it, or the policy has another revision.

    Args:
        store: keeps dropped steps, and the time of each step's last change.
        counters: count people.
        registrable_domain: the registrable domain of a host.
        was_allowed: knows what moderators allowed.
    """

    def __init__(
        self,
        store: ModerationStore,
        clock: Clock,
        counters: Counters,
        *,
        registrable_domain: RegistrableDomain = str,
        was_allowed: WasAllowed = _nothing_was_allowed,
    ) -> None:
        self._store = store
        self._clock = clock
        self._counters = counters
        self._registrable_domain = registrable_domain
        self._was_allowed = was_allowed
        self._counted = RecentActions(MAX_WRITERS)
        self._changes: dict[str, dict[str, StepChange]] = {}
        self._dropped: dict[str, dict[str, DroppedStep]] = {}
        self._unsaved: list[DroppedStep] = []
        self._unsaved_changes: dict[tuple[str, str], StepChange | None] = {}

    async def load(self) -> None:
        """Read which steps are dropped, by any process, and when each step was changed.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        dropped, changes = await self._store.dropped(), await self._store.step_changes()
        self._dropped.clear()
        for step in (*dropped, *self._unsaved):
            self._dropped.setdefault(step.community, {})[step.step] = step
        for change in changes:
            if (change.community, change.step) not in self._unsaved_changes:
                self._changes.setdefault(change.community, {})[change.step] = change

    def policies_in_force(self, communities: Iterable[Community]) -> None:
        """Record which steps are new or changed in policies that take effect now."""
        now_ts = self._clock.now_ts()
        before, self._changes = self._changes, {}
        for community in communities:
            steps_before = before.pop(community.name, {})
            steps = self._changes[community.name] = {}
            for label, fingerprint in step_fingerprints(community.policy).items():
                change = steps_before.pop(label, None)
                if change is None or change.fingerprint != fingerprint:
                    change = self._note(
                        StepChange(
                            community=community.name,
                            step=label,
                            fingerprint=fingerprint,
                            changed_ts=now_ts,
                        )
                    )
                steps[label] = change
            before[community.name] = steps_before
        for name, old_steps in before.items():
            self._unsaved_changes |= {(name, label): None for label in old_steps}

    def dropped(self, community: str, policy_revision: str) -> Collection[str]:
        """Return the labels of the dropped steps, whose findings are only recorded."""
        steps = self._dropped.get(community)
        if not steps:
            return ()
        return [step.step for step in steps.values() if step.policy_revision == policy_revision]

    def all(self) -> list[DroppedStep]:
        """Return every dropped step, by community and label."""
        steps = [step for each in self._dropped.values() for step in each.values()]
        return sorted(steps, key=lambda step: (step.community, step.step))

    async def restore(self, community: str, step: str) -> DroppedStep | None:
        """Put a dropped step back in force; return it, or None if it is not dropped.

        It is not dropped again until it is changed.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        dropped = self._dropped.get(community, {}).get(step)
        if dropped is None:
            return None
        await self._store.forget_dropped(community, step)
        self._dropped[community].pop(step, None)
        self._unsaved = [each for each in self._unsaved if each is not dropped]
        change = self._changes.get(community, {}).get(step)
        if change is not None:
            self._changes[community][step] = self._note(replace(change, is_restored=True))
            await self.save()
        return dropped

    async def drop_again(self, step: DroppedStep) -> None:
        """Undo the restoration of a step.

        Raises:
            StoreUnavailable: the step is dropped, and this is stored later.
        """
        self._dropped.setdefault(step.community, {})[step.step] = step
        self._unsaved.append(step)
        change = self._changes.get(step.community, {}).get(step.step)
        if change is not None:
            self._changes[step.community][step.step] = self._note(
                replace(change, is_restored=False)
            )
        await self.save()

    def settled(self, context: EventContext, recorded: RecordedDecision) -> None:
        """See `Observer.settled`."""
        rules, event = context.policy.guard_rules, context.event
        if not rules.is_on or event.standing.level.rank < Trust.MEMBER.rank:
            return
        is_refused = recorded.decision.verdict is Verdict.REFUSE
        refused_by = list(self._refused_by(context, recorded.decision)) if is_refused else []
        often = rules.per_minutes * 60 / _TIMES_COUNTED
        writer = context.community, rules.per_minutes, event.room_id, event.sender
        if not self._counted.is_due(writer, context.now, often) and not refused_by:
            return
        people = [self._person(context, "active", event.room_id)]
        expecting = steps_expecting_crowds(context.policy.pipeline) if refused_by else ()
        labels: list[tuple[str, bool]] = []
        for label, is_trusted in refused_by:
            if is_trusted:
                labels.append((label, True))
                people.append(self._person(context, "trusted", *self._counted_as(context, label)))
            if label not in expecting:
                labels.append((label, False))
                name = *self._counted_as(context, label), event.room_id
                people.append(self._person(context, "members", *name))
        on_counts = (
            partial(self._drop_excessive_steps, context, labels) if labels else ignore_counts
        )
        self._counters.note_people(context.community, people, on_counts)

    def _refused_by(self, context: EventContext, decision: Decision) -> Iterable[tuple[str, bool]]:
        """Yield the steps whose refusal counts for the guard, and True if the sender is trusted.

        `decision` is a refusal.
        """
        rules = context.policy.guard_rules
        protected = steps_naming_people(context.policy.pipeline)
        if any(finding.label in protected for finding in decision.findings):
            return
        for label in decision.indispensable_labels:
            change = self._changes.get(context.community, {}).get(label)
            if change is None or change.is_restored:
                continue  # findings of other sources than a step of the policy in force
            level = context.event.standing.established_before(
                change.changed_ts, context.policy.trust_rules
            )
            if level is not None and self._is_suspect(change, rules, context.now_ts):
                yield label, level.rank >= Trust.TRUSTED.rank

    def _drop_excessive_steps(
        self, context: EventContext, labels: list[tuple[str, bool]], groups: Sequence[PeopleByGroup]
    ) -> None:
        rules = context.policy.guard_rules
        writing = sum(groups[0].values())
        for (label, is_trusted), by_domain in zip(labels, groups[1:], strict=True):
            needed = rules.trusted_people if is_trusted else rules.people
            # Maximum number of people of one domain that count.
            people = sum(min(count, max(1, needed // 2)) for count in by_domain.values())
            if people < needed:
                continue
            if is_trusted:
                self._drop(context, label, f"it refused {people} trusted people")
            elif people * 100 >= rules.people_percent * writing:
                wrote = f"{writing} people who wrote in {context.event.room_id}"
                self._drop(context, label, f"it refused {people} of {wrote}")

    async def save(self) -> None:
        """Store dropped steps and times of changes.

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
        """Return True if the step was changed lately, or a moderator allowed what it refused."""
        since_ts = now_ts - rules.changed_hours * HOUR_MS
        return change.changed_ts >= since_ts or self._was_allowed(
            change.community, change.step, since_ts
        )

    def _note(self, change: StepChange) -> StepChange:
        self._unsaved_changes[change.community, change.step] = change
        return change

    def _person(self, context: EventContext, *what: str) -> Person:
        return Person(
            ("guard", *what),
            context.policy.guard_rules.per_minutes * MINUTE_MS,
            context.event.sender,
            domain_of_server(context.event.server, self._registrable_domain),
        )

    def _counted_as(self, context: EventContext, label: str) -> tuple[str, str]:
        """Return the counter's name for a step; it differs after each change or restoration."""
        change = self._changes[context.community][label]
        return label, f"{change.fingerprint} {change.changed_ts} {change.is_restored}"

    def _drop(self, context: EventContext, label: str, because: str) -> None:
        steps = self._dropped.setdefault(context.community, {})
        dropped_before = steps.get(label)
        if dropped_before is not None and dropped_before.policy_revision == context.policy.revision:
            return
        minutes = context.policy.guard_rules.per_minutes
        step = DroppedStep(
            community=context.community,
            step=label,
            policy_revision=context.policy.revision,
            because=f"{because} within {minutes} minutes",
            dropped_ts=self._clock.now_ts(),
        )
        steps[label] = step
        self._unsaved.append(step)
        log.error(
            "a filter refused too many people and was dropped to shadow",
            community=context.community,
            step=label,
            because=step.because,
            remedy=f"countersign guard restore {label} --community {context.community}",
        )
