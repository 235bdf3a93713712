"""`/_countersign/v1/leaks`: leaks, and which servers collect signatures."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.ports.stores.leaks import Channel, OutboxState
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.leaks import LeakCommands
from countersign.web.admin.declarations.endpoints import get
from countersign.web.admin.declarations.fields import Moment, Place, RoomId, WholeNumber
from countersign.web.admin.declarations.models import Asked, Told
from countersign.web.admin.declarations.paging import PageAsked, PageTold, page_of


class LeaksAsked(Asked):
    """Selection of the leaks to list."""

    room_id: RoomId | None = None
    before: Place | None = Field(
        default=None, description="recorded before the page that ended with this `next`"
    )
    limit: WholeNumber = Field(default=50, description="so many; 1,000 at most")


class ToldHandOver(Told):
    """State of telling one recipient of a leak."""

    recipient: str
    state: OutboxState
    attempts: int
    outcome: str | None
    tried_ts: Moment | None


class ToldLeak(Told):
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
    hand_overs: list[ToldHandOver] = Field(description="what came of telling each recipient")


class ToldLeaks(Told):
    """Leaks, the newest first."""

    leaks: list[ToldLeak]
    next: str | None = Field(description="null if the page is not full")


class ToldUnseen(Told):
    """Events of a server that were signed and not seen since."""

    server: str
    unseen: int = Field(description="within the day")
    unseen_lately: int = Field(description="within the hour")
    signed_lately: int = Field(description="all that it asked for within the hour")
    is_alarming: bool


class ToldUnseenSignatures(PageTold):
    """Servers that had events signed which nobody has seen since, the most first."""

    servers: list[ToldUnseen]


class LeakEndpoints:
    """Lists leaks."""

    def __init__(self, leaks: LeakCommands) -> None:
        self._leaks = leaks

    @get("/_countersign/v1/leaks", Command.LEAKS_LIST, asked=LeaksAsked, answer=ToldLeaks)
    async def list(self, actor: Actor, asked: LeaksAsked) -> JsonObject:
        """List leaks, newest first, with the result of each delivery."""
        return await self._leaks.latest(
            actor, room_id=asked.room_id, before=asked.before, limit=asked.limit
        )


class UnseenSignaturesEndpoint:
    """Lists servers that collect signatures; only a running server knows them."""

    def __init__(self, leaks: LeakCommands) -> None:
        self._leaks = leaks

    @get(
        "/_countersign/v1/leaks/banked",
        Command.LEAKS_UNSEEN,
        asked=PageAsked,
        answer=ToldUnseenSignatures,
    )
    async def unseen(self, actor: Actor, asked: PageAsked) -> JsonObject:
        """List servers that hold unseen signatures, those with the most first.

        [leaks.md](leaks.md) says more.
        """
        unseen = {"servers": self._leaks.unseen_signatures(actor)}
        return page_of(unseen, "servers", asked, "server")
