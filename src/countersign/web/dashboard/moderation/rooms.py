"""`/rooms`: the state of protected rooms, and the steps that are missing to protect one."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, CountersignError, ProtocolError
from countersign.protocol.identifiers import is_room_id, is_server_name
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.service.commands.actors.access_register import AccessEnded
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.every_command import Commands
from countersign.service.errors import Forbidden, NotFound
from countersign.service.identity import Identity
from countersign.service.rooms.room_alerts import AlertKind
from countersign.web.dashboard.forms import read_form, session_of
from countersign.web.dashboard.long_lists import LISTED, listed_part
from countersign.web.dashboard.pages import Done, PageGroup, Pages, Sent, served_at, submitted
from countersign.web.dashboard.shown import path_part
from countersign.web.http.requests import path_parameter
from countersign.web.pages.answers import see_other

COMMAND_SECONDS: Final = 50.0
TOLD_LINES: Final = 12
PASSED_ON: Final = (AccessEnded, Forbidden, NotFound, ProtocolError)
"""Errors that have a page of their own; of others a person in charge is told the reason."""

UNNAMED: Final = frozenset({AlertKind.NOT_NAMED.value, AlertKind.KEY_MISMATCH.value})
"""Alerts of a room that does not ask us."""


class RoomPages(PageGroup):
    """The list of rooms, the page of one, and protecting another."""

    def __init__(self, commands: Commands, pages: Pages, clock: Clock, identity: Identity) -> None:
        super().__init__(commands, pages, clock)
        self._identity = identity

    @served_at("/rooms")
    async def index(self, request: Request) -> ASGIApp:
        """Answer with rooms, those that are not well first, some on each page."""
        actor = session_of(request).actor
        all_rooms = await self._commands.rooms.list(actor)
        search = request.query_params.get("q", "").strip()
        rooms = sorted(_matching(all_rooms["rooms"], search), key=_unwell_first)
        shown, following = listed_part(request, rooms)
        values = {
            "rooms": shown,
            "found": len(rooms),
            "is_searchable": len(all_rooms["rooms"]) > LISTED,
            "wanted": search,
            "following": following,
            "unfound": all_rooms["unfound"],
            "user_id": self._identity.user_id,
        }
        return await self._pages.answer(request, "rooms.html", values)

    @served_at("/rooms/{room_id}")
    async def show(self, request: Request) -> ASGIApp:
        """Answer with one room: its health, and the steps that protect it.

        Raises:
            NotFound: we were never in it, or it is not theirs to see.
        """
        actor = session_of(request).actor
        room = self._find(request)
        permissions = self._commands.permissions
        can_check = permissions.may_in_room(actor, Command.ROOMS_CHECK, room["room_id"])
        values = {
            "room": room,
            "steps": self._steps(room),
            "can_name": permissions.may_in_room(actor, Command.ROOMS_PROTECT, room["room_id"]),
            "can_check": can_check and room["membership"] == "joined",
            "can_leave": self._pages.may(actor, Command.ROOMS_LEAVE),
            "can_join": self._pages.may(actor, Command.ROOMS_REJOIN),
            **self._own(),
        }
        return await self._pages.answer(request, "room.html", values)

    @submitted("/rooms/{room_id}/check")
    async def check(self, sent: Sent) -> Done:
        """Check the room's state with its servers."""
        room_id = path_parameter(sent.request, "room_id")
        lines: list[str] = []
        self._commands.rooms.require(sent.actor, Command.ROOMS_CHECK)
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._commands.rooms.check(sent.actor, room_id, lines.append)
        except TimeoutError:
            lines.append("Its servers answer too slowly; the room is looked at again by itself.")
        except PASSED_ON:
            raise
        except CountersignError as error:
            lines.append(str(error))
        return Done("\n".join(lines[-TOLD_LINES:]), f"/rooms/{path_part(room_id)}")

    @served_at("/rooms/{room_id}/protect", "POST")
    async def set_policy_server(self, request: Request) -> ASGIApp:
        """Name us in the room by our user, if it has the power; else say what is missing."""
        await read_form(request)
        session, room_id = session_of(request), path_parameter(request, "room_id")
        result = await self._commands.protecting.protect(session.actor, room_id)
        if result["missing"]:
            session.add_notice(f"The room was not changed: {result['missing']}.")
        elif result["sent"]:
            session.add_notice(
                "Our user has sent m.room.policy; the room's servers ask us from now on."
            )
        else:
            session.add_notice("The room names this server already.")
        return see_other(f"/rooms/{path_part(room_id)}")

    @served_at("/rooms/protect")
    async def protect(self, request: Request) -> ASGIApp:
        """Answer with how a room comes to be protected."""
        can_join = self._pages.may(session_of(request).actor, Command.ROOMS_JOIN)
        values = {"can_join": can_join, "steps": None, **self._own()}
        return await self._pages.answer(request, "protect.html", values)

    @served_at("/rooms/join", "POST")
    async def join(self, request: Request) -> ASGIApp:
        """Join a room with our user.

        Raises:
            BadJson: it is no room ID, or no server is named.
            CountersignError: no server let us in.
        """
        form = await read_form(request)
        session = session_of(request)
        room_id, via = form.text("room_id"), form.text("via").replace(",", " ").split()
        if not is_room_id(room_id):
            raise BadJson("Give the ID of the room, such as !abc:example.org (room settings).")
        if not all(map(is_server_name, via)):
            raise BadJson("Give names of servers that are in the room, such as example.org.")
        lines: list[str] = []
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                if self._is_known(session.actor, room_id):
                    await self._commands.rooms.rejoin(session.actor, room_id, via, lines.append)
                else:
                    await self._commands.rooms.join(session.actor, room_id, via, lines.append)
        except TimeoutError:
            lines.append("The server goes on joining; a large room may take minutes.")
            session.add_notice("\n".join(lines[-TOLD_LINES:]))
            return see_other("/rooms")
        except PASSED_ON:
            raise
        except CountersignError as error:
            # Operators are told what strangers would not be.
            session.add_notice(f"Not joined: {error}")
            return see_other("/rooms/protect")
        session.add_notice("\n".join(lines[-TOLD_LINES:]))
        return see_other(f"/rooms/{path_part(room_id)}")

    @submitted("/rooms/{room_id}/leave")
    async def leave(self, sent: Sent) -> Done:
        """Leave a room with our user."""
        room_id = path_parameter(sent.request, "room_id")
        lines: list[str] = []
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._commands.rooms.leave(
                    sent.actor, room_id, lines.append, force=sent.form.is_ticked("force")
                )
        except TimeoutError:
            lines.append("The server goes on asking the room's servers to take our leave.")
        except PASSED_ON:
            raise
        except CountersignError as error:
            lines.append(f"Not left: {error}")
        return Done(
            "\n".join(lines[-TOLD_LINES:]) or "Left the room.", f"/rooms/{path_part(room_id)}"
        )

    def _find(self, request: Request) -> JsonObject:
        room_id = path_parameter(request, "room_id")
        return self._commands.rooms.show(session_of(request).actor, room_id)

    def _is_known(self, actor: Any, room_id: str) -> bool:
        try:
            self._commands.rooms.show(actor, room_id)
        except NotFound:
            return False
        return True

    def _own(self) -> dict[str, str]:
        """Return our user ID, and the content of an `m.room.policy` that names us."""
        key = self._identity.policy_key.verify_key
        content = room_policy_content(self._identity.server_name, key)
        return {
            "user_id": self._identity.user_id,
            "room_policy": orjson.dumps(content, option=orjson.OPT_INDENT_2).decode(),
        }

    def _steps(self, room: JsonObject) -> list[dict[str, Any]]:
        """Return the steps that protect a room, each with whether it is done."""
        is_joined = room["membership"] == "joined"
        kinds = {alert["kind"] for alert in room["alerts"]}
        is_confirmed = is_joined and room["confirmed_ts"] is not None and not kinds - UNNAMED
        return [
            {
                "title": f"{self._identity.user_id} is in the room",
                "is_done": is_joined,
                "how": f"Invite {self._identity.user_id} to the room, or have an operator join it.",
            },
            {
                "title": "The room names this server as its policy server, with its key",
                "is_done": is_joined and not kinds & UNNAMED,
                "how": "name",
            },
            {
                "title": "Servers of the room have told how things stand there, and agree",
                "is_done": is_confirmed,
                "how": "Nothing: they are asked by themselves. Moderators may ask at once.",
            },
        ]


def _matching(rooms: Iterable[JsonObject], search: str) -> Iterator[JsonObject]:
    """Yield the rooms in whose ID, name or community the wanted text occurs; all for none."""
    search = search.casefold()
    for room in rooms:
        texts = (room["room_id"], room["name"] or "", room["community"])
        if any(search in text.casefold() for text in texts):
            yield room


def _unwell_first(room: JsonObject) -> tuple[bool, bool, str]:
    return room["membership"] != "joined", not room["alerts"], (room["name"] or "").lower()
