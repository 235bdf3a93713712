"""`/leaks`: refused events that reached their rooms, and servers that keep signed ones back."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import searched_room, session_of
from countersign.web.dashboard.pages import PageGroup, served_at

LISTED: Final = 50


class LeakPage(PageGroup):
    """The leaks, and what came of telling each recipient."""

    @served_at("/leaks")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with the newest leaks first; those of one room if the query names it."""
        actor = session_of(request).actor
        room_id = searched_room(request)
        unseen = (
            self._commands.leaks.unseen_signatures(actor)
            if self._pages.may(actor, Command.LEAKS_UNSEEN)
            else []
        )
        before = request.query_params.get("before") or None
        result = await self._commands.leaks.latest(
            actor, room_id=room_id, before=before, limit=LISTED
        )
        parameters = {"room": room_id or "", "before": result["next"]}
        values = {
            **result,
            "older": f"/leaks?{urlencode(parameters)}" if result["next"] else None,
            "is_first": before is None,
            "searched": room_id or "",
            "unseen": unseen,
        }
        return await self._pages.answer(request, "leaks.html", values)
