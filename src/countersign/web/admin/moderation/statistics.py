"""`/_countersign/v1/filters/statistics`: counts of each step of a policy by day."""

from pydantic import Field

from countersign.policy.findings import FindingKind
from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get
from countersign.web.admin.declarations.fields import Community, Moment, WholeNumber
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters


class FilterStatisticsParameters(Parameters):
    """Community and time of the statistics."""

    community: Community = None
    since_ts: Moment | None = Field(
        default=None, description="from the day (UTC) of this moment on; seven days if left out"
    )
    threshold: WholeNumber | None = Field(default=None, description="another one to tell of")


class DayOfStepJson(JsonAnswer):
    """Deeds of a step on one day."""

    day_ts: Moment = Field(description="when the day began, in UTC")
    refused: int
    warned: int
    spared: int
    shadow: int
    people: int = Field(description="the senders of all these")
    allowed: int = Field(description="allowances that moderators gave on that day")


class DaysOfStepJson(JsonAnswer):
    """Deeds of a step, in all and day by day."""

    step: str
    kinds: list[FindingKind]
    refused: int
    warned: int
    spared: int
    shadow: int
    allowed: int
    by_day: list[DayOfStepJson]


class OtherwiseJson(JsonAnswer):
    """Effect of another threshold."""

    honest_refused: int
    refused_passed: int


class ScoresJson(JsonAnswer):
    """Number of events by score, for senders of one level of trust."""

    refuse: int = Field(description="the threshold in force")
    warn: int
    signed: dict[str, int]
    allowed: dict[str, int] = Field(description="refused, and allowed by a moderator later")
    refused: dict[str, int] = Field(description="by evidence that added up")
    refused_alone: dict[str, int] = Field(description="by a step that decides alone")
    by_threshold: dict[str, OtherwiseJson]


class CostJson(JsonAnswer):
    """Cost of a step: the time that passes until it is through with an event."""

    step: str
    filter: str
    microseconds: float = Field(description="that it takes of one event")
    events: int = Field(description="of how many events that was measured")


class FilterStatisticsJson(JsonAnswer):
    """Statistics of a community's policy."""

    community: str
    since_ts: Moment
    steps: list[DaysOfStepJson] = Field(description="what refuses most first")
    levels: dict[Trust, ScoresJson]
    costs: list[CostJson] = Field(
        description="what the steps of the policy in force cost this process, the highest first; "
        "one event in 64 is measured"
    )


class StatisticsEndpoints(StoredEndpoints):
    """Counts what steps did."""

    @get(
        "filters/statistics",
        Command.FILTERS_STATISTICS,
        answer=FilterStatisticsJson,
        raises=(NotFound,),
    )
    async def filters(self, actor: Actor, params: FilterStatisticsParameters) -> JsonObject:
        """Return counts of each step by day, and of scores.

        Only events with a finding are counted. The numbers are at most ten minutes old, those of
        today half a minute. 400 for more than 92 days ago.
        """
        return await self._commands.statistics.filters(
            actor, community=params.community, since_ts=params.since_ts, threshold=params.threshold
        )
