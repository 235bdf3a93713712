"""Commands on personal data: export and erasure for a person or a room."""

from typing import Any

from countersign.ports.actors import Actor
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.ports.stores.confirmations import Confirmation
from countersign.ports.stores.personal_data import MAX_EXPORTED, Erased
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.parameters import checked_room_id, checked_user_id
from countersign.service.commands.actors.permissions import Command
from countersign.service.privacy.erasure import Erasure


class PrivacyCommands(CommandGroup):
    """Exports and erases the data of people and rooms.

    Args:
        erasure: does the work.
        confirmations: keep erasures until a second person confirms them; None to erase at once, for
            commands that open the database themselves.
    """

    def __init__(
        self, needs: CommandNeeds, erasure: Erasure, confirmations: Confirmations | None = None
    ) -> None:
        super().__init__(needs)
        self._erasure = erasure
        self._confirmations = confirmations
        if confirmations is not None:
            confirmations.on_confirmed(Command.PRIVACY_ERASE, self._carry_out)

    async def export(self, actor: Actor, *, user_id: object) -> JsonObject:
        """Return all data about a user, and records that name them, by table.

        `cut_tables` names the tables of which only the first `MAX_EXPORTED` rows are included.

        Raises:
            BadJson: it is no user ID.
        """
        self._permissions.require(actor, Command.PRIVACY_EXPORT)
        user = checked_user_id(user_id)
        await self._audit.read(
            actor, Command.PRIVACY_EXPORT, community=EVERY_COMMUNITY, subject=user
        )
        return {"user_id": user, **_exported(await self._erasure.export(user))}

    async def export_room(self, actor: Actor, *, room_id: object) -> JsonObject:
        """Return all data of a room, by table; `cut_tables` as in `export`.

        Raises:
            BadJson: it is no room ID.
        """
        self._permissions.require(actor, Command.PRIVACY_EXPORT)
        room = checked_room_id(room_id)
        await self._audit.read(
            actor, Command.PRIVACY_EXPORT, community=EVERY_COMMUNITY, subject=room
        )
        return {"room_id": room, **_exported(await self._erasure.export_room(room))}

    async def erase(
        self,
        actor: Actor,
        *,
        user_id: object,
        with_given: object = False,
        may_rebuild: bool = False,
    ) -> JsonObject:
        """Erase a user; return what was deleted, and what stays and why.

        Args:
            actor: the actor.
            user_id: the user to erase.
            with_given: also erase levels of trust that moderators set, such as bans.
            may_rebuild: see `Erasure.erase`.

        Raises:
            BadJson: it is no user ID, or another argument is invalid.
            StoreUnavailable: the erasure is incomplete; a repetition continues it.
            WaitsForConfirmation: the settings want a second person to confirm it.
        """
        self._permissions.require(actor, Command.PRIVACY_ERASE)
        user = checked_user_id(user_id)
        if not isinstance(with_given, bool):
            raise BadJson("The field 'with_given' must be true or false.")
        await self._wait_if_wanted(
            actor,
            "Erase all that is known of a person",
            {"user_id": user, "with_given": with_given},
        )
        return await self._erase(actor, user, with_given=with_given, may_rebuild=may_rebuild)

    async def _wait_if_wanted(self, actor: Actor, summary: str, parameters: JsonObject) -> None:
        """Store an erasure until a second person confirms it, if the settings require that.

        Raises:
            WaitsForConfirmation: it was stored.
        """
        if self._confirmations is None or not self._confirmations.rules.erasure:
            return
        async with self._audit.change(actor, Command.PRIVACY_ERASE, community=EVERY_COMMUNITY):
            raise await self._confirmations.ask(
                actor,
                Command.PRIVACY_ERASE,
                community=None,
                summary=summary,
                parameters=parameters,
            )

    async def _carry_out(self, actor: Actor, waiting: Confirmation) -> JsonObject:
        """Erase a user or a room as a second person confirmed."""
        parameters = waiting.parameters
        if "room_id" in parameters:
            return await self._erase_room(actor, parameters["room_id"], given_by=waiting.actor)
        return await self._erase(
            actor,
            parameters["user_id"],
            with_given=parameters["with_given"],
            given_by=waiting.actor,
        )

    async def _erase(
        self,
        actor: Actor,
        user: str,
        *,
        with_given: bool,
        may_rebuild: bool = False,
        given_by: str | None = None,
    ) -> JsonObject:
        # The erased user is not recorded: the audit log would be one more place that names them.
        async with self._audit.change(
            actor,
            Command.PRIVACY_ERASE,
            community=EVERY_COMMUNITY,
            given_by=given_by,
        ) as details:
            erased = await self._erasure.erase(
                user, keep_given=not with_given, may_rebuild=may_rebuild
            )
            details["rows"] = dict(erased.rows)
        return _erased(erased)

    async def erase_room(
        self, actor: Actor, *, room_id: object, may_rebuild: bool = False
    ) -> JsonObject:
        """Erase what belongs to a room; return what was deleted, and what stays and why.

        Args:
            actor: the actor.
            room_id: the room; its state stays while our user is in it.
            may_rebuild: see `Erasure.erase_room`.

        Raises:
            BadJson: it is no room ID.
            StoreUnavailable: the erasure is incomplete; a repetition continues it.
            WaitsForConfirmation: the settings want a second person to confirm it.
        """
        self._permissions.require(actor, Command.PRIVACY_ERASE)
        room = checked_room_id(room_id)
        await self._wait_if_wanted(actor, "Erase all that belongs to a room", {"room_id": room})
        return await self._erase_room(actor, room, may_rebuild=may_rebuild)

    async def _erase_room(
        self, actor: Actor, room: str, *, may_rebuild: bool = False, given_by: str | None = None
    ) -> JsonObject:
        async with self._audit.change(
            actor,
            Command.PRIVACY_ERASE,
            community=EVERY_COMMUNITY,
            subject=room,
            given_by=given_by,
        ) as details:
            erased = await self._erasure.erase_room(room, may_rebuild=may_rebuild)
            details["rows"] = dict(erased.rows)
        return _erased(erased)


def _exported(tables: dict[str, Any]) -> JsonObject:
    cut = sorted(name for name, rows in tables.items() if len(rows) >= MAX_EXPORTED)
    return {"tables": tables, "cut_tables": cut}


def _erased(erased: Erased) -> JsonObject:
    return {
        "erased": dict(erased.rows),
        "stays": dict(erased.stays),
        "is_scrubbed": erased.is_scrubbed,
    }
