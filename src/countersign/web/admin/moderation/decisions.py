"""`/_countersign/v1/decisions`: decisions, their reasons, and allowances."""

from countersign.ports.actors import Actor
from countersign.ports.stores.decisions import DecisionQuery
from countersign.ports.stores.outcomes import SearchedOutcome
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.moderation.decision_models import (
    Allow,
    Allowed,
    DecisionParameters,
    DecisionsJson,
    DecisionsParameters,
    ExplainedDecisions,
    MeantDecisions,
    StatisticsJson,
    StatisticsParameters,
)


class DecisionEndpoints(StoredEndpoints):
    """Lists, explains, counts and allows."""

    @get("decisions", Command.DECISIONS_LIST, answer=DecisionsJson)
    async def list(self, actor: Actor, params: DecisionsParameters) -> JsonObject:
        """List the newest decisions first, in the rooms that you see."""
        return await self._commands.decisions.search(
            actor,
            DecisionQuery(
                sender=params.sender,
                server=params.server,
                verdict=params.verdict,
                step=params.step,
                filter=params.filter,
                since_ts=params.since_ts,
                before_ts=params.before_ts,
                min_score=params.min_score,
                max_score=params.max_score,
            ),
            room_id=params.room_id,
            outcome=None if params.outcome is None else SearchedOutcome(params.outcome),
            before=params.before,
            limit=params.limit,
        )

    @get("decisions/show", Command.DECISIONS_SHOW, answer=MeantDecisions, raises=(NotFound,))
    async def show(self, actor: Actor, params: DecisionParameters) -> JsonObject:
        """Show the decisions that match an event ID or a reference."""
        return {"decisions": await self._commands.decisions.show(actor, params.reference)}

    @get("decisions/why", Command.DECISIONS_WHY, answer=ExplainedDecisions, raises=(NotFound,))
    async def why(self, actor: Actor, params: DecisionParameters) -> JsonObject:
        """Show them with the sum of evidence, stored data of the events, and what people did.

        Each of a decision's `findings` has its `weight` in points (null if it decides alone), the
        filter's own `points` and its `hits`.
        """
        return {"decisions": await self._commands.decisions.explain(actor, params.reference)}

    @get("decisions/stats", Command.DECISIONS_STATS, answer=StatisticsJson)
    async def stats(self, actor: Actor, params: StatisticsParameters) -> JsonObject:
        """Count the refusals, shadow refusals and false positives of each step."""
        return await self._commands.decisions.statistics(
            actor, since_ts=params.since_ts, room_id=params.room_id
        )

    @post("decisions/allow", Command.DECISIONS_ALLOW, answer=Allowed, raises=(NotFound,))
    async def allow(self, actor: Actor, params: Allow) -> JsonObject:
        """Allow the words of a refused event for some time, if they are sent again.

        400 if the event was signed.
        """
        return await self._commands.decisions.allow(
            actor, reference=params.reference, lasts_ms=params.lasts_ms
        )

    @post("decisions/allow-here", Command.DECISIONS_ALLOW_HERE, answer=Allowed, raises=(NotFound,))
    async def allow_here(self, actor: Actor, params: Allow) -> JsonObject:
        """Allow the words of a refused event for some time, in its room only.

        A role in that room is enough. 400 if the event was signed.
        """
        return await self._commands.decisions.allow(
            actor,
            reference=params.reference,
            lasts_ms=params.lasts_ms,
            is_for_one_room=True,
        )
