"""`/now`: what was refused of late, told anew by itself until somebody stops it."""

from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.policy.decisions import Verdict
from countersign.ports.clock import Clock
from countersign.ports.stores.decisions import DecisionQuery
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Pages

DAY_MS: Final = 86_400_000
LISTED: Final = 50
EVERY_SECONDS: Final = 10


class NowPage:
    """The refusals of the last day, and what else is not as usual."""

    def __init__(self, commands: Commands, pages: Pages, clock: Clock) -> None:
        self._commands = commands
        self._pages = pages
        self._clock = clock

    async def get(self, request: Request) -> ASGIApp:
        """Answer with what was refused of late, by sender and step."""
        actor = session_of(request).actor
        since_ts = max(0, self._clock.now_ts() - DAY_MS)
        found = await self._commands.decisions.search(
            actor, DecisionQuery(verdict=Verdict.REFUSE, since_ts=since_ts), limit=LISTED
        )
        may = self._pages.may
        raids = self._commands.raids.status(actor) if may(actor, Command.RAID_STATUS) else []
        rooms = self._commands.rooms.list(actor)["rooms"] if may(actor, Command.ROOMS_LIST) else []
        guard = self._commands.guard.list(actor) if may(actor, Command.GUARD_LIST) else {}
        values = {
            "decisions": found["decisions"],
            "limit": LISTED,
            "every": EVERY_SECONDS,
            "is_paused": "paused" in request.query_params,
            "raids": raids,
            "unwell": [room for room in rooms if room["membership"] == "joined" and room["alerts"]],
            "dropped": guard.get("dropped", []),
        }
        return self._pages.answer(request, "now.html", values)
