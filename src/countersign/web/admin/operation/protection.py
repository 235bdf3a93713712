"""`/_countersign/v1/rooms/steps` and `/protect`: how far rooms are protected, and naming us."""

from typing import Any

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.operation.protection_steps import StepState
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import RoomName, ServerName
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters


class StepsParameters(Parameters):
    """Room or space to check."""

    name: RoomName
    space: bool = Field(default=False, description="it is a space, and its rooms are meant")
    via: ServerName | None = Field(
        default=None, description="a server that is in it, if it is named by its ID"
    )


class ProtectRoom(Parameters):
    """Room to protect."""

    room: RoomName


class ProtectionStepJson(JsonAnswer):
    """Step on the way to a protected room."""

    step: str = Field(description="`joined`, `named`, `readable`, `state` or `asked`")
    state: StepState = Field(
        description="`todo`: somebody has to do something; `later`: it comes by itself, or is "
        "known once the steps before it are done"
    )
    message: str = Field(description="may hold a stranger's words")
    remedy: str


class RoomStepsJson(JsonAnswer):
    """Steps of one room."""

    room_id: str
    name: str | None
    via: list[str] = Field(description="servers that may be asked about it")
    steps: list[ProtectionStepJson]


class StepsJson(JsonAnswer):
    """Steps of a room, or of each room of a space."""

    rooms: list[RoomStepsJson]
    missing: str | None = Field(description="why these are not all rooms of the space")


class ProtectionJson(JsonAnswer):
    """Steps to protect a room, done and missing."""

    room_id: str
    names: str | None = Field(description="whom the room named: `us`, `other`, or nobody")
    event: dict[str, Any] = Field(description="the state event that names us")
    sent: str | None = Field(description="its ID, if our user sent it just now")
    missing: str | None = Field(description="why it did not")


class ProtectionEndpoints(RunningEndpoints):
    """Lists the steps to protect rooms, and takes the last one where our user may."""

    @get("rooms/steps", Command.ROOMS_STEPS, answer=StepsJson, raises=(NotFound,))
    async def steps(self, actor: Actor, params: StepsParameters) -> JsonObject:
        """Report the steps to protect a room, or each room of a space.

        For operators also of rooms that we are not in: other servers are asked for the room of an
        alias, and whether we could join. Nothing is changed.
        """
        via = () if params.via is None else (params.via,)
        return await self._commands.protection.list_steps(
            actor, params.name, is_space=params.space, via=via
        )

    @post("rooms/protect", Command.ROOMS_PROTECT, answer=ProtectionJson, raises=(NotFound,))
    async def protect(self, actor: Actor, params: ProtectRoom) -> JsonObject:
        """Name us in a room's `m.room.policy` where our user may."""
        return await self._commands.protecting.protect(actor, params.room)
