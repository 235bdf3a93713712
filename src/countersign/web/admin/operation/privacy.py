"""`/_countersign/v1/privacy`, `/archive`: export and erasure of a person's or a room's data."""

from typing import Annotated, Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import WaitsForConfirmation
from countersign.web.admin.declarations.endpoints import post
from countersign.web.admin.declarations.fields import RoomId, UserId
from countersign.web.admin.declarations.groups import RunningEndpoints, StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters


class ExportParameters(Parameters):
    """Request for a user's data."""

    user_id: UserId


class Erase(Parameters):
    """User to erase."""

    user_id: UserId
    with_given: bool = Field(
        default=False, description="also the trust that moderators gave, such as bans"
    )


class RoomParameters(Parameters):
    """Room whose data to export or erase."""

    room_id: RoomId


class Purge(Parameters):
    """Events to take out: of a user, in a room, or both."""

    user_id: UserId | None = None
    room_id: RoomId | None = None


Tables = Annotated[
    dict[str, list[dict[str, Any]]],
    Field(description="rows by table of the database, and `archive`; at most 100,000 of each"),
]
CutTables = Annotated[list[str], Field(description="tables that may have more")]


class Exported(JsonAnswer):
    """Everything that is about a user or names them."""

    user_id: str
    tables: Tables
    cut_tables: CutTables


class ExportedRoom(JsonAnswer):
    """Everything that belongs to a room."""

    room_id: str
    tables: Tables
    cut_tables: CutTables


class Erased(JsonAnswer):
    """Result of an erasure."""

    erased: dict[str, int] = Field(description="rows of each table that were deleted or emptied")
    stays: dict[str, str] = Field(description="what stays, and why")
    is_scrubbed: bool = Field(description="no copy is left in unused parts of the files")


class Purged(JsonAnswer):
    """Result of taking events out."""

    purged: int = Field(description="how many events")


class PrivacyEndpoints(RunningEndpoints):
    """Export and erasure."""

    @post("privacy/export", Command.PRIVACY_EXPORT, answer=Exported)
    async def export(self, actor: Actor, params: ExportParameters) -> JsonObject:
        """Return all data about a user, and records that name them."""
        return await self._commands.privacy.export(actor, user_id=params.user_id)

    @post("privacy/erase", Command.PRIVACY_ERASE, answer=Erased, raises=(WaitsForConfirmation,))
    async def erase(self, actor: Actor, params: Erase) -> JsonObject:
        """Erase a user: [privacy.md](privacy.md#erasing-a-person)."""
        return await self._commands.privacy.erase(
            actor, user_id=params.user_id, with_given=params.with_given
        )

    @post("privacy/export_room", Command.PRIVACY_EXPORT, answer=ExportedRoom)
    async def export_room(self, actor: Actor, params: RoomParameters) -> JsonObject:
        """Return all data of a room."""
        return await self._commands.privacy.export_room(actor, room_id=params.room_id)

    @post(
        "privacy/erase_room", Command.PRIVACY_ERASE, answer=Erased, raises=(WaitsForConfirmation,)
    )
    async def erase_room(self, actor: Actor, params: RoomParameters) -> JsonObject:
        """Erase what belongs to a room: [privacy.md](privacy.md#erasing-a-room)."""
        return await self._commands.privacy.erase_room(actor, room_id=params.room_id)


class ArchiveEndpoints(StoredEndpoints):
    """Takes events out of the archive of judged events."""

    @post("archive/purge", Command.ARCHIVE_PURGE, answer=Purged, raises=(WaitsForConfirmation,))
    async def purge(self, actor: Actor, params: Purge) -> JsonObject:
        """Delete a user's events, or a room's events, from the archive."""
        return await self._commands.archive.purge(
            actor, user_id=params.user_id, room_id=params.room_id
        )
