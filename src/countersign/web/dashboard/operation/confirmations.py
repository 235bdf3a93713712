"""`/confirmations`: commands that wait for a second person, and confirming them."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Command
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.operation.differing_lines import lines_that_differ
from countersign.web.dashboard.pages import Done, PageGroup, Sent, served_at, submitted
from countersign.web.http.requests import path_parameter

WAITING: Final = "/confirmations"


class ConfirmationPages(PageGroup):
    """List of the commands that wait, the effect of each, and the buttons."""

    @served_at("/confirmations")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with the commands that wait."""
        waiting = await self._commands.confirmations.list(session_of(request).actor)
        return await self._pages.answer(request, "confirmations.html", {"waiting": waiting})

    @served_at("/confirmations/{reference}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with one command, and with what it would change."""
        actor = session_of(request).actor
        confirmation = await self._commands.confirmations.show(
            actor, path_parameter(request, "reference")
        )
        values: dict[str, Any] = {
            "each": confirmation,
            "lines": [],
            "parameters": confirmation["parameters"],
        }
        document = confirmation["parameters"].get("document")
        community = confirmation["community"]
        may_show = community and self._pages.may_in(actor, Command.POLICY_SHOW, community)
        if document is not None and may_show:
            current = await self._commands.policy_documents.show(actor, community=community)
            values["lines"] = await lines_that_differ(current["document"], document)
        return await self._pages.answer(request, "confirmation.html", values)

    @submitted("/confirmations/{reference}/confirm")
    async def confirm(self, sent: Sent) -> Done:
        """Confirm a command that somebody else gave."""
        result = await self._commands.confirmations.confirm(
            sent.actor, path_parameter(sent.request, "reference")
        )
        return Done(f"Confirmed and done: {result['command']}.", WAITING, is_undoable=True)

    @submitted("/confirmations/{reference}/decline")
    async def decline(self, sent: Sent) -> Done:
        """Decline a command, or withdraw one's own."""
        result = await self._commands.confirmations.decline(
            sent.actor, path_parameter(sent.request, "reference")
        )
        return Done(f"Declined; nothing has changed: {result['summary']}", WAITING)
