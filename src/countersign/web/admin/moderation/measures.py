"""`/_countersign/v1/raids`, `/mutes`, `/guard`: raid mode, pauses, and the runaway guard."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound, WaitsForConfirmation
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Community, LastsMs, Moment, Reason, UserId
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Nothing, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of


class BeginRaid(Parameters):
    """Raid mode to begin."""

    community: Community = None
    lasts_ms: LastsMs | None = Field(
        default=None, description="in ms; as the policy says if left out"
    )
    reason: Reason = ""
    is_strict: bool = Field(
        default=False,
        description="no newcomer may write; beyond two hours a second person must confirm it",
    )
    came_within_ms: LastsMs | None = Field(
        default=None,
        description="in ms; strict for those alone who came within that time, or come later",
    )


class EndRaid(Parameters):
    """Request to end raid mode."""

    community: Community = None


class EndMute(Parameters):
    """Request to end a user's mutes."""

    user_id: UserId
    community: Community = None
    reason: Reason = ""


class RestoreStep(Parameters):
    """Step that is to refuse again."""

    step: str = Field(description="its label in the policy")
    community: Community = None


class RaidJson(JsonAnswer):
    """Raid, and what came of it."""

    community: str
    because: str
    started_ts: Moment
    suspect_since_ts: Moment
    until_ts: Moment
    domains: dict[str, Moment] = Field(
        description="registrable domains from which it comes, each with the time until which it "
        "counts as such"
    )
    strict_until_ts: Moment | None = Field(
        description="until when newcomers may not write; null if they may"
    )
    strict_since_ts: Moment | None = Field(
        description="only those who came since then may not; null for all newcomers"
    )
    messages: int = Field(description="how many different messages of it are known")
    ended_ts: Moment | None
    suspects: int = Field(description="how many people wrote one of them")
    joins: int
    refused: dict[str, int] = Field(description="how many events each step refused")
    steps: list[str] = Field(description="the steps of the policy that depend on raid mode")
    note: str | None = Field(description="says so if none does")


class RaidsJson(JsonAnswer):
    """Raids that are under way."""

    raids: list[RaidJson]


class MuteJson(JsonAnswer):
    """Mute of a user."""

    community: str
    user_id: str
    rule: str = Field(description="the numbers of the policy's step")
    started_ts: Moment
    until_ts: Moment
    times: int = Field(description="how many pauses there were without a day between")


class MutesJson(PageJson):
    """Pauses that last, those that end first at the top."""

    mutes: list[MuteJson]


class EndedMutes(JsonAnswer):
    """Pauses that ended."""

    ended: list[MuteJson]


class DroppedStepJson(JsonAnswer):
    """Step that the guard has only record."""

    community: str
    step: str
    policy_revision: str
    because: str
    dropped_ts: Moment


class GuardedJson(JsonAnswer):
    """Steps of a community that the guard may drop."""

    community: str
    steps: list[str]
    note: str | None = Field(description="why there are none")


class GuardJson(JsonAnswer):
    """Steps that the guard dropped, and those that it may drop."""

    dropped: list[DroppedStepJson]
    communities: list[GuardedJson]


class RestoredStep(JsonAnswer):
    """Step that refuses again."""

    restored: DroppedStepJson


class RaidEndpoints(StoredEndpoints):
    """Shows raids, begins and ends them."""

    @get("raids", Command.RAID_STATUS, answer=RaidsJson)
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the raids that are under way."""
        return {"raids": self._commands.raids.status(actor)}

    @post("raids/begin", Command.RAID_ON, answer=RaidJson, raises=(NotFound, WaitsForConfirmation))
    async def begin(self, actor: Actor, params: BeginRaid) -> JsonObject:
        """Start raid mode, or prolong it."""
        return await self._commands.raids.begin(
            actor,
            community=params.community,
            lasts_ms=params.lasts_ms,
            reason=params.reason,
            is_strict=params.is_strict,
            came_within_ms=params.came_within_ms,
        )

    @post("raids/end", Command.RAID_OFF, answer=RaidJson, raises=(NotFound,))
    async def end(self, actor: Actor, params: EndRaid) -> JsonObject:
        """End raid mode; return the raid with its counts."""
        return await self._commands.raids.end(actor, community=params.community)


class MuteEndpoints(StoredEndpoints):
    """Shows pauses, and ends them."""

    @get("mutes", Command.MUTES_LIST, answer=MutesJson)
    async def list(self, actor: Actor, params: PageParameters) -> JsonObject:
        """List the mutes, sorted by their end."""
        known_by = ("community", "user_id", "rule")
        return page_of(self._commands.mutes.list(actor), "mutes", params, *known_by)

    @post("mutes/end", Command.MUTES_END, answer=EndedMutes, raises=(NotFound,))
    async def end(self, actor: Actor, params: EndMute) -> JsonObject:
        """End and delete a user's mutes in a community."""
        return await self._commands.mutes.end(
            actor, user_id=params.user_id, community=params.community, reason=params.reason
        )


class GuardEndpoints(StoredEndpoints):
    """Lists steps that the runaway guard dropped, and restores them."""

    @get("guard", Command.GUARD_LIST, answer=GuardJson)
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the steps that the runaway guard dropped, and those that it may drop."""
        return self._commands.guard.list(actor)

    @post("guard/restore", Command.GUARD_RESTORE, answer=RestoredStep, raises=(NotFound,))
    async def restore(self, actor: Actor, params: RestoreStep) -> JsonObject:
        """Restore a dropped step, so that it refuses again."""
        return await self._commands.guard.restore(
            actor, step=params.step, community=params.community
        )
