"""Undo: what an actor changed since a moment, and reverting what can be reverted."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from countersign.policy.measures.allowances import Allowance
from countersign.policy.measures.raid_mode import Raid, RaidReport
from countersign.policy.measures.runaway_guard import DroppedStep
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor, ActorKind
from countersign.ports.clock import Clock
from countersign.ports.stores.audit import AuditEntry, AuditStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.access import AccessRegister
from countersign.service.commands.audit import AuditLog
from countersign.service.commands.permissions import Command, Permissions
from countersign.service.commands.raids import raid_to_json
from countersign.service.commands.trust import given_in
from countersign.service.measures.allowances import Allowances
from countersign.service.measures.raids import Raids
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.policy_activation import ROLLED_BACK, PolicyActivation

MAX_ENTRIES: Final = 10_000
PAGE: Final = 1_000

_BY_HAND: Final = {
    Command.ROOMS_JOIN: "Leave it again: countersign rooms leave {subject}",
    Command.ROOMS_REJOIN: "Leave it again: countersign rooms leave {subject}",
    Command.ROOMS_LEAVE: "Join it again: countersign rooms join {subject} --via SERVER",
    Command.ROOMS_CHECK: "It changed nothing of its own.",
    Command.POLICY_RELOAD: "Take an earlier policy: countersign policy rollback",
    Command.TOKENS_REVOKE: "Make another token: countersign tokens create",
    Command.UNFREEZE: "Freeze them again: countersign freeze {subject}",
    Command.UNDO: "Do by hand what it reverted, if that was wrong.",
}
"""Advice, by command, on reverting by hand a change that is not reverted here."""


class _Settled(Exception):
    """There is nothing to revert; says why."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Plan for reverting one change.

    Attributes:
        words: what it comes to.
        revert: does it.
    """

    words: str
    revert: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Moment:
    """State that the steps planned so far will lead to, keyed by what it is about."""

    trust: dict[tuple[str, str], dict[str, Any]]
    raids: dict[str, JsonObject | None]
    allowed: dict[tuple[str, str, str], JsonObject | None]
    revisions: dict[str, str]


class UndoCommands:
    """Lists what an actor changed, and reverts it, the newest change first.

    A change is reverted only if things still stand as it left them: what somebody else has changed
    since is theirs.
    """

    def __init__(
        self,
        store: AuditStore,
        *,
        register: AccessRegister,
        records: TrustRecords,
        raids: Raids,
        guard: RunawayGuard,
        allowances: Allowances,
        policies: Policies,
        activation: PolicyActivation | None,
        permissions: Permissions,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._register = register
        self._records = records
        self._raids = raids
        self._guard = guard
        self._allowances = allowances
        self._policies = policies
        self._activation = activation
        self._permissions = permissions
        self._audit = audit
        self._clock = clock
        self._planners: Mapping[str, Callable[[Actor, AuditEntry, _Moment], Awaitable[_Plan]]] = {
            Command.TRUST_SET: self._plan_trust,
            Command.RAID_ON: self._plan_raid_on,
            Command.RAID_OFF: self._plan_raid_off,
            Command.GUARD_RESTORE: self._plan_guard,
            Command.DECISIONS_ALLOW: self._plan_allow,
            Command.POLICY_ACTIVATE: self._plan_policy,
            Command.POLICY_ROLLBACK: self._plan_policy,
            Command.TOKENS_CREATE: self._plan_token,
            Command.FREEZE: self._plan_freeze,
        }

    async def undo(
        self, actor: Actor, *, by: object, since_ts: int, is_dry_run: bool = True
    ) -> list[JsonObject]:
        """Return what an actor changed since a moment, the newest first; revert it unless told not.

        Whoever is not an operator undoes what moderators changed in the communities that they lead;
        nothing else exists for them.

        Args:
            actor: who undoes.
            by: the name of the actor whose changes are meant.
            since_ts: from when on, in ms since the epoch.
            is_dry_run: tell only what would be done.

        Returns:
            Of each change what it was, `is_undone` (or would be), and in `words` how or why not.

        Raises:
            Forbidden: the actor may undo nothing.
            BadJson: no actor is named.
            StoreUnavailable: not all is reverted; do it again.
        """
        known = {each.name for each in self._permissions.communities(actor, Command.UNDO)}
        if not isinstance(by, str) or not by:
            raise BadJson("Name the actor, as the audit log shows it.")
        entries = await self._changes(by, since_ts)
        moment = _Moment({}, {}, {}, {})
        done: list[JsonObject] = []
        for entry in entries:
            is_theirs = entry.community in known and entry.kind == ActorKind.MODERATOR
            if actor.is_operator or is_theirs:
                done.append(await self._undo(actor, entry, moment, is_dry_run=is_dry_run))
        return done

    async def _changes(self, by: str, since_ts: int) -> list[AuditEntry]:
        changing = {*self._planners, *_BY_HAND}
        found: list[AuditEntry] = []
        before_id = None
        while len(found) < MAX_ENTRIES:
            page = await self._store.latest(
                actor=by, since_ts=since_ts, before_id=before_id, limit=PAGE
            )
            found += [entry for entry in page if entry.command in changing]
            if len(page) < PAGE:
                break
            before_id = page[-1].entry_id
        return found

    async def _undo(
        self, actor: Actor, entry: AuditEntry, moment: _Moment, *, is_dry_run: bool
    ) -> JsonObject:
        is_undone, words = False, ""
        try:
            plan = await self._plan(actor, entry, moment)
        except _Settled as reason:
            words = str(reason)
        else:
            is_undone, words = True, plan.words
            if not is_dry_run:
                async with self._audit.change(
                    actor,
                    Command.UNDO,
                    community=entry.community,
                    subject=entry.subject,
                    details={"entry": entry.entry_id, "by": entry.actor, "command": entry.command},
                ):
                    await plan.revert()
        return {
            "entry_id": entry.entry_id,
            "ts": entry.ts,
            "command": entry.command,
            "community": entry.community,
            "subject": entry.subject,
            "is_undone": is_undone,
            "words": words,
        }

    async def _plan(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:
        planner = self._planners.get(entry.command)
        if planner is None:
            raise _Settled(_BY_HAND[Command(entry.command)].format(subject=entry.subject))
        try:
            return await planner(actor, entry, moment)
        except (KeyError, TypeError, ValueError):
            if entry.result is None:
                raise _Settled("It is not known whether it was done.") from None
            raise _Settled(f"It was not done: {entry.result}") from None

    async def _plan_trust(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:  # noqa: ARG002
        before, after = entry.details["before"], entry.details["after"]
        key = (entry.community or "", entry.subject or "")
        present = moment.trust.get(key) or given_in(await self._records.find(*key))
        if present != after:
            raise _Settled("Changed since.")
        until_ts = before["until_ts"]
        is_over = until_ts is not None and until_ts <= self._clock.now_ts()
        level = None if before["level"] is None or is_over else Trust(before["level"])
        moment.trust[key] = before

        async def revert() -> None:
            reason = before["reason"]
            await self._records.give(*key, level, until_ts=until_ts, reason=reason)

        return _Plan(f"Given again: {level or 'no level'}.", revert)

    async def _plan_raid_on(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:  # noqa: ARG002
        before, after = entry.details["before"], entry.details["after"]
        community = entry.community or ""
        present = self._present_raid(community, moment)
        if present is None or present["started_ts"] != after["started_ts"]:
            raise _Settled("That raid is over.")
        if present["until_ts"] != after["until_ts"]:
            raise _Settled("Changed since.")
        is_over = before is None or before["until_ts"] <= self._clock.now_ts()
        moment.raids[community] = None if is_over else before

        async def revert() -> None:
            if is_over:
                self._raids.end(community)
            else:
                self._raids.put_back(_raid_from_json(before))
            await self._raids.save()

        return _Plan("Raid mode ended." if is_over else "Its former end given back.", revert)

    async def _plan_raid_off(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:  # noqa: ARG002
        before = entry.details["before"]
        community = entry.community or ""
        if self._present_raid(community, moment) is not None:
            raise _Settled("The community is in a raid again.")
        if before["until_ts"] <= self._clock.now_ts():
            raise _Settled("It would be over by now.")
        resumed = {**before, "ended_ts": None}
        moment.raids[community] = resumed

        async def revert() -> None:
            self._raids.put_back(_raid_from_json(resumed))
            await self._raids.save()

        return _Plan("Raid mode goes on.", revert)

    async def _plan_guard(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:  # noqa: ARG002
        step = DroppedStep(**entry.details["before"])
        community = self._policies.find(step.community)
        if community is None or community.policy.revision != step.policy_revision:
            raise _Settled("The policy has changed since.")
        if step.step in self._guard.dropped(step.community, step.policy_revision):
            raise _Settled("It is dropped again.")

        async def revert() -> None:
            await self._guard.drop_again(step)

        return _Plan("It only records again.", revert)

    async def _plan_allow(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:
        before, after = entry.details["before"], entry.details["after"]
        key = (after["community"], after["sender"], after["fingerprint"])
        allowed = self._allowances.current(*key)
        present = moment.allowed.get(key, None if allowed is None else _plain(allowed))
        if present is None:
            raise _Settled("It has ended.")
        if present["until_ts"] != after["until_ts"]:
            raise _Settled("Changed since.")
        is_over = before is None or before["until_ts"] <= self._clock.now_ts()
        former = None if is_over else _allowance(before)
        moment.allowed[key] = None if is_over else before

        async def revert() -> None:
            await self._allowances.withdraw(_allowance(after), former, actor=actor.name)

        return _Plan("Withdrawn." if is_over else "Its former end given back.", revert)

    async def _plan_policy(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:
        before, after = entry.details["before"], entry.details["after"]
        name = entry.community or ""
        community = self._policies.find(name)
        present = moment.revisions.get(name, community and community.policy.revision)
        if present != after:
            raise _Settled("Changed since.")
        if before is None:
            raise _Settled("There was no policy before: countersign policy show")
        activation = self._activation
        if activation is None:
            raise _Settled("A running server can: start it, and say this again.")
        moment.revisions[name] = before

        async def revert() -> None:
            _, document = await activation.find(name, before)
            await activation.activate(name, document, actor=actor.name, what=ROLLED_BACK)

        return _Plan(f"The policy {before} is in force again.", revert)

    async def _plan_token(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:  # noqa: ARG002
        token = self._register.find_token(entry.subject or "")
        if entry.result != "done" or token is None or token.revoked_ts is not None:
            raise _Settled("There is no such token any more.")

        async def revert() -> None:
            await self._register.revoke(token)

        return _Plan("The token is revoked.", revert)

    async def _plan_freeze(self, actor: Actor, entry: AuditEntry, moment: _Moment) -> _Plan:  # noqa: ARG002
        name = entry.subject or ""
        if not self._register.is_frozen(name):
            raise _Settled("They are not frozen any more.")

        async def revert() -> None:
            await self._register.unfreeze(name)

        return _Plan("They are unfrozen.", revert)

    def _present_raid(self, community: str, moment: _Moment) -> JsonObject | None:
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
