"""`/_countersign/v1/lists`: the followed policy lists, and the members that they match."""

from typing import Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.handshakes.resident_calls import Progress
from countersign.web.admin.declarations.endpoints import LongWork, get, stream
from countersign.web.admin.declarations.fields import CommunityName, RoomId
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.lines import Line
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of


class PreviewParameters(Parameters):
    """Room or list to preview."""

    room_id: RoomId = Field(description="a room or a list that our user is in")


class ListsParameters(PageParameters):
    """Selection of the lists."""

    community: CommunityName | None = Field(
        default=None, description="only lists of this community's policy"
    )


class ListJson(JsonAnswer):
    """Policy list that a policy follows."""

    list_id: str
    community: str
    filter: str
    is_followed: bool = Field(description="false while our user is not in its room")
    rules: dict[str, int] = Field(description="how many there are of each kind")


class ListsJson(PageJson):
    """Policy lists, by community."""

    lists: list[ListJson]


class HitJson(JsonAnswer):
    """Member of a room whom a rule matches."""

    user_id: str
    list_id: str
    entity: str
    recommendation: str
    reason: str


class WideRuleJson(JsonAnswer):
    """Rule that hits too many to be followed."""

    list_id: str
    entity: str
    hit: int
    of: int


class PreviewJson(JsonAnswer):
    """Members of a room whom lists match."""

    room_id: str
    members: int
    hit: int
    first_hit: list[HitJson]
    too_wide: list[WideRuleJson]


class PreviewLine(Line):
    """Line of the answer; the last holds `previews`, or `error`."""

    previews: list[PreviewJson] | None = Field(default=None, description="one for each room")


class ListEndpoints(RunningEndpoints):
    """Lists the followed policy lists, and whom the rules of one match."""

    @get("lists", Command.LISTS_SHOW, answer=ListsJson, raises=(NotFound,))
    async def list(self, actor: Actor, params: ListsParameters) -> JsonObject:
        """List the [policy lists](lists.md) that policies follow, by community."""
        lists = {"lists": self._commands.lists.show(actor, params.community)}
        return page_of(lists, "lists", params, "community", "filter", "list_id")

    @stream("lists/preview", Command.LISTS_PREVIEW, answer=PreviewLine)
    async def preview(self, actor: Actor, params: PreviewParameters) -> LongWork:
        """Show the members whom a room's lists match, or a list's matches in other rooms."""

        async def work(progress: Progress) -> dict[str, Any]:
            progress("comparing members with rules")
            return {"previews": await self._commands.lists.preview(actor, params.room_id)}

        return LongWork(work=work)
