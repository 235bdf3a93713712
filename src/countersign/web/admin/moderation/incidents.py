"""`/_countersign/v1/incidents`: refusals that belong together."""

from pydantic import Field

from countersign.policy.harms import Harm
from countersign.policy.review.incidents import Likeness
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.incidents import MAX_REFUSALS
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get
from countersign.web.admin.declarations.fields import (
    CommunityName,
    Hints,
    Moment,
    Place,
    Reference,
    RoomId,
    WholeNumber,
)
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import AT_MOST, PageJson, PageParameters, page_of


class IncidentsParameters(PageParameters):
    """Selection of the incidents to list."""

    since_ts: Moment | None = Field(
        default=None, description="refusals from when on count; for a day if left out"
    )
    community: CommunityName | None = None
    room_id: RoomId | None = Field(default=None, description="only refusals in this room")
    after: Place | None = Field(
        default=None,
        description="`cursor` of an earlier answer: only incidents to which refusals came since",
    )
    limit: WholeNumber = Field(default=50, description=AT_MOST)


class IncidentParameters(Parameters):
    """Request about one incident, by any of its refusals."""

    reference: Reference


class RoomOfIncidentJson(JsonAnswer):
    """Room in which events were refused."""

    room_id: str
    room_name: str | None
    refused: int


class IncidentJson(JsonAnswer):
    """Refusals that belong together."""

    reference: str = Field(description="of the first refusal: the name of the incident")
    community: str
    likeness: Likeness = Field(description="why they belong together")
    name: str = Field(description="what they have in common: an indicator, a step, or a user")
    refused: int
    new: int = Field(description="how many came after the place that was asked for")
    first_ts: Moment
    last_ts: Moment
    is_live: bool = Field(description="the last refusal was within half an hour")
    people: int
    senders: list[str] = Field(description="ten at most")
    rooms: list[RoomOfIncidentJson] = Field(description="ten at most")
    room_count: int
    steps: dict[str, int] = Field(description="how many events each step refused")
    harms: list[Harm] = Field(description="the most frequent first")
    is_courtesy: bool = Field(description="all were refused for courtesy alone")
    example: str = Field(description="the reference of the last refusal")


class IncidentsJson(PageJson):
    """Incidents, the one with the latest refusal first."""

    incidents: list[IncidentJson]
    cursor: str | None = Field(description="for `after` of a later request; null for nothing")
    refusals: int = Field(description="how many refusals were grouped; 0 if nothing came")
    is_cut: bool = Field(description="only the latest 3,000 refusals were grouped")
    hints: Hints


class WholeIncidentJson(IncidentJson):
    """Refusals that belong together, with all their references."""

    references: list[str] = Field(description="oldest first")


class IncidentEndpoints(StoredEndpoints):
    """Lists and shows incidents."""

    @get("incidents", Command.INCIDENTS_LIST, answer=IncidentsJson, raises=(NotFound,))
    async def list(self, actor: Actor, params: IncidentsParameters) -> JsonObject:
        """List the incidents, the one with the latest refusal first, in rooms that you see.

        Refusals belong together if the same link, contact or wallet is in them, if they are of the
        same wave, if one step refused three people or more, or else if they are of the same
        sender; after half an hour without another one an incident is over. Incidents may grow
        together as more comes.
        """
        incidents = await self._commands.incidents.list(
            actor,
            since_ts=params.since_ts,
            community=params.community,
            room_id=params.room_id,
            after=params.after,
            limit=MAX_REFUSALS,
        )
        return page_of(incidents, "incidents", params, "community", "reference")

    @get("incidents/show", Command.INCIDENTS_SHOW, answer=WholeIncidentJson, raises=(NotFound,))
    async def show(self, actor: Actor, params: IncidentParameters) -> JsonObject:
        """Show the incident that a refusal belongs to."""
        return await self._commands.incidents.show(actor, params.reference)
