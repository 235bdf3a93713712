"""`/_countersign/v1/lists`: the policy lists that policies follow, and whom they would hit."""

from typing import Any

from starlette.requests import Request

from countersign.service.commands.moderation.lists import ListCommands
from countersign.service.handshakes.resident_calls import Progress
from countersign.web.admin.access import actor_of
from countersign.web.admin.progress import ProgressStream
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer


class ListsEndpoint:
    """Tells which lists are followed, and whom a list hits."""

    def __init__(self, lists: ListCommands, requests: AdminRequests, errors: ErrorAnswers) -> None:
        self._lists = lists
        self._requests = requests
        self._errors = errors

    async def get(self, request: Request) -> Answer:
        """Answer with every list that a policy follows."""
        return Answer(200, {"lists": self._lists.show(actor_of(request))})

    async def preview(self, request: Request) -> ProgressStream:
        """Answer with whom the lists of a room hit in it, or a list in the other rooms."""
        actor = actor_of(request)
        self._lists.require_preview(actor)
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)

        async def work(progress: Progress) -> dict[str, Any]:
            progress("comparing members with rules")
            return {"previews": await self._lists.preview(actor, room_id)}

        return ProgressStream(work, self._errors)
