"""`/_countersign/v1/rooms`: the rooms that we are in, and how to change that."""

from typing import Any, Final

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.operation.rooms import RoomCommands
from countersign.service.handshakes.resident_calls import Progress
from countersign.web.admin.access import actor_of
from countersign.web.admin.progress import ProgressStream
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer

_JOIN_GOES_ON: Final = (
    "The server goes on joining; `countersign rooms list` shows when it has joined, and the log of "
    "the server why it could not. A large room may take minutes. If a server does not answer, name "
    "another one with --via."
)
_CHECK_IS_GIVEN_UP: Final = (
    "The room's servers, or those whose keys are needed, answer too slowly. What is known stays, "
    "and the room is looked at again by itself."
)
_LEAVE_GOES_ON: Final = (
    "The server goes on asking the room's servers to take our leave; `countersign rooms list` "
    "shows when one has. With --force the room is forgotten here all the same."
)


class RoomsEndpoint:
    """Lists rooms, joins, checks and leaves them."""

    def __init__(self, rooms: RoomCommands, requests: AdminRequests, errors: ErrorAnswers) -> None:
        self._rooms = rooms
        self._requests = requests
        self._errors = errors

    async def get(self, request: Request) -> Answer:
        """Answer with every room that we are or were in."""
        return Answer(200, self._rooms.list(actor_of(request)))

    async def join(self, request: Request) -> ProgressStream:
        """Join a room, telling how it goes."""
        actor = actor_of(request)
        self._rooms.require(actor, Command.ROOMS_JOIN)
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        get_field(body, "via", list)
        via = _servers(body)

        async def work(progress: Progress) -> dict[str, Any]:
            return {"joined": await self._rooms.join(actor, room_id, via, progress)}

        return ProgressStream(work, self._errors, _JOIN_GOES_ON)

    async def rejoin(self, request: Request) -> ProgressStream:
        """Join a room once more that we are or were in, telling how it goes."""
        actor = actor_of(request)
        self._rooms.require(actor, Command.ROOMS_REJOIN)
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        via = _servers(body)

        async def work(progress: Progress) -> dict[str, Any]:
            return {"joined": await self._rooms.rejoin(actor, room_id, via, progress)}

        return ProgressStream(work, self._errors, _JOIN_GOES_ON)

    async def check(self, request: Request) -> ProgressStream:
        """Ask the room's servers how things stand there, and tell what each answered."""
        actor = actor_of(request)
        self._rooms.require(actor, Command.ROOMS_CHECK)
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)

        async def work(progress: Progress) -> dict[str, Any]:
            return {"checked": await self._rooms.check(actor, room_id, progress)}

        return ProgressStream(work, self._errors, _CHECK_IS_GIVEN_UP)

    async def leave(self, request: Request) -> ProgressStream:
        """Leave a room, telling how it goes."""
        actor = actor_of(request)
        self._rooms.require(actor, Command.ROOMS_LEAVE)
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        force = body.get("force") is True

        async def work(progress: Progress) -> dict[str, Any]:
            return {"left": await self._rooms.leave(actor, room_id, progress, force=force)}

        return ProgressStream(work, self._errors, _LEAVE_GOES_ON)


def _servers(body: JsonObject) -> list[str]:
    via = body.get("via", [])
    if not isinstance(via, list) or not all(isinstance(server, str) for server in via):
        raise BadJson("The field 'via' must hold server names.")
    return via
