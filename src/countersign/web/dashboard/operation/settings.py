"""`/settings`: the settings that the server runs with, and how its parts are; read-only."""

from collections.abc import Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.health.readiness import Health
from countersign.web.dashboard.forms import session_of
from countersign.web.dashboard.pages import Pages, served_at


class Setting(NamedTuple):
    """A setting as the page shows it.

    Attributes:
        name: its path in the file, such as `admin.port`.
        value: its value in words; never a secret.
        is_set: True if the file sets it; otherwise it is the default.
    """

    name: str
    value: str
    is_set: bool


class SettingsPage:
    """Settings and health, for operators."""

    def __init__(
        self,
        permissions: Permissions,
        pages: Pages,
        *,
        settings: Sequence[Setting],
        health: Health,
    ) -> None:
        self._permissions = permissions
        self._pages = pages
        self._settings = settings
        self._health = health

    @served_at("/settings")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with all settings, those that the file changes first.

        Raises:
            Forbidden: they are no operator.
        """
        self._permissions.require(session_of(request).actor, Command.HEALTH)
        report = self._health.report()
        values = {
            "changed": [each for each in self._settings if each.is_set],
            "shipped": [each for each in self._settings if not each.is_set],
            "report": report,
        }
        return await self._pages.answer(request, "settings.html", values)
