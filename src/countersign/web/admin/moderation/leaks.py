"""`/_countersign/v1/leaks`: leaks, and which servers collect signatures."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.ports.stores.leaks import Channel, OutboxState
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.web.admin.declarations.endpoints import get
from countersign.web.admin.declarations.fields import Hints, Moment, Place, RoomId, WholeNumber
from countersign.web.admin.declarations.groups import RunningEndpoints, StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of


class LeaksParameters(Parameters):
    """Selection of the leaks to list."""

    room_id: RoomId | None = None
    before: Place | None = Field(
        default=None, description="recorded before the page that ended with this `next`"
    )
    limit: WholeNumber = Field(default=50, description="so many; 1,000 at most")


class HandOverJson(JsonAnswer):
    """State of telling one recipient of a leak."""

    recipient: str
    state: OutboxState
    attempts: int
    outcome: str | None
    tried_ts: Moment | None


class LeakJson(JsonAnswer):
    """Refused event that reached its room."""

    reference: str
    event_id: str
    room_id: str
    room_name: str | None
    sender: str
    event_type: str
    brought_by: str = Field(description="the server that brought it")
    is_secondhand: bool
    is_part: bool = Field(description="a signed part of a message that was refused")
    channel: Channel
    noticed_ts: Moment
    hand_overs: list[HandOverJson] = Field(description="what came of telling each recipient")


class LeaksJson(JsonAnswer):
    """Leaks, the newest first."""

    leaks: list[LeakJson]
    next: str | None = Field(description="null if the page is not full")
    hints: Hints


class UnseenJson(JsonAnswer):
    """Events of a server that were signed and not seen since."""

    server: str
    unseen: int = Field(description="within the day")
    unseen_lately: int = Field(description="within the hour")
    signed_lately: int = Field(description="all that it asked for within the hour")
    is_alarming: bool


class UnseenSignaturesJson(PageJson):
    """Servers with the number of their unseen signatures, the most first."""

    servers: list[UnseenJson]


class LeakEndpoints(StoredEndpoints):
    """Lists leaks."""

    @get("leaks", Command.LEAKS_LIST, answer=LeaksJson)
    async def list(self, actor: Actor, params: LeaksParameters) -> JsonObject:
        """List leaks, newest first, with the result of each delivery."""
        return await self._commands.leaks.latest(
            actor, room_id=params.room_id, before=params.before, limit=params.limit
        )


class UnseenSignaturesEndpoint(RunningEndpoints):
    """Lists servers that collect signatures; only a running server knows them."""

    @get("leaks/banked", Command.LEAKS_UNSEEN, answer=UnseenSignaturesJson)
    async def unseen(self, actor: Actor, params: PageParameters) -> JsonObject:
        """List servers that hold unseen signatures, those with the most first.

        [leaks.md](leaks.md) says more.
        """
        unseen = {"servers": self._commands.leaks.unseen_signatures(actor)}
        return page_of(unseen, "servers", params, "server")
