"""`/_countersign/v1/trust`, `/raids`, `/guard`, `/mutes`: what moderators say."""

from starlette.requests import Request

from countersign.service.commands.moderation.guard import GuardCommands
from countersign.service.commands.moderation.mutes import MuteCommands
from countersign.service.commands.moderation.raids import RaidCommands
from countersign.service.commands.moderation.trust import TrustCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.http.answers import Answer


class ModerationEndpoints:
    """Trust, raid mode, mutes, and the runaway guard."""

    def __init__(
        self,
        trust: TrustCommands,
        raids: RaidCommands,
        guard: GuardCommands,
        mutes: MuteCommands,
        requests: AdminRequests,
    ) -> None:
        self._trust = trust
        self._raids = raids
        self._guard = guard
        self._mutes = mutes
        self._requests = requests

    async def get_trust(self, request: Request) -> Answer:
        """Answer with how a user stands in a community, and in each room of it."""
        query = request.query_params
        found = await self._trust.show(
            actor_of(request), user_id=query.get("user_id", ""), community=query.get("community")
        )
        return Answer(200, found)

    async def list_trust(self, request: Request) -> Answer:
        """Answer with everyone to whom a moderator gave a level."""
        community = request.query_params.get("community")
        found = await self._trust.list(actor_of(request), community=community)
        return Answer(200, {"given": found})

    async def set_trust(self, request: Request) -> Answer:
        """Give a user a level of trust, or take it away again with null."""
        body = await self._requests.read(request)
        found = await self._trust.set_level(
            actor_of(request),
            user_id=get_field(body, "user_id", str),
            level=body.get("level"),
            community=body.get("community"),
            lasts_ms=body.get("lasts_ms"),
            reason=body.get("reason", ""),
        )
        return Answer(200, found)

    async def get_raids(self, request: Request) -> Answer:
        """Answer with the raids that are under way."""
        return Answer(200, {"raids": self._raids.status(actor_of(request))})

    async def begin_raid(self, request: Request) -> Answer:
        """Begin raid mode, or prolong it."""
        body = await self._requests.read(request)
        raid = await self._raids.begin(
            actor_of(request),
            community=body.get("community"),
            lasts_ms=body.get("lasts_ms"),
            reason=body.get("reason", ""),
            is_strict=body.get("is_strict", False),
        )
        return Answer(200, raid)

    async def end_raid(self, request: Request) -> Answer:
        """End raid mode, and answer with what came of it."""
        body = await self._requests.read(request)
        raid = await self._raids.end(actor_of(request), community=body.get("community"))
        return Answer(200, raid)

    async def get_mutes(self, request: Request) -> Answer:
        """Answer with who is mute, and until when."""
        return Answer(200, self._mutes.list(actor_of(request)))

    async def end_mute(self, request: Request) -> Answer:
        """End somebody's mutes in a community."""
        body = await self._requests.read(request)
        ended = await self._mutes.end(
            actor_of(request),
            user_id=get_field(body, "user_id", str),
            community=body.get("community"),
            reason=body.get("reason", ""),
        )
        return Answer(200, ended)

    async def get_guard(self, request: Request) -> Answer:
        """Answer with the steps that the runaway guard dropped, and with those that it may drop."""
        return Answer(200, self._guard.list(actor_of(request)))

    async def restore(self, request: Request) -> Answer:
        """Let a dropped step refuse again."""
        body = await self._requests.read(request)
        restored = await self._guard.restore(
            actor_of(request),
            step=get_field(body, "step", str),
            community=body.get("community"),
        )
        return Answer(200, restored)
