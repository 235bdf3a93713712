"""`/_countersign/v1/audit`, `/undo`: who did what, and undoing it."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import (
    ActorName,
    CommunityName,
    Moment,
    WholeNumber,
)
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import MAX_LISTED

EntryId = Annotated[
    int,
    Field(
        description="grows with each entry; for all but operators it is encrypted, so that it does "
        "not count the commands of others"
    ),
]


class AuditParameters(Parameters):
    """Selection of the entries to list."""

    community: CommunityName | None = Field(
        default=None, description="every one that you lead, if left out"
    )
    actor: ActorName | None = Field(default=None, description="who gave the command")
    only_changes: bool = Field(
        default=False, description="leave out what operators looked at; exports are listed"
    )
    since_ts: Moment = 0
    before_id: WholeNumber = Field(default=0, description="only entries before this one")
    limit: WholeNumber = Field(default=50, description="1,000 at most are answered")


class Undo(Parameters):
    """Changes to revert."""

    by: ActorName = Field(description="who made them")
    since_ts: Moment
    dry_run: bool = Field(default=True, description="tell only what would be reverted")


class EntryJson(JsonAnswer):
    """Command that somebody gave."""

    entry_id: EntryId
    ts: Moment
    actor: str
    kind: str = Field(
        description="`operator`, `moderator`, `offline` (the command line while no server ran) or "
        "`server`"
    )
    face: str
    command: str
    community: str | None = Field(description="`*` for commands about all of them")
    subject: str | None
    details: dict[str, Any]
    result: str | None = Field(
        description="`done`, `failed: …`, or null while a command is under way or if the program "
        "stopped meanwhile"
    )
    undone_ts: Moment | None = Field(description="when it was undone")


class AuditJson(JsonAnswer):
    """Entries of the audit log, the newest first."""

    entries: list[EntryJson]
    next: int | None = Field(
        default=None, description="the page is full: ask for what is before this, by `before_id`"
    )


class ChangeJson(JsonAnswer):
    """Change, and what became or would become of it."""

    entry_id: EntryId
    ts: Moment
    command: str
    community: str | None
    subject: str | None
    is_undone: bool
    words: str = Field(description="how it is reverted, or why not")


class UndoJson(JsonAnswer):
    """Changes of an actor, the newest first."""

    changes: list[ChangeJson]
    is_dry_run: bool


class AuditEndpoints(StoredEndpoints):
    """The audit log, and undoing."""

    @get("audit", Command.AUDIT_LIST, answer=AuditJson, raises=(NotFound,))
    async def list(self, actor: Actor, params: AuditParameters) -> JsonObject:
        """List entries of the audit log, the newest first.

        It has every change, recorded before it is made, and operators' reading of a community's
        data, without secrets and texts of messages. For commands about all communities, leads see
        the actor and the time only.
        """
        entries = await self._commands.audit.list(
            actor,
            community=params.community,
            by=params.actor,
            only_changes=params.only_changes,
            since_ts=params.since_ts,
            before_id=params.before_id or None,
            limit=params.limit,
        )
        answer: JsonObject = {"entries": [asdict(entry) for entry in entries]}
        if entries and len(entries) >= min(params.limit, MAX_LISTED):
            answer["next"] = entries[-1].entry_id
        return answer

    @post("undo", Command.UNDO, answer=UndoJson)
    async def undo(self, actor: Actor, params: Undo) -> JsonObject:
        """List an actor's changes since some time, and revert them if `dry_run` is false.

        Changes that somebody else replaced since are not reverted.
        """
        changes = await self._commands.undo.undo(
            actor, by=params.by, since_ts=params.since_ts, is_dry_run=params.dry_run
        )
        return {"changes": changes, "is_dry_run": params.dry_run}
