"""Commands that mute several people, or end their mutes, as one change that is undone as one.

A mute by moderators is the level `banned` for some time, in which no event of the person is signed.
Policies have mutes of their own (`silence`); the command that ends mutes covers both.
"""

from collections.abc import Sequence
from typing import Any, Final

from countersign.basics.durations import DAY_MS, HOUR_MS
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.ports.stores.confirmations import Confirmation
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.mutes import mute_to_json
from countersign.service.commands.moderation.trust import given_in
from countersign.service.commands.review.people_choices import ChosenPeople, PeopleChoices
from countersign.service.measures.mutes import Mutes
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Community

LASTS_MS: Final = DAY_MS
LONGEST_MS: Final = 7 * DAY_MS


class BulkMuteCommands(CommandGroup):
    """Mutes several people, and ends mutes of several.

    Args:
        records: set levels of trust.
        mutes: mutes by policies.
        choices: find the people of a command.
        confirmations: keep commands about too many people until a second person confirms them.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        records: TrustRecords,
        mutes: Mutes,
        *,
        choices: PeopleChoices,
        confirmations: Confirmations,
    ) -> None:
        super().__init__(needs)
        self._records = records
        self._mutes = mutes
        self._choices = choices
        self._confirmations = confirmations
        confirmations.on_confirmed(Command.MUTES_BEGIN_MANY, self._carry_out)
        confirmations.on_confirmed(Command.MUTES_END_MANY, self._carry_out)

    async def begin(
        self,
        actor: Actor,
        *,
        user_ids: object = None,
        incident: object = None,
        community: object = None,
        lasts_ms: object = None,
        reason: object = "",
    ) -> JsonObject:
        """Mute several people for a while; return who was muted and who was left out.

        Moderators, and people to whom a moderator gave a level, are left out.

        Args:
            actor: the actor.
            user_ids: a list of user IDs; or else `incident`.
            incident: the reference of any refusal of an incident, for everybody who took part.
            community: the community; None as for other commands, or for the incident's.
            lasts_ms: for how long, up to seven days; None for a day.
            reason: the reason, for other moderators.

        Returns:
            `community`, `people`, `skipped` with a reason for each who is left out, `until_ts`.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or an argument is invalid.
            StoreUnavailable: a part may be done; repeat the call.
            WaitsForConfirmation: a second person must confirm it, because of the number of people.
        """
        command = Command.MUTES_BEGIN_MANY
        lasts, because = checked_lasts_ms(lasts_ms) or LASTS_MS, checked_reason(reason)
        if lasts > LONGEST_MS:
            raise BadJson("People are muted for seven days at most: give a shorter time.")
        target, named = await self._choices.named(actor, command, user_ids, incident, community)
        chosen = await self._choices.to_mute(target, named)
        await self._ask_if_many(
            actor,
            command,
            target,
            chosen.people,
            summary=f"Mute {len(chosen.people):,} people in {target.name} for "
            f"{lasts / HOUR_MS:.3g} hours",
            parameters={"lasts_ms": lasts, "reason": because},
        )
        return await self._begin(actor, target, chosen, lasts_ms=lasts, reason=because)

    async def end(
        self,
        actor: Actor,
        *,
        user_ids: object = None,
        incident: object = None,
        community: object = None,
        reason: object = "",
    ) -> JsonObject:
        """End mutes of several people, by moderators and by the policy; return whose were ended.

        Bans without an end stay.

        Args:
            actor: the actor.
            user_ids: as for `begin`.
            incident: as for `begin`.
            community: as for `begin`.
            reason: the reason, for other moderators.

        Returns:
            `community`, `people`, `skipped` with a reason for each who is left out.

        Raises:
            BadJson, Forbidden, NotFound, StoreUnavailable, WaitsForConfirmation: as `begin` does.
        """
        command, because = Command.MUTES_END_MANY, checked_reason(reason)
        target, named = await self._choices.named(actor, command, user_ids, incident, community)
        chosen = await self._choices.muted(target, named)
        await self._ask_if_many(
            actor,
            command,
            target,
            chosen.people,
            summary=f"End the mutes of {len(chosen.people):,} people in {target.name}",
            parameters={"reason": because},
        )
        return await self._end(actor, target, chosen, reason=because)

    async def _ask_if_many(
        self,
        actor: Actor,
        command: Command,
        community: Community,
        people: Sequence[str],
        *,
        summary: str,
        parameters: JsonObject,
    ) -> None:
        """Raise if a second person must confirm a command about so many people.

        Raises:
            WaitsForConfirmation: they must.
        """
        above = self._confirmations.rules.mutes_above
        if above is None or len(people) <= above:
            return
        async with self._audit.change(actor, command, community=community.name):
            raise await self._confirmations.ask(
                actor,
                command,
                community=community.name,
                summary=summary,
                parameters={"people": list(people), **parameters},
            )

    async def _carry_out(self, actor: Actor, waiting: Confirmation) -> JsonObject:
        """Mute, or end mutes of, the people who were shown to the second person."""
        parameters, command = waiting.parameters, Command(waiting.command)
        name = waiting.community or DEFAULT_COMMUNITY
        community = self._permissions.community(actor, command, name)
        if command is Command.MUTES_END_MANY:
            chosen = await self._choices.muted(community, parameters["people"])
            return await self._end(
                actor, community, chosen, reason=parameters["reason"], given_by=waiting.actor
            )
        chosen = await self._choices.to_mute(community, parameters["people"])
        return await self._begin(
            actor,
            community,
            chosen,
            lasts_ms=parameters["lasts_ms"],
            reason=parameters["reason"],
            given_by=waiting.actor,
        )

    async def _begin(
        self,
        actor: Actor,
        community: Community,
        chosen: ChosenPeople,
        *,
        lasts_ms: int,
        reason: str,
        given_by: str | None = None,
    ) -> JsonObject:
        until_ts = self._clock.now_ts() + lasts_ms
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        async with self._audit.change(
            actor, Command.MUTES_BEGIN_MANY, community=community.name, given_by=given_by
        ) as details:
            details |= {"before": before, "after": after, "reason": reason}
            for user_id in chosen.people:
                given_before = given_in(await self._records.find(community.name, user_id))
                trust_record = await self._records.set_level(
                    community.name, user_id, Trust.BANNED, until_ts=until_ts, reason=reason
                )
                before[user_id], after[user_id] = given_before, given_in(trust_record)
        return {
            "community": community.name,
            "people": chosen.people,
            "skipped": chosen.skipped,
            "until_ts": until_ts,
        }

    async def _end(
        self,
        actor: Actor,
        community: Community,
        chosen: ChosenPeople,
        *,
        reason: str,
        given_by: str | None = None,
    ) -> JsonObject:
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        paused: list[JsonObject] = []
        async with self._audit.change(
            actor, Command.MUTES_END_MANY, community=community.name, given_by=given_by
        ) as details:
            details |= {"before": before, "after": after, "paused": paused, "reason": reason}
            for user_id in chosen.people:
                paused += map(mute_to_json, self._mutes.end(community.name, user_id))
                trust_record = await self._records.find(community.name, user_id)
                if trust_record.given is Trust.BANNED and trust_record.given_until_ts is not None:
                    before[user_id] = given_in(trust_record)
                    after[user_id] = given_in(
                        await self._records.set_level(community.name, user_id, None)
                    )
            await self._mutes.save()
        return {"community": community.name, "people": chosen.people, "skipped": chosen.skipped}
