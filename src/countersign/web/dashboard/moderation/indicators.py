"""`/indicators`: links, contacts and wallets that are known to be bad."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.long_lists import listed_part
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted


class IndicatorPages(PageGroup):
    """Pages that list, add and remove bad indicators."""

    @served_at("/indicators")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with the bad indicators, the latest first."""
        actor = session_of(request).actor
        indicators = await self._commands.indicators.list(actor)
        shown, following = listed_part(request, indicators)
        values = {
            "indicators": shown,
            "found": len(indicators),
            "following": following,
            "changeable": self._pages.communities(actor, Command.INDICATORS_ADD),
        }
        return await self._pages.answer(request, "indicators.html", values)

    @submitted("/indicators/add")
    async def add(self, sent: Sent) -> Done:
        """Add a bad indicator."""
        added = await self._commands.indicators.add(
            sent.actor,
            indicator=sent.form.text("indicator"),
            community=sent.form.text("community") or None,
            lasts_ms=sent.form.duration_ms("hours"),
        )
        words = f"Known to be bad in {added['community']}: {added['label']}."
        return Done(words, "/indicators", is_undoable=True)

    @submitted("/indicators/remove")
    async def remove(self, sent: Sent) -> Done:
        """Remove a bad indicator."""
        removed = await self._commands.indicators.remove(
            sent.actor,
            indicator=sent.form.text("indicator"),
            community=sent.form.text("community") or None,
        )
        return Done(f"No longer bad: {removed['label']}.", "/indicators", is_undoable=True)
