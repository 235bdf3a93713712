"""`/confirmations`: commands that wait for a second person, and confirming them."""

from typing import Any, Final

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.operation.differing_lines import lines_that_differ
from countersign.web.dashboard.pages import Pages
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

WAITING: Final = "/confirmations"


class ConfirmationPages:
    """List of the commands that wait, the effect of each, and the buttons."""

    def __init__(self, commands: Commands, pages: Pages, clock: Clock) -> None:
        self._commands = commands
        self._confirmations = commands.confirmations
        self._pages = pages
        self._clock = clock

    async def index(self, request: Request) -> ASGIApp:
        """Answer with the commands that wait."""
        waiting = await self._confirmations.list(session_of(request).actor)
        return await self._pages.answer(request, "confirmations.html", {"waiting": waiting})

    async def show(self, request: Request) -> ASGIApp:
        """Answer with one command, and with what it would change."""
        actor = session_of(request).actor
        found = await self._confirmations.show(actor, path_parameter(request, "reference"))
        values: dict[str, Any] = {"each": found, "lines": [], "parameters": found["parameters"]}
        document = found["parameters"].get("document")
        community = found["community"]
        may_show = community and self._pages.may_in(actor, Command.POLICY_SHOW, community)
        if document is not None and may_show:
            current = await self._commands.policy_documents.show(actor, community=community)
            values["lines"] = await lines_that_differ(current["document"], document)
        return await self._pages.answer(request, "confirmation.html", values)

    async def confirm(self, request: Request) -> ASGIApp:
        """Confirm a command that somebody else gave."""
        await read_form(request)
        session, began_ts = session_of(request), self._clock.now_ts()
        done = await self._confirmations.confirm(
            session.actor, path_parameter(request, "reference")
        )
        session.add_notice(f"Confirmed and done: {done['command']}.", undo_since_ts=began_ts)
        return see_other(WAITING)

    async def decline(self, request: Request) -> ASGIApp:
        """Decline a command, or withdraw one's own."""
        await read_form(request)
        session = session_of(request)
        done = await self._confirmations.decline(
            session.actor, path_parameter(request, "reference")
        )
        session.add_notice(f"Declined; nothing has changed: {done['summary']}")
        return see_other(WAITING)
