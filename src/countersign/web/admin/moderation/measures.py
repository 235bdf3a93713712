"""`/_countersign/v1/raids`, `/mutes`, `/guard`: raid mode, pauses, and the runaway guard."""

from pydantic import Field

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.guard import GuardCommands
from countersign.service.commands.moderation.mutes import MuteCommands
from countersign.service.commands.moderation.raids import RaidCommands
from countersign.service.errors import NotFound, WaitsForConfirmation
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Community, LastsMs, Moment, Reason, UserId
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


class RaidEndpoints:
    """Shows raids, begins and ends them."""

    def __init__(self, raids: RaidCommands) -> None:
        self._raids = raids

    @get("raids", Command.RAID_STATUS, params=Nothing, answer=RaidsJson)
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the raids that are under way."""
        return {"raids": self._raids.status(actor)}

    @post(
        "raids/begin",
        Command.RAID_ON,
        params=BeginRaid,
        answer=RaidJson,
        raises=(NotFound, WaitsForConfirmation),
    )
    async def begin(self, actor: Actor, params: BeginRaid) -> JsonObject:
        """Start raid mode, or prolong it."""
        return await self._raids.begin(actor, **params.all())

    @post("raids/end", Command.RAID_OFF, params=EndRaid, answer=RaidJson, raises=(NotFound,))
    async def end(self, actor: Actor, params: EndRaid) -> JsonObject:
        """End raid mode; return the raid with its counts."""
        return await self._raids.end(actor, community=params.community)


class MuteEndpoints:
    """Shows pauses, and ends them."""

    def __init__(self, mutes: MuteCommands) -> None:
        self._mutes = mutes

    @get("mutes", Command.MUTES_LIST, params=PageParameters, answer=MutesJson)
    async def list(self, actor: Actor, params: PageParameters) -> JsonObject:
        """List the mutes, sorted by their end."""
        known_by = ("community", "user_id", "rule")
        return page_of(self._mutes.list(actor), "mutes", params, *known_by)

    @post("mutes/end", Command.MUTES_END, params=EndMute, answer=EndedMutes, raises=(NotFound,))
    async def end(self, actor: Actor, params: EndMute) -> JsonObject:
        """End and delete a user's mutes in a community."""
        return await self._mutes.end(actor, **params.all())


class GuardEndpoints:
    """Shows what the runaway guard dropped, and restores it."""

    def __init__(self, guard: GuardCommands) -> None:
        self._guard = guard

    @get("guard", Command.GUARD_LIST, params=Nothing, answer=GuardJson)
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the steps that the runaway guard dropped, and those that it may drop."""
        return self._guard.list(actor)

    @post(
        "guard/restore",
        Command.GUARD_RESTORE,
        params=RestoreStep,
        answer=RestoredStep,
        raises=(NotFound,),
    )
    async def restore(self, actor: Actor, params: RestoreStep) -> JsonObject:
        """Restore a dropped step, so that it refuses again."""
        return await self._guard.restore(actor, **params.all())
