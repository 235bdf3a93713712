"""`/filters`: counts of each step of the policies by day, and scores."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import searched_room, session_of
from countersign.web.dashboard.operation.charts import days as day_bars
from countersign.web.dashboard.operation.charts import histogram
from countersign.web.dashboard.pages import PageGroup, served_at

DAY_MS: Final = 86_400_000
DAYS: Final = {"1": "the last day", "7": "the last week", "30": "the last 30 days"}


class FilterPages(PageGroup):
    """Statistics of the policies' steps."""

    @served_at("/filters")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with each step's refusals, would-be refusals and false positives.

        Raises:
            BadJson: the time or the room cannot be read.
        """
        actor = session_of(request).actor
        days = request.query_params.get("days", "1")
        room_id = searched_room(request)
        if days not in DAYS:
            raise BadJson("Choose one of the times.")
        since_ts = max(0, self._clock.now_ts() - int(days) * DAY_MS)
        communities = self._pages.communities(actor, Command.FILTERS_STATISTICS)
        community = request.query_params.get("community") or (communities[0] if communities else "")
        if community in communities and not room_id:
            values = await self._of_community(actor, community, since_ts)
        else:
            values = await self._of_room(actor, room_id, since_ts)
        values |= {
            "days": days,
            "periods": DAYS,
            "room": room_id or "",
            "communities": communities,
            "community": community,
        }
        return await self._pages.answer(request, "filters.html", values)

    async def _of_community(self, actor: Actor, community: str, since_ts: int) -> dict[str, Any]:
        """Return the counts of the steps by day, and the scores."""
        statistics = await self._commands.statistics.filters(
            actor, community=community, since_ts=since_ts
        )
        steps = [{**step, "days": day_bars(_hits(step))} for step in statistics["steps"]]
        levels = [histogram(level, scores) for level, scores in statistics["levels"].items()]
        return {
            "decided": None,
            "steps": steps,
            "most": _most(steps),
            "hints": [],
            "levels": [each for each in levels if any(bar["score"] for bar in each["bars"])],
            "costs": statistics["costs"],
        }

    async def _of_room(self, actor: Actor, room_id: str | None, since_ts: int) -> dict[str, Any]:
        """Return the counts of the steps in one room, or in all that the actor sees."""
        statistics = await self._commands.decisions.statistics(
            actor, since_ts=since_ts, room_id=room_id
        )
        steps = [{**step, "days": []} for step in statistics["steps"]]
        return {
            "decided": statistics["decisions"],
            "steps": steps,
            "most": _most(steps),
            "hints": statistics["hints"],
            "levels": [],
            "costs": [],
        }


def _hits(step: JsonObject) -> list[int]:
    return [day["refused"] + day["shadow"] for day in step["by_day"]]


def _most(steps: list[dict[str, Any]]) -> int:
    return max((step["refused"] + step["shadow"] for step in steps), default=0)
