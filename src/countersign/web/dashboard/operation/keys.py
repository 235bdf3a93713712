"""`/keys`: the policy keys that the running server signs with, and where."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Pages


class KeyPage:
    """Each policy key, and the rooms that list it."""

    def __init__(self, commands: Commands, pages: Pages) -> None:
        self._commands = commands
        self._pages = pages

    async def get(self, request: Request) -> ASGIApp:
        """Answer with each policy key, the current one first."""
        keys = self._commands.keys.show(session_of(request).actor)
        return await self._pages.answer(request, "keys.html", {"keys": keys})
