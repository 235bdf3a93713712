"""`/_countersign/v1/rooms`: the rooms that we are in, and how to change that."""

from typing import Any, Final

from starlette.requests import Request

from countersign.ports.clock import Clock
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.errors import NotFound
from countersign.service.evaluation.decide import Moderation
from countersign.service.handshakes.resident_calls import Progress
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.rooms.protected_rooms import Room, Rooms
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.web.admin.progress import ProgressStream
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer

CHECK_SECONDS: Final = 35.0
"""How long a room's servers may take when somebody waits; what they said is verified afterwards."""

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

    def __init__(
        self,
        rooms: Rooms,
        rechecks: StateChecks,
        requests: AdminRequests,
        errors: ErrorAnswers,
        *,
        policies: Policies,
        room_finder: RoomFinder,
        moderation: Moderation,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._rechecks = rechecks
        self._requests = requests
        self._errors = errors
        self._policies = policies
        self._room_finder = room_finder
        self._moderation = moderation
        self._clock = clock

    async def get(self, request: Request) -> Answer:  # noqa: ARG002
        """Answer with every room that we are or were in."""
        rooms = [self._summary(room) for room in self._rooms.all()]
        unfound = [
            {"name": name, "reason": self._room_finder.troubles.get(name, "not asked about yet")}
            for name in self._room_finder.unfound
        ]
        return Answer(200, {"rooms": rooms, "unfound": unfound})

    async def join(self, request: Request) -> ProgressStream:
        """Join a room, telling how it goes."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        get_field(body, "via", list)
        via = _servers(body)

        async def work(progress: Progress) -> dict[str, Any]:
            return {"joined": self._summary(await self._rooms.join(room_id, via, progress))}

        return ProgressStream(work, self._errors, _JOIN_GOES_ON)

    async def rejoin(self, request: Request) -> ProgressStream:
        """Join a room once more that we are or were in, telling how it goes."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        via = _servers(body)

        async def work(progress: Progress) -> dict[str, Any]:
            return {"joined": self._summary(await self._rooms.rejoin(room_id, via, progress))}

        return ProgressStream(work, self._errors, _JOIN_GOES_ON)

    async def check(self, request: Request) -> ProgressStream:
        """Ask the room's servers how things stand there, and tell what each answered."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)

        async def work(progress: Progress) -> dict[str, Any]:
            room = self._rooms.get(room_id)
            if room is None or not room.is_joined:
                raise NotFound(f"We are not in {room_id}.")
            progress(f"asking servers of {room_id}")
            answers = await self._rechecks.check(room, is_thorough=True, seconds=CHECK_SECONDS)
            for view in answers.views:
                progress(f"{view.server}: has us in the room")
            for server in answers.denying:
                progress(f"{server}: says that we are not in the room")
            for attempt in answers.failures:
                progress(f"{attempt.server}: {attempt.reason}")
            return {"checked": self._summary(room)}

        return ProgressStream(work, self._errors, _CHECK_IS_GIVEN_UP)

    async def leave(self, request: Request) -> ProgressStream:
        """Leave a room, telling how it goes."""
        body = await self._requests.read(request)
        room_id = get_field(body, "room_id", str)
        force = body.get("force") is True

        async def work(progress: Progress) -> dict[str, Any]:
            progress(f"leaving {room_id}")
            return {"left": self._summary(await self._rooms.leave(room_id, force=force))}

        return ProgressStream(work, self._errors, _LEAVE_GOES_ON)

    def _summary(self, room: Room) -> dict[str, Any]:
        community = self._policies.for_room(room.room_id)
        raid = self._moderation.raids.find(community.name, self._clock.now_ts())
        dropped = self._moderation.guard.dropped(community.name, community.policy.revision)
        return {
            **_as_known(room),
            "may_redact": room.is_joined and room.state.may_redact(self._rooms.our_user_id),
            "community": community.name,
            "raid": None if raid is None else raid.because,
            "dropped_steps": sorted(dropped),
        }


def _servers(body: JsonObject) -> list[str]:
    via = body.get("via", [])
    if not isinstance(via, list) or not all(isinstance(server, str) for server in via):
        raise BadJson("The field 'via' must hold server names.")
    return via


def _as_known(room: Room) -> dict[str, Any]:
    return {
        "room_id": room.room_id,
        "name": room.state.name,
        "room_version": room.rules.identifier,
        "membership": room.membership,
        "joined_members": sum(
            member.membership == "join" for member in room.state.members.values()
        ),
        "is_encrypted": room.state.is_encrypted,
        "is_list_only": room.is_joined and room.is_list_only,
        "via": list(room.via),
        "joined_ts": room.joined_ts,
        "confirmed_ts": room.confirmed_ts,
        "note": room.note,
        "alerts": [
            {"kind": alert.kind.value, "message": alert.message, "remedy": alert.remedy}
            for alert in room.alerts
        ],
    }
