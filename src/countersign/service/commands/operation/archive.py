"""Commands on the archive of judged events."""

from countersign.ports.actors import Actor
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.ports.stores.confirmations import Confirmation
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.permissions import Command


class ArchiveCommands(CommandGroup):
    """Deletes events from the archive."""

    def __init__(
        self, needs: CommandNeeds, archive: ArchiveStore, confirmations: Confirmations
    ) -> None:
        super().__init__(needs)
        self._archive = archive
        self._confirmations = confirmations
        confirmations.on_confirmed(Command.ARCHIVE_PURGE, self._carry_out)

    async def purge(
        self, actor: Actor, *, user_id: object = None, room_id: object = None
    ) -> JsonObject:
        """Delete a user's events, a room's events, or a user's events in a room; return the number.

        Raises:
            BadJson: neither is named.
            WaitsForConfirmation: the settings want a second person to confirm erasures.
        """
        self._permissions.require(actor, Command.ARCHIVE_PURGE)
        if not all(each is None or isinstance(each, str) for each in (user_id, room_id)) or not (
            user_id or room_id
        ):
            raise BadJson("Name a user by the field 'user_id', a room by 'room_id', or both.")
        sender = str(user_id) if user_id else None
        room = str(room_id) if room_id else None
        if self._confirmations.rules.erasure:
            async with self._audit.change(actor, Command.ARCHIVE_PURGE, community=EVERY_COMMUNITY):
                raise await self._confirmations.ask(
                    actor,
                    Command.ARCHIVE_PURGE,
                    community=None,
                    summary="Take events of a person or a room out of the archive, for good",
                    parameters={"user_id": sender, "room_id": room},
                )
        return await self._purge(actor, sender, room)

    async def _carry_out(self, actor: Actor, waiting: Confirmation) -> JsonObject:
        """Delete events as a second person confirmed."""
        parameters = waiting.parameters
        return await self._purge(
            actor, parameters["user_id"], parameters["room_id"], given_by=waiting.actor
        )

    async def _purge(
        self, actor: Actor, sender: str | None, room: str | None, *, given_by: str | None = None
    ) -> JsonObject:
        # The user is not recorded: the audit log would be one more place that names them.
        async with self._audit.change(
            actor,
            Command.ARCHIVE_PURGE,
            community=EVERY_COMMUNITY,
            subject=room,
            given_by=given_by,
        ) as details:
            details["purged"] = await self._archive.purge(sender=sender, room_id=room)
        return {"purged": details["purged"]}
