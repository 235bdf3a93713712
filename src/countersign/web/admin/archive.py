"""`/_countersign/v1/archive`: the archive of judged events."""

from starlette.requests import Request

from countersign.service.commands.operation.archive import ArchiveCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import AdminRequests
from countersign.web.http.answers import Answer


class ArchiveEndpoint:
    """Takes events out of the archive."""

    def __init__(self, archive: ArchiveCommands, requests: AdminRequests) -> None:
        self._archive = archive
        self._requests = requests

    async def purge(self, request: Request) -> Answer:
        """Take out what a user sent or what was sent to a room; answer with how many events."""
        body = await self._requests.read(request)
        purged = await self._archive.purge(
            actor_of(request), user_id=body.get("user_id"), room_id=body.get("room_id")
        )
        return Answer(200, purged)
