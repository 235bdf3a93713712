"""`/_countersign/v1/rooms`: the rooms that we are in, and how to change that."""

from typing import Any, Final

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.handshakes.resident_calls import Progress
from countersign.service.rooms.room_alerts import AlertKind
from countersign.web.admin.declarations.endpoints import LongWork, get, stream
from countersign.web.admin.declarations.fields import Moment, RoomId, ServerName
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.lines import Line
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of

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


class JoinRoom(Parameters):
    """Room to join."""

    room_id: RoomId
    via: list[ServerName] = Field(description="servers that are in the room")


class RejoinRoom(Parameters):
    """Room to join again."""

    room_id: RoomId
    via: list[ServerName] = Field(
        default_factory=list,
        description="servers to be asked before those that we know to be in the room",
    )


class CheckRoom(Parameters):
    """Room to look over."""

    room_id: RoomId


class LeaveRoom(Parameters):
    """Room to leave."""

    room_id: RoomId
    force: bool = Field(
        default=False, description="forget the room even if no server takes our leave"
    )


class AlertJson(JsonAnswer):
    """Something that is wrong with a room."""

    kind: AlertKind
    message: str = Field(description="may hold a stranger's words")
    remedy: str


class RoomJson(JsonAnswer):
    """Room that we are or were in."""

    room_id: str
    name: str | None
    room_version: str
    membership: str = Field(description="`joined`, `left`, `kicked` or `banned`")
    joined_members: int
    is_encrypted: bool
    is_list_only: bool = Field(
        description="a policy follows the room as a policy list, and it does not name us"
    )
    is_management_only: bool = Field(
        description="the settings name it as a management room, and it does not name us"
    )
    may_redact: bool = Field(description="our user has the power")
    via: list[str]
    community: str = Field(description="whose policy holds for the room")
    raid: str | None = Field(description="why it is in raid mode")
    dropped_steps: list[str] = Field(description="steps that the runaway guard has only record")
    joined_ts: Moment
    confirmed_ts: Moment | None = Field(
        description="when servers of the room last told us how things stand there; null if none "
        "has since the start"
    )
    note: str = Field(description="may hold a stranger's words")
    alerts: list[AlertJson]


class UnfoundJson(JsonAnswer):
    """Alias or space that a policy names, and of which no room is known yet."""

    name: str
    reason: str


class RoomsJson(PageJson):
    """Rooms that you see."""

    rooms: list[RoomJson]
    unfound: list[UnfoundJson]


class JoinLine(Line):
    """Line of the answer; the last holds `joined`, or `error`."""

    joined: RoomJson | None = None


class CheckLine(Line):
    """Line of the answer; the last holds `checked`, or `error`."""

    checked: RoomJson | None = None


class LeaveLine(Line):
    """Line of the answer; the last holds `left`, or `error`."""

    left: RoomJson | None = None


class RoomEndpoints(RunningEndpoints):
    """Lists rooms, joins, checks and leaves them."""

    @get("rooms", Command.ROOMS_LIST, answer=RoomsJson)
    async def list(self, actor: Actor, params: PageParameters) -> JsonObject:
        """List the rooms that we are or were in."""
        return page_of(await self._commands.rooms.list(actor), "rooms", params, "room_id")

    @stream("rooms/join", Command.ROOMS_JOIN, answer=JoinLine)
    async def join(self, actor: Actor, params: JoinRoom) -> LongWork:
        """Join a room.

        The join continues if the client disconnects. A second request for the same room waits for
        the first.
        """

        async def work(progress: Progress) -> dict[str, Any]:
            return {
                "joined": await self._commands.rooms.join(
                    actor, params.room_id, params.via, progress
                )
            }

        return LongWork(work=work, when_late=_JOIN_GOES_ON)

    @stream("rooms/rejoin", Command.ROOMS_REJOIN, answer=JoinLine)
    async def rejoin(self, actor: Actor, params: RejoinRoom) -> LongWork:
        """Join a room again that we are or were in, to get its state."""

        async def work(progress: Progress) -> dict[str, Any]:
            return {
                "joined": await self._commands.rooms.rejoin(
                    actor, params.room_id, params.via, progress
                )
            }

        return LongWork(work=work, when_late=_JOIN_GOES_ON)

    @stream("rooms/check", Command.ROOMS_CHECK, answer=CheckLine)
    async def check(self, actor: Actor, params: CheckRoom) -> LongWork:
        """Ask the room's servers for its state, and take over what most of them agree on.

        There is a line for each server.
        """

        async def work(progress: Progress) -> dict[str, Any]:
            return {"checked": await self._commands.rooms.check(actor, params.room_id, progress)}

        return LongWork(work=work, when_late=_CHECK_IS_GIVEN_UP)

    @stream("rooms/leave", Command.ROOMS_LEAVE, answer=LeaveLine)
    async def leave(self, actor: Actor, params: LeaveRoom) -> LongWork:
        """Leave a room."""

        async def work(progress: Progress) -> dict[str, Any]:
            room = await self._commands.rooms.leave(
                actor, params.room_id, progress, force=params.force
            )
            return {"left": room}

        return LongWork(work=work, when_late=_LEAVE_GOES_ON)
