"""`/_countersign/v1/trust`: how people stand, and giving or taking away a level of trust."""

from typing import Annotated

from pydantic import Field

from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.trust import TrustCommands
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
from countersign.web.admin.declarations.models import Asked, Told
from countersign.web.admin.declarations.paging import PageAsked, PageTold, page_of


class TrustAsked(Asked):
    """Request about a user's trust in a community."""

    user_id: UserId
    community: Community = None


class GivenTrustAsked(PageAsked):
    """Selection of a community whose given trust is listed."""

    community: CommunityName | None = Field(
        default=None, description="every one that you see, if left out"
    )


class SetTrust(Asked):
    """Level of trust to give."""

    user_id: UserId
    level: Annotated[Trust, Field(strict=False)] | None = Field(
        default=None, description="null takes one away"
    )
    community: Community = None
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; for good if left out")
    reason: Reason = ""


class ToldStanding(Told):
    """Level of trust in one room."""

    level: Trust
    because: str


class ToldTrust(Told):
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
    rooms: dict[str, ToldStanding] = Field(description="in each room of the community, by ID")
    steps: list[str] = Field(description="the steps of the policy that depend on trust")
    note: str | None = Field(description="says so if none does")


class ToldGivenTrust(Told):
    """Level that a moderator gave."""

    community: str
    user_id: str
    given: Trust | None
    given_until_ts: Moment | None
    given_reason: str


class AllGivenTrust(PageTold):
    """Everyone to whom a moderator gave a level."""

    given: list[ToldGivenTrust]


class TrustEndpoints:
    """Shows trust, and sets it."""

    def __init__(self, trust: TrustCommands) -> None:
        self._trust = trust

    @get(
        "/_countersign/v1/trust",
        Command.TRUST_SHOW,
        asked=TrustAsked,
        answer=ToldTrust,
        raises=(NotFound,),
    )
    async def show(self, actor: Actor, asked: TrustAsked) -> JsonObject:
        """Show a user's trust in a community, and in each of its rooms."""
        return await self._trust.show(actor, user_id=asked.user_id, community=asked.community)

    @get(
        "/_countersign/v1/trust/given",
        Command.TRUST_LIST,
        asked=GivenTrustAsked,
        answer=AllGivenTrust,
        raises=(NotFound,),
    )
    async def list(self, actor: Actor, asked: GivenTrustAsked) -> JsonObject:
        """List all users whose level a moderator set."""
        given = {"given": await self._trust.list(actor, community=asked.community)}
        return page_of(given, "given", asked, "community", "user_id")

    @post(
        "/_countersign/v1/trust",
        Command.TRUST_SET,
        asked=SetTrust,
        answer=ToldTrust,
        raises=(NotFound,),
    )
    async def set_level(self, actor: Actor, asked: SetTrust) -> JsonObject:
        """Set a user's level of trust, or remove it with null."""
        return await self._trust.set_level(
            actor,
            user_id=asked.user_id,
            level=asked.level,
            community=asked.community,
            lasts_ms=asked.lasts_ms,
            reason=asked.reason,
        )
