"""Commands on trust: show a user's standing; set or remove a level."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from countersign.policy.measures.trust_records import Trust, TrustRecord
from countersign.policy.policies.dependencies import trust_steps
from countersign.ports.actors import Actor
from countersign.ports.stores.trust import TrustStore
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import (
    checked_lasts_ms,
    checked_level,
    checked_reason,
    checked_user_id,
)
from countersign.service.commands.actors.permissions import Command
from countersign.service.measures.raids import Raids
from countersign.service.measures.trust import TrustRecords
from countersign.service.policies.policies_in_force import Community
from countersign.service.rooms.room import Room

NO_TRUST_STEPS: Final = (
    "No step of this community's policy depends on trust, so only the level banned changes "
    "anything. Start the policy from the preset newcomer-safe, or give steps applies_to: "
    "docs/policy.md."
)


class TrustCommands(CommandGroup):
    """Shows trust, and sets it."""

    def __init__(
        self,
        needs: CommandNeeds,
        records: TrustRecords,
        store: TrustStore,
        raids: Raids,
        rooms: Callable[[], Iterable[Room]],
    ) -> None:
        super().__init__(needs)
        self._records = records
        self._store = store
        self._raids = raids
        self._rooms = rooms

    async def show(self, actor: Actor, *, user_id: object, community: object = None) -> JsonObject:
        """Return a user's trust in a community and in each of its rooms, with the reasons.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or it is no user ID.
        """
        target = self._permissions.community(actor, Command.TRUST_SHOW, community)
        user = checked_user_id(user_id)
        await self._audit.read(actor, Command.TRUST_SHOW, community=target.name, subject=user)
        return await self._standing(user, target)

    async def list(self, actor: Actor, *, community: object = None) -> list[JsonObject]:
        """Return all users whose level a moderator set, in one community or in all."""
        if community is None:
            communities = self._permissions.communities(actor, Command.TRUST_LIST)
        else:
            communities = [self._permissions.community(actor, Command.TRUST_LIST, community)]
        for each in communities:
            await self._audit.read(actor, Command.TRUST_LIST, community=each.name)
        # Only operators see levels in a community whose policy no longer exists.
        is_for_all = community is None and actor.is_operator
        names = [None] if is_for_all else [each.name for each in communities]
        return [
            {
                "community": seen.community,
                "user_id": seen.user_id,
                "given": seen.known.given and seen.known.given.value,
                "given_until_ts": seen.known.given_until_ts,
                "given_reason": seen.known.given_reason,
            }
            for name in names
            for seen in await self._store.list_given(name)
        ]

    async def set_level(
        self,
        actor: Actor,
        *,
        user_id: object,
        level: object,
        community: object = None,
        lasts_ms: object = None,
        reason: object = "",
    ) -> JsonObject:
        """Set a user's level of trust, or remove it with None; return the new standing.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or an argument is invalid.
        """
        target = self._permissions.community(actor, Command.TRUST_SET, community)
        user, given_level = checked_user_id(user_id), checked_level(level)
        lasts, because = checked_lasts_ms(lasts_ms), checked_reason(reason)
        until_ts = None if lasts is None else self._clock.now_ts() + lasts
        async with self._audit.change(
            actor, Command.TRUST_SET, community=target.name, subject=user
        ) as details:
            details["before"] = given_in(await self._records.find(target.name, user))
            trust_record = await self._records.set_level(
                target.name, user, given_level, until_ts=until_ts, reason=because
            )
            details["after"] = given_in(trust_record)
        return await self._standing(user, target)

    async def _standing(self, user_id: str, community: Community) -> JsonObject:
        trust_record = await self._records.find(community.name, user_id)
        raid = self._raids.find_against(community.name, user_id, self._clock.now_ts())
        rooms = [
            room
            for room in self._rooms()
            if self._permissions.community_of(room.room_id).name == community.name
            and user_id in room.state.members
        ]
        standings = {
            room.room_id if room else "": self._records.standing_of(
                user_id, trust_record, room, community.policy, raid
            )
            for room in (*rooms, None)
        }
        nowhere = standings.pop("")
        steps = trust_steps(community.policy.pipeline)
        # No event of a banned user is signed, whatever the policy's steps are.
        has_effect = bool(steps) or nowhere.level is Trust.BANNED
        return {
            "user_id": user_id,
            "community": community.name,
            "level": nowhere.level.value,
            "because": nowhere.because,
            "first_seen_ts": trust_record.first_seen_ts or None,
            "accepted_events": trust_record.accepted_events,
            "active_days": trust_record.active_days,
            "given": trust_record.given and trust_record.given.value,
            "given_until_ts": trust_record.given_until_ts,
            "given_reason": trust_record.given_reason,
            "rooms": {
                room_id: {"level": standing.level.value, "because": standing.because}
                for room_id, standing in standings.items()
            },
            "steps": steps,
            "note": None if has_effect else NO_TRUST_STEPS,
        }


def given_in(trust_record: TrustRecord) -> dict[str, Any]:
    """Return the level that a moderator set, as the audit log stores it."""
    return {
        "level": trust_record.given and trust_record.given.value,
        "until_ts": trust_record.given_until_ts,
        "reason": trust_record.given_reason,
    }
