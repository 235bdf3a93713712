"""`/filters`: what each step of the policies did, and what it was wrong about."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_room_id
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Pages

DAY_MS: Final = 86_400_000
DAYS: Final = {"1": "the last day", "7": "the last week", "30": "the last 30 days"}


class FilterPages:
    """Statistics of the policies' steps."""

    def __init__(self, commands: Commands, pages: Pages, clock: Clock) -> None:
        self._commands = commands
        self._pages = pages
        self._clock = clock

    async def get(self, request: Request) -> ASGIApp:
        """Answer with what each step refused, would have refused, and was wrong about.

        Raises:
            BadJson: the time or the room cannot be read.
        """
        days = request.query_params.get("days", "1")
        room_id = request.query_params.get("room", "").strip()
        if days not in DAYS or (room_id and not is_room_id(room_id)):
            raise BadJson("Give a room ID such as !abc:example.org, and one of the times.")
        found = await self._commands.decisions.statistics(
            session_of(request).actor,
            since_ts=max(0, self._clock.now_ts() - int(days) * DAY_MS),
            room_id=room_id or None,
        )
        most = max((step["refused"] + step["shadow"] for step in found["steps"]), default=0)
        values = {
            "decided": found["decisions"],
            "steps": found["steps"],
            "most": most,
            "days": days,
            "periods": DAYS,
            "room": room_id,
        }
        return self._pages.answer(request, "filters.html", values)
