"""`/raids`: raid mode: starting, ending, and its effects."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted


class RaidPages(PageGroup):
    """Raids that are under way, and the switch."""

    @served_at("/raids")
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

    @submitted("/raids/begin")
    async def begin(self, sent: Sent) -> Done:
        """Begin raid mode, or prolong it."""
        raid = await self._commands.raids.begin(
            sent.actor,
            community=sent.form.text("community") or None,
            lasts_ms=sent.form.duration_ms("hours"),
            reason=sent.form.text("reason"),
            is_strict=sent.form.is_ticked("strict"),
            came_within_ms=sent.form.duration_ms("within"),
        )
        return Done(f"{raid['community']} is in raid mode.", "/raids", is_undoable=True)

    @submitted("/raids/end")
    async def end(self, sent: Sent) -> Done:
        """End raid mode."""
        raid = await self._commands.raids.end(
            sent.actor, community=sent.form.text("community") or None
        )
        refused = sum(raid["refused"].values())
        return Done(
            f"Raid mode of {raid['community']} has ended; {refused:,} events were refused in it.",
            "/raids",
            is_undoable=True,
        )

    @submitted("/raids/restore")
    async def restore(self, sent: Sent) -> Done:
        """Restore a step that the runaway guard dropped."""
        await self._commands.guard.restore(
            sent.actor, step=sent.form.text("step"), community=sent.form.text("community") or None
        )
        return Done(f"The step {sent.form.text('step')} refuses again.", "/raids", is_undoable=True)
