"""`/now` and `/incidents`: recent refusals, grouped into incidents."""

from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.policy.decisions import Verdict
from countersign.ports.actors import Actor
from countersign.ports.stores.decisions import DecisionQuery
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import searched_room, session_of
from countersign.web.dashboard.guard import is_automatic_refresh
from countersign.web.dashboard.pages import PageGroup, served_at
from countersign.web.http.answers import Answer
from countersign.web.http.requests import path_parameter

LISTED: Final = 50
REFERENCES: Final = 200
EVERY_SECONDS: Final = 10
SELDOM_SECONDS: Final = 30
MANY_REFUSALS: Final = 1_000
MINUTE_MS: Final = 60_000


class NowPages(PageGroup):
    """The incidents of the last day, what else is not as usual, and the page of one incident."""

    @served_at("/now")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with the incidents of the last day, or those of one room, the latest first."""
        actor = session_of(request).actor
        room_id = searched_room(request)
        may = self._pages.may
        raids, crowds = [], []
        if may(actor, Command.RAID_STATUS):
            raids = self._commands.raids.status(actor)
            crowds = await self._commands.raids.crowds(actor)
        unwell, joined = await self._rooms(actor)
        guard = self._commands.guard.list(actor) if may(actor, Command.GUARD_LIST) else {}
        dropped = guard.get("dropped", [])
        waiting = []
        if may(actor, Command.CONFIRMATIONS_LIST):
            listed = await self._commands.confirmations.list(actor)
            waiting = [each for each in listed if not each["is_own"]]
        newest = await self._commands.decisions.search(
            actor, DecisionQuery(verdict=Verdict.REFUSE), room_id=room_id, limit=1
        )
        # Grouping a day's refusals is work, and most of the time there is no news.
        minute = self._clock.now_ts() // MINUTE_MS
        mark = _mark(minute, newest["decisions"][:1], raids, crowds, unwell, dropped, waiting)
        if is_automatic_refresh(request.scope) and request.query_params.get("seen") == mark:
            return Answer(204, None)
        incidents = await self._commands.incidents.list(actor, room_id=room_id, limit=LISTED)
        values = {
            "seen": mark,
            "incidents": incidents["incidents"],
            "refusals": incidents["refusals"],
            "is_cut": incidents["is_cut"],
            "hints": incidents["hints"],
            "searched": room_id or "",
            "limit": LISTED,
            "every": EVERY_SECONDS if incidents["refusals"] < MANY_REFUSALS else SELDOM_SECONDS,
            "is_paused": "paused" in request.query_params,
            "raids": raids,
            "crowds": crowds,
            "switchable": self._pages.communities(actor, Command.RAID_ON),
            "unwell": unwell,
            "dropped": dropped,
            "waiting": waiting,
            "has_rooms": joined > 0,
        }
        return await self._pages.answer(request, "now.html", values)

    async def _rooms(self, actor: Actor) -> tuple[list[JsonObject], int]:
        """Return the rooms with alerts, and the number of rooms that we are in."""
        if not self._pages.may(actor, Command.ROOMS_LIST):
            return [], 0
        rooms = await self._commands.rooms.list_unwell(actor)
        return rooms["rooms"], rooms["joined"]

    @served_at("/incidents/{reference}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with one incident and its refusals."""
        actor, reference = session_of(request).actor, path_parameter(request, "reference")
        incident = await self._commands.incidents.show(actor, reference)
        values = {
            "incident": incident,
            "references": incident["references"][:REFERENCES],
            "may_mute_many": self._pages.may_in(
                actor, Command.MUTES_BEGIN_MANY, incident["community"]
            ),
        }
        return await self._pages.answer(request, "incident.html", values)


def _mark(*parts: object) -> str:
    """Return a short text that changes when the page's content does."""
    return sha256(repr(parts).encode()).hexdigest()[:16]
