"""`/privacy`: export and erasure of a person's or a room's data, and retention times."""

from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.operation.settings import Setting
from countersign.web.dashboard.pages import Pages, served_at


class PrivacyPages:
    """Export and erasure, for operators."""

    def __init__(
        self,
        commands: Commands,
        pages: Pages,
        *,
        retention: Sequence[Setting],
    ) -> None:
        self._commands = commands
        self._pages = pages
        self._retention = retention

    @served_at("/privacy")
    async def get(self, request: Request) -> ASGIApp:
        """Answer with the forms, and with the retention times.

        Raises:
            Forbidden: they are no operator.
        """
        self._commands.permissions.require(session_of(request).actor, Command.PRIVACY_EXPORT)
        return await self._answer(request)

    @served_at("/privacy/export", "POST")
    async def export(self, request: Request) -> ASGIApp:
        """Answer with a file of everything that is about a user or names them."""
        form = await read_form(request)
        return _file(
            await self._commands.privacy.export(
                session_of(request).actor, user_id=form.text("user_id")
            )
        )

    @served_at("/privacy/export-room", "POST")
    async def export_room(self, request: Request) -> ASGIApp:
        """Answer with a file of everything that belongs to a room."""
        form = await read_form(request)
        return _file(
            await self._commands.privacy.export_room(
                session_of(request).actor, room_id=form.text("room_id")
            )
        )

    @served_at("/privacy/erase", "POST")
    async def erase(self, request: Request) -> ASGIApp:
        """Erase a user, and answer with what was deleted and what stays.

        Raises:
            BadJson: the user was not named twice.
        """
        form = await read_form(request)
        user_id = form.text("user_id")
        if form.text("again") != user_id:
            raise BadJson("Nobody was erased: write the user ID the same way in both fields.")
        erased = await self._commands.privacy.erase(
            session_of(request).actor, user_id=user_id, with_given=form.is_ticked("with_given")
        )
        return await self._answer(request, erased, user_id)

    @served_at("/privacy/erase-room", "POST")
    async def erase_room(self, request: Request) -> ASGIApp:
        """Erase a room, and answer with what was deleted and what stays.

        Raises:
            BadJson: the room was not named twice.
        """
        form = await read_form(request)
        room_id = form.text("room_id")
        if form.text("again") != room_id:
            raise BadJson("Nothing was erased: write the room ID the same way in both fields.")
        erased = await self._commands.privacy.erase_room(session_of(request).actor, room_id=room_id)
        return await self._answer(request, erased, room_id)

    async def _answer(
        self, request: Request, erased: JsonObject | None = None, name: str = ""
    ) -> ASGIApp:
        values = {"retention": self._retention, "erased": erased, "name": name}
        return await self._pages.answer(request, "privacy.html", values)


def _file(exported: JsonObject) -> Response:
    headers = {
        "content-disposition": 'attachment; filename="export.json"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    body = orjson.dumps(exported, option=orjson.OPT_INDENT_2)
    return Response(body, media_type="application/json", headers=headers)
