"""Commands on raid mode: show, start and end it."""

from dataclasses import asdict
from typing import Final

from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.measures.raid_mode import STRICT_MS, RaidReport, Strictness
from countersign.policy.policies.dependencies import raid_steps, strict_raid_steps
from countersign.ports.actors import Actor
from countersign.ports.stores.confirmations import Confirmation
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.measures.raids import Raids
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Community, Policies
from countersign.service.recent_messages.crowds import Crowds

NO_RAID_STEPS: Final = (
    "No step of this community's policy depends on raid mode, so it changes nothing. Start the "
    "policy from the preset newcomer-safe, or have steps apply to the untrusted: docs/policy.md."
)
NO_STRICT_STEPS: Final = (
    "No step of this community's policy refuses newcomers in strict raid mode, so they can still "
    "write. Start the policy from the preset newcomer-safe, or add a rule on raid.is_strict: "
    "docs/policy.md."
)


LONGEST_STRICT_MS: Final = DAY_MS
"""Maximum duration of strict raid mode; beyond `STRICT_MS` a second person must confirm it."""


class RaidCommands(CommandGroup):
    """Shows, starts and ends raid mode.

    Args:
        raids: the current raids.
        crowds: know of crowds that may be raids.
        policies: have the steps that depend on raid mode.
        confirmations: keep a long strict raid mode until a second person confirms it.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        raids: Raids,
        crowds: Crowds,
        policies: Policies,
        confirmations: Confirmations,
    ) -> None:
        super().__init__(needs)
        self._raids = raids
        self._crowds = crowds
        self._policies = policies
        self._confirmations = confirmations
        confirmations.on_confirmed(Command.RAID_ON, self._carry_out)

    def status(self, actor: Actor) -> list[JsonObject]:
        """Return the current raids, with their counts."""
        community_names = self._permissions.community_names(actor, Command.RAID_STATUS)
        return [
            self._shown(report)
            for report in self._raids.list_current()
            if report.community in community_names or actor.is_operator
        ]

    async def crowds(self, actor: Actor) -> list[JsonObject]:
        """Return crowds of newcomers that are not usual and may be raids.

        Raises:
            StoreUnavailable: it is not known how many people are usual.
        """
        crowds = []
        for each in self._permissions.communities(actor, Command.RAID_STATUS):
            crowd = await self._crowds.find(each.name, each.policy)
            report = self._raids.report(each.name)
            is_held = report is not None and report.raid.is_strict(self._clock.now_ts())
            if crowd is not None and not is_held:
                crowds.append({"community": each.name, **asdict(crowd)})
        return crowds

    async def begin(
        self,
        actor: Actor,
        *,
        community: object = None,
        lasts_ms: object = None,
        reason: object = "",
        is_strict: object = False,
        came_within_ms: object = None,
    ) -> JsonObject:
        """Start raid mode, or prolong it; return the raid.

        In strict raid mode no newcomer may write, except in the policy's `open_rooms`. With
        `came_within_ms` that holds for those alone who came within that time, or come later.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or an argument is invalid.
            StoreUnavailable: it is not stored yet, so it would end at a restart.
            WaitsForConfirmation: it is strict for more than two hours.
        """
        target = self._permissions.community(actor, Command.RAID_ON, community)
        lasts, because = checked_lasts_ms(lasts_ms), checked_reason(reason)
        came_within = checked_lasts_ms(came_within_ms, "came_within_ms")
        if not isinstance(is_strict, bool):
            raise BadJson("Give `is_strict` as true or false.")
        if came_within is not None and not is_strict:
            raise BadJson(
                "Only strict raid mode can be limited to those who came lately: make it strict"
                " (tick Strict, or give --strict, or 'is_strict' beside 'came_within_ms'), or leave"
                " that time out."
            )
        is_long = is_strict and lasts is not None and lasts > STRICT_MS
        if is_long and lasts is not None and lasts > LONGEST_STRICT_MS:
            raise BadJson(
                "Strict raid mode ends after a day at most, as honest newcomers cannot write "
                "meanwhile: give a shorter time, and begin it again if you must."
            )
        if is_long:
            async with self._audit.change(actor, Command.RAID_ON, community=target.name):
                raise await self._confirmations.ask(
                    actor,
                    Command.RAID_ON,
                    community=target.name,
                    summary=(
                        f"Strict raid mode of {target.name} for {(lasts or 0) / HOUR_MS:.3g} "
                        f"hours: {_held_back(came_within)} may write meanwhile"
                    ),
                    parameters={
                        "lasts_ms": lasts,
                        "reason": because,
                        "came_within_ms": came_within,
                    },
                )
        return await self._begin(
            actor,
            target,
            because,
            strict=Strictness(came_within_ms=came_within) if is_strict else None,
            lasts_ms=lasts,
        )

    async def _carry_out(self, actor: Actor, waiting: Confirmation) -> JsonObject:
        """Start a strict raid mode that a second person confirmed.

        Whom it holds back is counted from the time when the first person gave the command.
        """
        parameters = waiting.parameters
        came_within = parameters.get("came_within_ms")
        if came_within is not None:
            came_within += max(0, self._clock.now_ts() - waiting.asked_ts)
        community = waiting.community or DEFAULT_COMMUNITY
        return await self._begin(
            actor,
            self._permissions.community(actor, Command.RAID_ON, community),
            parameters["reason"],
            strict=Strictness(parameters["lasts_ms"], came_within),
            lasts_ms=parameters["lasts_ms"],
            given_by=waiting.actor,
        )

    async def _begin(
        self,
        actor: Actor,
        target: Community,
        because: str,
        *,
        strict: Strictness | None,
        lasts_ms: int | None,
        given_by: str | None = None,
    ) -> JsonObject:
        async with self._audit.change(
            actor,
            Command.RAID_ON,
            community=target.name,
            given_by=given_by,
        ) as details:
            before = self._raids.report(target.name)
            details["before"] = None if before is None else raid_to_json(before)
            report = self._raids.begin(
                target.name,
                target.policy.raid_rules,
                because or "a moderator said so",
                strict=strict,
                lasts_ms=lasts_ms,
            )
            details["after"] = raid_to_json(report)
            await self._raids.save()
        return self._shown(report)

    async def end(self, actor: Actor, *, community: object = None) -> JsonObject:
        """End raid mode; return the raid with its counts.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or there is no raid.
            StoreUnavailable: its end is not stored yet.
        """
        target = self._permissions.community(actor, Command.RAID_OFF, community)
        if self._raids.report(target.name) is None:
            raise NotFound(f"The community {target.name} is in no raid.")
        async with self._audit.change(actor, Command.RAID_OFF, community=target.name) as details:
            report = self._raids.end(target.name)
            if report is None:
                raise NotFound(f"The community {target.name} is in no raid any more.")
            details["before"] = raid_to_json(report)
            await self._raids.save()
        return self._shown(report)

    def _shown(self, report: RaidReport) -> JsonObject:
        community = self._policies.find(report.community)
        steps = () if community is None else raid_steps(community.policy.pipeline)
        note = None if steps else NO_RAID_STEPS
        if steps and community is not None and report.raid.strict_until_ts:
            note = None if strict_raid_steps(community.policy.pipeline) else NO_STRICT_STEPS
        return {**raid_to_json(report), "steps": steps, "note": note}


def _held_back(came_within_ms: int | None) -> str:
    """Return whom strict raid mode lets not write, as the beginning of a clause."""
    if came_within_ms is None:
        return "no newcomer"
    return f"nobody who came within {came_within_ms / HOUR_MS:.3g} hours before, or comes later,"


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
        "strict_since_ts": report.raid.strict_since_ts or None,
        "messages": len(report.raid.words),
        "ended_ts": report.ended_ts,
        "suspects": report.suspects,
        "joins": report.joins,
        "refused": dict(report.refused),
    }
