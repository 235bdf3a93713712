"""`/_countersign/v1/backtests`: what another policy would have decided."""

from pydantic import Field

from countersign.policy.measures.trust_records import Trust
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound, RateLimited
from countersign.service.trials.backtest_jobs import JobState
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Community, JobId, Moment, RoomId
from countersign.web.admin.declarations.groups import RunningEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Nothing, Parameters
from countersign.web.admin.operation.policies import MAX_BODY_BYTES


class StartBacktest(Parameters):
    """Backtest to begin."""

    document: str = Field(description="the policy, as it was written: YAML or JSON")
    community: Community = None
    since_ts: Moment | None = Field(
        default=None, description="events from when on; for seven days if left out"
    )
    room_id: RoomId | None = Field(default=None, description="only events of this room")


class BacktestParameters(Parameters):
    """Backtest that is meant."""

    job: JobId


class ExampleJson(JsonAnswer):
    """Event that would be decided otherwise."""

    ts: Moment
    room_id: str
    sender: str
    trust: Trust
    type: str
    labels: list[str] = Field(description="of the steps that would refuse it, or that did")
    text: str = Field(description="the first 300 characters")


class GroupJson(JsonAnswer):
    """Events that would be decided otherwise."""

    count: int
    by_step: dict[str, int]
    by_trust: dict[Trust, int]
    examples: list[ExampleJson] = Field(description="50 at most, the most trusted people's first")


class ReportJson(JsonAnswer):
    """Verdicts that would change; docs/policy.md explains the numbers."""

    revision: str
    events: int
    refused_before: int
    refused_now: int
    broken: int
    not_asked: dict[str, int]
    recomputed: dict[str, int]
    unrecorded: int
    of_revision: int
    differing: int
    newly_refused: GroupJson
    newly_passed: GroupJson


class BacktestJson(JsonAnswer):
    """Backtest, and how far it is."""

    job: str
    community: str
    actor: str = Field(description="who began it")
    started_ts: Moment
    state: JobState
    done: int = Field(description="how many events were judged")
    total: int = Field(description="of how many; 0 until that is known")
    report: ReportJson | None = Field(description="null until it is done, and in lists")
    trouble: str | None = Field(description="why it failed")


class BacktestsJson(JsonAnswer):
    """Backtests of the last hour, the last one first."""

    jobs: list[BacktestJson]


class BacktestEndpoints(RunningEndpoints):
    """Begins, shows and cancels backtests."""

    @get("backtests", Command.BACKTESTS_LOOK, answer=BacktestsJson)
    async def list(self, actor: Actor, _: Nothing) -> JsonObject:
        """List the backtests of the last hour, latest first."""
        return await self._commands.backtests.list(actor)

    @get("backtests/show", Command.BACKTESTS_LOOK, answer=BacktestJson, raises=(NotFound,))
    async def look(self, actor: Actor, params: BacktestParameters) -> JsonObject:
        """Show the progress of a backtest, and its report once it is done."""
        return await self._commands.backtests.look(actor, params.job)

    @post(
        "backtests/start",
        Command.BACKTESTS_START,
        answer=BacktestJson,
        raises=(NotFound, RateLimited),
        max_body_bytes=MAX_BODY_BYTES,
    )
    async def start(self, actor: Actor, params: StartBacktest) -> JsonObject:
        """Start a backtest of a document on a community's archived events; nothing is changed.

        It runs in a process of its own with low priority. 400 with `mistakes` if the document has
        some, and 400 if the archive is off, or if a backtest of the community is running.
        """
        return await self._commands.backtests.start(
            actor,
            document=params.document,
            community=params.community,
            since_ts=params.since_ts,
            room_id=params.room_id,
        )

    @post("backtests/cancel", Command.BACKTESTS_CANCEL, answer=BacktestJson, raises=(NotFound,))
    async def cancel(self, actor: Actor, params: BacktestParameters) -> JsonObject:
        """End a backtest, if it is still running."""
        return await self._commands.backtests.cancel(actor, params.job)
