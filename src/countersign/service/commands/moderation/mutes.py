"""Commands on mutes: list and end them."""

from countersign.policy.measures.mutes import Mute
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_reason, checked_user_id
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.measures.mutes import Mutes


class MuteCommands(CommandGroup):
    """Shows mutes, and ends them."""

    def __init__(self, needs: CommandNeeds, mutes: Mutes) -> None:
        super().__init__(needs)
        self._mutes = mutes

    def list(self, actor: Actor) -> JsonObject:
        """Return the current mutes, sorted by their end."""
        community_names = self._permissions.community_names(actor, Command.MUTES_LIST)
        return {
            "mutes": [
                mute_to_json(mute)
                for mute in self._mutes.list_current()
                if mute.community in community_names or actor.is_operator
            ]
        }

    async def end(
        self, actor: Actor, *, user_id: object, community: object = None, reason: object = ""
    ) -> JsonObject:
        """End and delete a user's mutes in a community; return them.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or the user is not muted.
            StoreUnavailable: they have ended, and that is stored a little later.
        """
        target = self._permissions.community(actor, Command.MUTES_END, community)
        user, note = checked_user_id(user_id), checked_reason(reason)
        if not any(_is_of(mute, target.name, user) for mute in self._mutes.list_current()):
            raise NotFound(f"{user} is not muted in {target.name}.")
        async with self._audit.change(
            actor, Command.MUTES_END, community=target.name, subject=user
        ) as details:
            details["reason"] = note
            ended = [mute_to_json(mute) for mute in self._mutes.end(target.name, user)]
            details["before"] = ended
            await self._mutes.save()
        return {"ended": ended}


def _is_of(mute: Mute, community: str, user_id: str) -> bool:
    return mute.community == community and mute.user_id == user_id


def mute_from_json(stored: JsonObject) -> Mute:
    """Return the mute from the output of `mute_to_json`."""
    return Mute(**stored)


def mute_to_json(mute: Mute) -> JsonObject:
    """Return a mute as the admin API and the audit log show it."""
    return {
        "community": mute.community,
        "user_id": mute.user_id,
        "rule": mute.rule,
        "started_ts": mute.started_ts,
        "until_ts": mute.until_ts,
        "times": mute.times,
    }
