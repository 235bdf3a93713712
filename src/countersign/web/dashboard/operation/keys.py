"""`/keys`: the policy keys that the running server signs with, and where."""

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import PageGroup, served_at


class KeyPage(PageGroup):
    """Each policy key, and the rooms that list it."""

    @served_at("/keys")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with each policy key, the current one first."""
        keys = self._commands.keys.show(session_of(request).actor)
        return await self._pages.answer(request, "keys.html", {"keys": keys})
