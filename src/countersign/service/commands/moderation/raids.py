"""Commands on raid mode: which community is in a raid, beginning and ending one."""

from typing import Final

from countersign.policy.measures.raid_mode import RaidReport
from countersign.policy.policies.dependencies import raid_steps
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.errors import NotFound
from countersign.service.measures.raids import STRICT_MS, Raids
from countersign.service.policies.policies_in_force import Policies

NO_RAID_STEPS: Final = (
    "No step of this community's policy depends on raid mode, so it changes nothing. Start the "
    "policy from the preset newcomer-safe, or have steps apply to the untrusted: docs/policy.md."
)


class RaidCommands:
    """Shows raids, begins and ends them."""

    def __init__(
        self, raids: Raids, policies: Policies, permissions: Permissions, audit: AuditLog
    ) -> None:
        self._raids = raids
        self._policies = policies
        self._permissions = permissions
        self._audit = audit

    def status(self, actor: Actor) -> list[JsonObject]:
        """Return the raids that are under way, and what came of each so far.

        Raises:
            Forbidden: the actor may see none.
        """
        known = {each.name for each in self._permissions.communities(actor, Command.RAID_STATUS)}
        return [
            self._shown(report)
            for report in self._raids.under_way()
            if report.community in known or actor.is_operator
        ]

    async def begin(
        self,
        actor: Actor,
        *,
        community: object = None,
        lasts_ms: object = None,
        reason: object = "",
        is_strict: object = False,
    ) -> JsonObject:
        """Begin raid mode, or prolong it; return the raid.

        In a strict one no newcomer may write, but in the rooms that the policy leaves open.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or something cannot be.
            StoreUnavailable: it is not stored yet; without this it ends at a restart.
        """
        found = self._permissions.community(actor, Command.RAID_ON, community)
        lasts, because = checked_lasts_ms(lasts_ms), checked_reason(reason)
        if not isinstance(is_strict, bool):
            raise BadJson("Give `is_strict` as true or false.")
        if is_strict and lasts is not None and lasts > STRICT_MS:
            raise BadJson(
                "Strict raid mode ends after two hours at most, as honest newcomers cannot write "
                "meanwhile: give a shorter time, and begin it again if you must."
            )
        async with self._audit.change(actor, Command.RAID_ON, community=found.name) as details:
            before = self._raids.report(found.name)
            details["before"] = None if before is None else raid_to_json(before)
            report = self._raids.begin(
                found.name,
                found.policy.raid_rules,
                because or "a moderator said so",
                lasts_ms=lasts,
                is_strict=is_strict,
            )
            details["after"] = raid_to_json(report)
            await self._raids.save()
        return self._shown(report)

    async def end(self, actor: Actor, *, community: object = None) -> JsonObject:
        """End raid mode; return what came of it.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or there is no raid.
            StoreUnavailable: its end is not stored yet.
        """
        found = self._permissions.community(actor, Command.RAID_OFF, community)
        if self._raids.report(found.name) is None:
            raise NotFound(f"The community {found.name} is in no raid.")
        async with self._audit.change(actor, Command.RAID_OFF, community=found.name) as details:
            report = self._raids.end(found.name)
            if report is None:
                raise NotFound(f"The community {found.name} is in no raid any more.")
            details["before"] = raid_to_json(report)
            await self._raids.save()
        return self._shown(report)

    def _shown(self, report: RaidReport) -> JsonObject:
        community = self._policies.find(report.community)
        steps = () if community is None else raid_steps(community.policy.pipeline)
        return {**raid_to_json(report), "steps": steps, "note": None if steps else NO_RAID_STEPS}


def raid_to_json(report: RaidReport) -> JsonObject:
    """Return a raid as the admin API and the audit log show it."""
    return {
        "community": report.community,
        "because": report.raid.because,
        "started_ts": report.raid.started_ts,
        "suspect_since_ts": report.raid.suspect_since_ts,
        "until_ts": report.raid.until_ts,
        "domains": dict(report.raid.domains),
        "strict_until_ts": report.raid.strict_until_ts or None,
        "messages": len(report.raid.words),
        "ended_ts": report.ended_ts,
        "suspects": report.suspects,
        "joins": report.joins,
        "refused": dict(report.refused),
    }
