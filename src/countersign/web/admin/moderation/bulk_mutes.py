"""`/_countersign/v1/mutes/begin-many` and `end-many`: mutes of several people as one change."""

from typing import Annotated

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.people_choices import MAX_PEOPLE
from countersign.service.errors import NotFound, WaitsForConfirmation
from countersign.web.admin.declarations.endpoints import post
from countersign.web.admin.declarations.fields import (
    Community,
    LastsMs,
    Moment,
    Reason,
    Reference,
    UserId,
)
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters

People = Annotated[
    list[UserId] | None,
    Field(
        description=f"who is meant, {MAX_PEOPLE} at most; or else `incident`",
        min_length=1,
        max_length=MAX_PEOPLE,
    ),
]
OfIncident = Annotated[
    Reference | None,
    Field(description="of any refusal of an incident: everybody who took part in it is meant"),
]


class BeginManyMutes(Parameters):
    """People to be muted."""

    user_ids: People = None
    incident: OfIncident = None
    community: Community = None
    lasts_ms: LastsMs | None = Field(
        default=None, description="in ms, up to seven days; a day if left out"
    )
    reason: Reason = ""


class EndManyMutes(Parameters):
    """People whose mutes to end."""

    user_ids: People = None
    incident: OfIncident = None
    community: Community = None
    reason: Reason = ""


class EndedMutesJson(JsonAnswer):
    """People whose mutes ended, and people who were left out."""

    community: str
    people: list[str]
    skipped: dict[str, str] = Field(description="by user ID, why they were left out")


class BegunMutesJson(EndedMutesJson):
    """People who were muted, and who were left out."""

    until_ts: Moment


class BulkMuteEndpoints(StoredEndpoints):
    """Mutes several people, and ends that."""

    @post(
        "mutes/begin-many",
        Command.MUTES_BEGIN_MANY,
        answer=BegunMutesJson,
        raises=(NotFound, WaitsForConfirmation),
    )
    async def begin(self, actor: Actor, params: BeginManyMutes) -> JsonObject:
        """Mute several people for a while: they are `banned`, and none of their events are signed.

        Moderators, and people whose level a moderator set, are left out. It is one change, which
        `undo` reverts as one.
        """
        return await self._commands.bulk_mutes.begin(
            actor,
            user_ids=params.user_ids,
            incident=params.incident,
            community=params.community,
            lasts_ms=params.lasts_ms,
            reason=params.reason,
        )

    @post(
        "mutes/end-many",
        Command.MUTES_END_MANY,
        answer=EndedMutesJson,
        raises=(NotFound, WaitsForConfirmation),
    )
    async def end(self, actor: Actor, params: EndManyMutes) -> JsonObject:
        """End mutes of several people, by moderators or the policy; bans without an end stay."""
        return await self._commands.bulk_mutes.end(
            actor,
            user_ids=params.user_ids,
            incident=params.incident,
            community=params.community,
            reason=params.reason,
        )
