"""`/indicators`: links, contacts and wallets that are known to be bad."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.long_lists import listed_part
from countersign.web.dashboard.pages import Pages
from countersign.web.pages.answers import see_other


class IndicatorPages:
    """Pages that list, add and remove bad indicators."""

    def __init__(self, commands: Commands, pages: Pages, clock: Clock) -> None:
        self._commands = commands
        self._pages = pages
        self._clock = clock

    async def get(self, request: Request) -> ASGIApp:
        """Answer with the bad indicators, the latest first."""
        actor = session_of(request).actor
        found = await self._commands.indicators.list(actor)
        shown, following = listed_part(request, found)
        values = {
            "indicators": shown,
            "found": len(found),
            "following": following,
            "changeable": self._pages.communities(actor, Command.INDICATORS_ADD),
        }
        return await self._pages.answer(request, "indicators.html", values)

    async def add(self, request: Request) -> ASGIApp:
        """Add a bad indicator."""
        form = await read_form(request)
        session, began_ts = session_of(request), self._clock.now_ts()
        added = await self._commands.indicators.add(
            session.actor,
            indicator=form.text("indicator"),
            community=form.text("community") or None,
            lasts_ms=form.duration_ms("hours"),
        )
        words = f"Known to be bad in {added['community']}: {added['label']}."
        session.add_notice(words, undo_since_ts=began_ts)
        return see_other("/indicators")

    async def remove(self, request: Request) -> ASGIApp:
        """Remove a bad indicator."""
        form = await read_form(request)
        session, began_ts = session_of(request), self._clock.now_ts()
        removed = await self._commands.indicators.remove(
            session.actor,
            indicator=form.text("indicator"),
            community=form.text("community") or None,
        )
        session.add_notice(f"No longer bad: {removed['label']}.", undo_since_ts=began_ts)
        return see_other("/indicators")
