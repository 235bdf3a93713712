"""`/raids`: raid mode: starting, ending, and its effects."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.pages import Pages
from countersign.web.pages.answers import see_other


class RaidPages:
    """Raids that are under way, and the switch."""

    def __init__(self, commands: Commands, pages: Pages, clock: Clock) -> None:
        self._commands = commands
        self._pages = pages
        self._clock = clock

    async def get(self, request: Request) -> ASGIApp:
        """Answer with the raids that are under way, and with the steps that the guard dropped."""
        actor = session_of(request).actor
        raids = self._commands.raids.status(actor)
        in_raid = {raid["community"] for raid in raids}
        switchable = self._pages.communities(actor, Command.RAID_ON)
        values = {
            "raids": raids,
            "calm": [name for name in switchable if name not in in_raid],
            "switchable": switchable,
            "guard": self._commands.guard.list(actor),
            "may_restore": self._pages.communities(actor, Command.GUARD_RESTORE),
        }
        return await self._pages.answer(request, "raids.html", values)

    async def begin(self, request: Request) -> ASGIApp:
        """Begin raid mode, or prolong it."""
        form = await read_form(request)
        session, began_ts = session_of(request), self._clock.now_ts()
        raid = await self._commands.raids.begin(
            session.actor,
            community=form.text("community") or None,
            lasts_ms=form.duration_ms("hours"),
            reason=form.text("reason"),
            is_strict=form.is_ticked("strict"),
        )
        session.add_notice(f"{raid['community']} is in raid mode.", undo_since_ts=began_ts)
        return see_other("/raids")

    async def end(self, request: Request) -> ASGIApp:
        """End raid mode."""
        form = await read_form(request)
        session, began_ts = session_of(request), self._clock.now_ts()
        raid = await self._commands.raids.end(
            session.actor, community=form.text("community") or None
        )
        refused = sum(raid["refused"].values())
        session.add_notice(
            f"Raid mode of {raid['community']} has ended; {refused:,} events were refused in it.",
            undo_since_ts=began_ts,
        )
        return see_other("/raids")

    async def restore(self, request: Request) -> ASGIApp:
        """Restore a step that the runaway guard dropped."""
        form = await read_form(request)
        session, began_ts = session_of(request), self._clock.now_ts()
        await self._commands.guard.restore(
            session.actor, step=form.text("step"), community=form.text("community") or None
        )
        session.add_notice(f"The step {form.text('step')} refuses again.", undo_since_ts=began_ts)
        return see_other("/raids")
