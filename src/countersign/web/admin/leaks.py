"""`/_countersign/v1/leaks`: leaks, and which servers collect signatures."""

from starlette.requests import Request

from countersign.service.commands.moderation.leaks import LeakCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import room_parameter, whole_number
from countersign.web.http.answers import Answer


class LeaksEndpoint:
    """Lists leaks."""

    def __init__(self, leaks: LeakCommands) -> None:
        self._leaks = leaks

    async def list(self, request: Request) -> Answer:
        """Answer with the newest leaks first."""
        found = await self._leaks.latest(
            actor_of(request),
            room_id=room_parameter(request),
            limit=whole_number(request, "limit", 50),
        )
        return Answer(200, {"leaks": found})

    async def unseen(self, request: Request) -> Answer:
        """Answer with each server that had events signed which nobody has seen since."""
        return Answer(200, {"servers": self._leaks.unseen_signatures(actor_of(request))})
