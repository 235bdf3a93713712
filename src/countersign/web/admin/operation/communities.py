"""`/_countersign/v1/communities/leave`: this server goes out of a community's rooms."""

from typing import Any, Final

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.service.commands.actors.permissions import Command
from countersign.service.handshakes.resident_calls import Progress
from countersign.web.admin.declarations.endpoints import LongWork, stream
from countersign.web.admin.declarations.fields import CommunityName
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.lines import Line
from countersign.web.admin.declarations.models import JsonAnswer, Parameters

_GOES_ON: Final = (
    "The server goes on leaving the community's rooms; `countersign rooms list` shows which are "
    "left. What was not done can be done again."
)


class LeaveCommunity(Parameters):
    """Community whose rooms to leave."""

    community: CommunityName
    force: bool = Field(
        default=False,
        description="leave rooms too that go on naming us, or whose servers take no leave",
    )


class KeptJson(JsonAnswer):
    """Room that was not left."""

    room_id: str
    reason: str = Field(description="with what to do; may hold a stranger's words")


class LeftJson(JsonAnswer):
    """Rooms that were left, and those that were not."""

    community: str
    left: list[str]
    kept: list[KeptJson]


class LeaveCommunityLine(Line):
    """Line of the answer; the last holds `done`, or `error`."""

    done: LeftJson | None = None


class CommunityEndpoints(RunningEndpoints):
    """Takes this server out of a community."""

    @stream("communities/leave", Command.COMMUNITY_LEAVE, answer=LeaveCommunityLine)
    async def leave(self, actor: Actor, params: LeaveCommunity) -> LongWork:
        """Leave all rooms of a community.

        In a room that names us, our user empties `m.room.policy` if it may, and leaves once the
        room's servers have that event. A room that still names us is kept.
        """

        async def work(progress: Progress) -> dict[str, Any]:
            done = await self._commands.community_leave.leave(
                actor, params.community, progress, force=params.force
            )
            return {"done": done}

        return LongWork(work=work, when_late=_GOES_ON)
