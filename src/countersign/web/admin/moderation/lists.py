"""`/_countersign/v1/lists`: the policy lists that policies follow, and whom they would hit."""

from typing import Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.lists import ListCommands
from countersign.service.handshakes.resident_calls import Progress
from countersign.web.admin.declarations.endpoints import LongWork, get, stream
from countersign.web.admin.declarations.fields import RoomId
from countersign.web.admin.declarations.lines import Line
from countersign.web.admin.declarations.models import Asked, Told
from countersign.web.admin.declarations.paging import PageAsked, PageTold, page_of


class PreviewAsked(Asked):
    """Room or list to preview."""

    room_id: RoomId = Field(description="a room or a list that our user is in")


class ToldList(Told):
    """Policy list that a policy follows."""

    list_id: str
    community: str
    filter: str
    is_followed: bool = Field(description="false while our user is not in its room")
    rules: dict[str, int] = Field(description="how many there are of each kind")


class ToldLists(PageTold):
    """Policy lists, by community."""

    lists: list[ToldList]


class ToldHit(Told):
    """Member of a room whom a rule hits."""

    user_id: str
    list_id: str
    entity: str
    recommendation: str
    reason: str


class ToldWideRule(Told):
    """Rule that hits too many to be followed."""

    list_id: str
    entity: str
    hit: int
    of: int


class ToldPreview(Told):
    """Members of a room whom lists hit."""

    room_id: str
    members: int
    hit: int
    first_hit: list[ToldHit]
    too_wide: list[ToldWideRule]


class PreviewLine(Line):
    """Line of the answer; the last holds `previews`, or `error`."""

    previews: list[ToldPreview] | None = Field(default=None, description="one for each room")


class ListEndpoints:
    """Tells which lists are followed, and whom a list hits."""

    def __init__(self, lists: ListCommands) -> None:
        self._lists = lists

    @get("/_countersign/v1/lists", Command.LISTS_SHOW, asked=PageAsked, answer=ToldLists)
    async def list(self, actor: Actor, asked: PageAsked) -> JsonObject:
        """List the [policy lists](lists.md) that policies follow, by community."""
        lists = {"lists": self._lists.show(actor)}
        return page_of(lists, "lists", asked, "community", "filter", "list_id")

    @stream(
        "/_countersign/v1/lists/preview",
        Command.LISTS_PREVIEW,
        asked=PreviewAsked,
        answer=PreviewLine,
    )
    async def preview(self, actor: Actor, asked: PreviewAsked) -> LongWork:
        """Show the members whom a room's lists match, or a list's matches in other rooms."""

        async def work(progress: Progress) -> dict[str, Any]:
            progress("comparing members with rules")
            return {"previews": await self._lists.preview(actor, asked.room_id)}

        return LongWork(work=work)
