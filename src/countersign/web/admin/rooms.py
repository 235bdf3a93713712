"""`/_countersign/v1/rooms`: the rooms that we are in, and how to change that."""

from typing import Any

from starlette.requests import Request

from countersign.protocol.errors import BadJson
from countersign.service.handshakes import Progress
from countersign.service.rooms import Room, Rooms
from countersign.web.admin.progress import ProgressStream
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.answers import Answer
from countersign.web.errors import ErrorAnswers


class RoomsEndpoint:
    """Lists rooms, joins and leaves them."""

    def __init__(self, rooms: Rooms, requests: AdminRequests, errors: ErrorAnswers) -> None:
        self._rooms = rooms
        self._requests = requests
        self._errors = errors

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with every room that we are or were in."""
        return Answer(200, {"rooms": [_summary(room) for room in self._rooms.all()]})

    async def join(self, request: Request) -> ProgressStream:
        """Join a room, telling how it goes."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        via = get_field(body, "via", list)
        if not all(isinstance(server, str) for server in via):
            raise BadJson("The field 'via' must hold server names.")

        async def work(progress: Progress) -> dict[str, Any]:
            return {"joined": _summary(await self._rooms.join(room_id, via, progress))}

        return ProgressStream(work, self._errors)

    async def leave(self, request: Request) -> ProgressStream:
        """Leave a room, telling how it goes."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        force = body.get("force") is True

        async def work(progress: Progress) -> dict[str, Any]:
            progress(f"leaving {room_id}")
            return {"left": _summary(await self._rooms.leave(room_id, force=force))}

        return ProgressStream(work, self._errors)


def _summary(room: Room) -> dict[str, Any]:
    return {
        "room_id": room.room_id,
        "room_version": room.rules.identifier,
        "membership": room.membership,
        "joined_members": sum(
            member.membership == "join" for member in room.state.members.values()
        ),
        "is_encrypted": room.state.is_encrypted,
        "via": list(room.via),
        "joined_ts": room.joined_ts,
        "confirmed_ts": room.confirmed_ts,
        "note": room.note,
        "alerts": [
            {"kind": alert.kind.value, "message": alert.message, "remedy": alert.remedy}
            for alert in room.alerts
        ],
    }
