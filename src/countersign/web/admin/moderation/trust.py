"""`/_countersign/v1/trust`: levels of trust of people, and setting or removing them."""

from typing import Annotated

from pydantic import Field

from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import (
    Community,
    CommunityName,
    LastsMs,
    Moment,
    Reason,
    UserId,
)
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of


class TrustParameters(Parameters):
    """Request about a user's trust in a community."""

    user_id: UserId
    community: Community = None


class GivenTrustParameters(PageParameters):
    """Community whose set levels are listed."""

    community: CommunityName | None = Field(
        default=None, description="every one that you see, if left out"
    )


class SetTrust(Parameters):
    """Level of trust to give."""

    user_id: UserId
    level: Annotated[Trust, Field(strict=False)] | None = Field(
        default=None, description="null takes one away"
    )
    community: Community = None
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; without end if left out")
    reason: Reason = ""


class StandingJson(JsonAnswer):
    """Level of trust in one room."""

    level: Trust
    because: str


class TrustJson(JsonAnswer):
    """Standing of a user in a community."""

    user_id: str
    community: str
    level: Trust
    because: str
    first_seen_ts: Moment | None
    accepted_events: int
    active_days: int
    given: Trust | None = Field(description="the level that a moderator gave")
    given_until_ts: Moment | None
    given_reason: str
    rooms: dict[str, StandingJson] = Field(description="in each room of the community, by ID")
    steps: list[str] = Field(description="the steps of the policy that depend on trust")
    note: str | None = Field(description="says so if none does")


class GivenTrustJson(JsonAnswer):
    """Level that a moderator gave."""

    community: str
    user_id: str
    given: Trust | None
    given_until_ts: Moment | None
    given_reason: str


class AllGivenTrust(PageJson):
    """Everyone whose level a moderator set."""

    given: list[GivenTrustJson]


class TrustEndpoints(StoredEndpoints):
    """Shows trust, and sets it."""

    @get("trust", Command.TRUST_SHOW, answer=TrustJson, raises=(NotFound,))
    async def show(self, actor: Actor, params: TrustParameters) -> JsonObject:
        """Show a user's trust in a community, and in each of its rooms."""
        return await self._commands.trust.show(
            actor, user_id=params.user_id, community=params.community
        )

    @get("trust/given", Command.TRUST_LIST, answer=AllGivenTrust, raises=(NotFound,))
    async def list(self, actor: Actor, params: GivenTrustParameters) -> JsonObject:
        """List all users whose level a moderator set."""
        levels = {"given": await self._commands.trust.list(actor, community=params.community)}
        return page_of(levels, "given", params, "community", "user_id")

    @post("trust", Command.TRUST_SET, answer=TrustJson, raises=(NotFound,))
    async def set_level(self, actor: Actor, params: SetTrust) -> JsonObject:
        """Set a user's level of trust, or remove it with null."""
        return await self._commands.trust.set_level(
            actor,
            user_id=params.user_id,
            level=params.level,
            community=params.community,
            lasts_ms=params.lasts_ms,
            reason=params.reason,
        )
