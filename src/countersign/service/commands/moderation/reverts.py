"""Reverts of the kinds of changes in the audit log."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.stores.audit import AuditEntry
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.indicators import bad_from_json, bad_to_json
from countersign.service.commands.moderation.raids import raid_to_json
from countersign.service.commands.moderation.trust import given_in
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.known_indicators import KnownIndicators
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.policy_records import ROLLED_BACK


class NothingToRevert(Exception):
    """There is nothing to revert; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan for reverting one change.

    Attributes:
        words: a description of the result.
        revert: carries it out.
    """

    words: str
    revert: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class PlannedState:
    """The state after the reverts that are planned so far, by subject."""

    trust: dict[tuple[str, str], dict[str, Any]]
    raids: dict[str, JsonObject | None]
    allowed: dict[tuple[str, str, str], JsonObject | None]
    revisions: dict[str, str]
    indicators: dict[tuple[str, bytes], JsonObject | None] = field(default_factory=dict)
    spam: dict[bytes, bool] = field(default_factory=dict)
    muted: set[tuple[str | None, str | None]] = field(default_factory=set)


Planner = Callable[[Actor, AuditEntry, PlannedState], Awaitable[Plan]]


class Reverts:
    """Plans reverts; a change can be reverted if the state is still the one that it led to.

    Args:
        register: tokens and frozen actors.
        raids: raid mode.
        activation: puts policies in force; None without a running server.
        confirmed_policies: the communities whose policy changes only with a second person.
    """

    def __init__(
        self,
        *,
        register: AccessRegister,
        records: TrustRecords,
        raids: Raids,
        guard: RunawayGuard,
        indicators: KnownIndicators,
        allowances: Allowances,
        policies: Policies,
        activation: PolicyActivation | None,
        confirmed_policies: Collection[str],
        clock: Clock,
    ) -> None:
        self._register = register
        self._records = records
        self._raids = raids
        self._guard = guard
        self._indicators = indicators
        self._allowances = allowances
        self._policies = policies
        self._activation = activation
        self._confirmed_policies = confirmed_policies
        self._clock = clock
        self.planners: Mapping[str, Planner] = {
            Command.TRUST_SET: self._plan_trust,
            Command.RAID_ON: self._plan_raid_on,
            Command.RAID_OFF: self._plan_raid_off,
            Command.GUARD_RESTORE: self._plan_guard,
            Command.INDICATORS_ADD: self._plan_indicator,
            Command.INDICATORS_REMOVE: self._plan_indicator,
            Command.DECISIONS_ALLOW: self._plan_allow,
            Command.DECISIONS_ALLOW_HERE: self._plan_allow,
            Command.POLICY_ACTIVATE: self._plan_policy,
            Command.POLICY_ROLLBACK: self._plan_policy,
            Command.TOKENS_CREATE: self._plan_token,
            Command.FREEZE: self._plan_freeze,
        }
        """Planner of each command whose changes can be reverted; each raises `NothingToRevert`."""

    async def _plan_trust(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        before, after = entry.details["before"], entry.details["after"]
        key = (entry.community or "", entry.subject or "")
        present = moment.trust.get(key) or given_in(await self._records.find(*key))
        if present != after:
            raise NothingToRevert("Changed since.")
        until_ts = before["until_ts"]
        is_over = until_ts is not None and until_ts <= self._clock.now_ts()
        level = None if before["level"] is None or is_over else Trust(before["level"])
        moment.trust[key] = before

        async def revert() -> None:
            reason = before["reason"]
            await self._records.set_level(*key, level, until_ts=until_ts, reason=reason)

        return Plan(f"Given again: {level or 'no level'}.", revert)

    async def _plan_indicator(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        before, after = entry.details["before"], entry.details.get("after")
        key = entry.community or "", bytes.fromhex((after or before)["id"])
        bad = self._indicators.find_bad(key, self._clock.now_ts())
        present = moment.indicators.get(key, bad and bad_to_json(bad))
        if present != after:
            raise NothingToRevert("Changed since.")
        moment.indicators[key] = before

        async def revert() -> None:
            if before is None:
                await self._indicators.remove_bad(key)
            else:
                await self._indicators.store_bad(bad_from_json(before))

        return Plan("Not bad any more." if before is None else "Bad again, as before.", revert)

    async def _plan_raid_on(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        before, after = entry.details["before"], entry.details["after"]
        community = entry.community or ""
        present = self._present_raid(community, moment)
        if present is None or present["started_ts"] != after["started_ts"]:
            raise NothingToRevert("That raid is over.")
        if present["until_ts"] != after["until_ts"]:
            raise NothingToRevert("Changed since.")
        is_over = before is None or before["until_ts"] <= self._clock.now_ts()
        moment.raids[community] = None if is_over else before

        async def revert() -> None:
            if is_over:
                self._raids.end(community)
            else:
                await self._raids.put_back(_raid_from_json(before))
            await self._raids.save()

        return Plan("Raid mode ended." if is_over else "Its former end given back.", revert)

    async def _plan_raid_off(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        before = entry.details["before"]
        community = entry.community or ""
        if self._present_raid(community, moment) is not None:
            raise NothingToRevert("The community is in a raid again.")
        if before["until_ts"] <= self._clock.now_ts():
            raise NothingToRevert("It would be over by now.")
        resumed = {**before, "ended_ts": None}
        moment.raids[community] = resumed

        async def revert() -> None:
            await self._raids.put_back(_raid_from_json(resumed))
            await self._raids.save()

        return Plan("Raid mode goes on.", revert)

    async def _plan_guard(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        step = DroppedStep(**entry.details["before"])
        community = self._policies.find(step.community)
        if community is None or community.policy.revision != step.policy_revision:
            raise NothingToRevert("The policy has changed since.")
        if step.step in self._guard.dropped(step.community, step.policy_revision):
            raise NothingToRevert("It is dropped again.")

        async def revert() -> None:
            await self._guard.drop_again(step)

        return Plan("It only records again.", revert)

    async def _plan_allow(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:
        before, after = entry.details["before"], entry.details["after"]
        key = (after["community"], after["sender"], after["fingerprint"])
        allowed = self._allowances.current(*key)
        present = moment.allowed.get(key, None if allowed is None else _plain(allowed))
        if present is None:
            raise NothingToRevert("It has ended.")
        if present["until_ts"] != after["until_ts"]:
            raise NothingToRevert("Changed since.")
        is_over = before is None or before["until_ts"] <= self._clock.now_ts()
        former = None if is_over else _allowance(before)
        moment.allowed[key] = None if is_over else before

        async def revert() -> None:
            await self._allowances.withdraw(_allowance(after), former, actor=actor.name)

        return Plan("Withdrawn." if is_over else "Its former end given back.", revert)

    async def _plan_policy(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:
        before, after = entry.details["before"], entry.details["after"]
        name = entry.community or ""
        community = self._policies.find(name)
        present = moment.revisions.get(name, community and community.policy.revision)
        if present != after:
            raise NothingToRevert("Changed since.")
        if before is None:
            raise NothingToRevert("There was no policy before: countersign policy show")
        activation = self._activation
        if activation is None:
            raise NothingToRevert("A running server can: start it, and say this again.")
        if name in self._confirmed_policies:
            is_second_step = name in moment.revisions
            if is_second_step or await activation.records.is_rolled_back(name):
                raise NothingToRevert(
                    "Without a second person, only the last change is taken back. See the older "
                    "ones with: countersign policy list"
                )
        moment.revisions[name] = before

        async def revert() -> None:
            _, document = await activation.find(name, before)
            await activation.activate(name, document, actor=actor.name, what=ROLLED_BACK)

        return Plan(f"The policy {before} is in force again.", revert)

    async def _plan_token(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        token = self._register.find_token(entry.subject or "")
        if entry.result != "done" or token is None or self._register.is_revoked(token):
            raise NothingToRevert("There is no such token any more.")

        async def revert() -> None:
            await self._register.revoke(token)

        return Plan("The token is revoked.", revert)

    async def _plan_freeze(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:  # noqa: ARG002
        name = entry.subject or ""
        if not self._register.is_frozen(name):
            raise NothingToRevert("They are not frozen any more.")

        async def revert() -> None:
            await self._register.unfreeze(name)

        return Plan("They are unfrozen.", revert)

    def _present_raid(self, community: str, moment: PlannedState) -> JsonObject | None:
        if community in moment.raids:
            return moment.raids[community]
        report = self._raids.report(community)
        return None if report is None else raid_to_json(report)


def _raid_from_json(value: JsonObject) -> RaidReport:
    return RaidReport(
        community=value["community"],
        raid=Raid(
            because=value["because"],
            started_ts=value["started_ts"],
            suspect_since_ts=value["suspect_since_ts"],
            until_ts=value["until_ts"],
            domains=value["domains"],
            strict_until_ts=value.get("strict_until_ts") or 0,
            strict_since_ts=value.get("strict_since_ts") or 0,
        ),
        ended_ts=value["ended_ts"],
        suspects=value["suspects"],
        joins=value["joins"],
        refused=value["refused"],
    )


def _allowance(value: JsonObject) -> Allowance:
    return Allowance(**{**value, "steps": tuple(value["steps"])})


def _plain(allowance: Allowance) -> JsonObject:
    return {"until_ts": allowance.until_ts, "reference": allowance.reference}
