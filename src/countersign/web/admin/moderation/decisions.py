"""`/_countersign/v1/decisions`: what was decided, why, and letting it pass nevertheless."""

from countersign.ports.actors import Actor
from countersign.ports.stores.decisions import DecisionQuery
from countersign.ports.stores.outcomes import SearchedOutcome
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.moderation.decision_models import (
    Allow,
    Allowed,
    DecisionAsked,
    DecisionsAsked,
    ExplainedDecisions,
    MeantDecisions,
    StatisticsAsked,
    ToldDecisions,
    ToldStatistics,
)


class DecisionEndpoints:
    """Lists, explains, counts and allows."""

    def __init__(self, decisions: DecisionCommands) -> None:
        self._decisions = decisions

    @get(
        "/_countersign/v1/decisions",
        Command.DECISIONS_LIST,
        asked=DecisionsAsked,
        answer=ToldDecisions,
    )
    async def list(self, actor: Actor, asked: DecisionsAsked) -> JsonObject:
        """List the newest decisions first, in the rooms that you see."""
        return await self._decisions.search(
            actor,
            DecisionQuery(
                sender=asked.sender,
                server=asked.server,
                verdict=asked.verdict,
                step=asked.step,
                filter=asked.filter,
                since_ts=asked.since_ts,
                before_ts=asked.before_ts,
                min_score=asked.min_score,
                max_score=asked.max_score,
            ),
            room_id=asked.room_id,
            outcome=None if asked.outcome is None else SearchedOutcome(asked.outcome),
            before=asked.before,
            limit=asked.limit,
        )

    @get(
        "/_countersign/v1/decisions/show",
        Command.DECISIONS_SHOW,
        asked=DecisionAsked,
        answer=MeantDecisions,
        raises=(NotFound,),
    )
    async def show(self, actor: Actor, asked: DecisionAsked) -> JsonObject:
        """Show the decisions that match an event ID or a reference."""
        return {"decisions": await self._decisions.show(actor, asked.reference)}

    @get(
        "/_countersign/v1/decisions/why",
        Command.DECISIONS_WHY,
        asked=DecisionAsked,
        answer=ExplainedDecisions,
        raises=(NotFound,),
    )
    async def why(self, actor: Actor, asked: DecisionAsked) -> JsonObject:
        """Show them with the sum of evidence, stored data of the events, and what people did.

        Each of a decision's `findings` has its `weight` in points (null if it decides alone), the
        filter's own `points` and its `hits`.
        """
        return {"decisions": await self._decisions.explain(actor, asked.reference)}

    @get(
        "/_countersign/v1/decisions/stats",
        Command.DECISIONS_STATS,
        asked=StatisticsAsked,
        answer=ToldStatistics,
    )
    async def stats(self, actor: Actor, asked: StatisticsAsked) -> JsonObject:
        """Count the refusals, shadow refusals and false positives of each step."""
        return await self._decisions.statistics(
            actor, since_ts=asked.since_ts, room_id=asked.room_id
        )

    @post(
        "/_countersign/v1/decisions/allow",
        Command.DECISIONS_ALLOW,
        asked=Allow,
        answer=Allowed,
        raises=(NotFound,),
    )
    async def allow(self, actor: Actor, asked: Allow) -> JsonObject:
        """Allow the words of a refused event for some time, if they are sent again.

        400 if the event was signed.
        """
        return await self._decisions.allow(
            actor, reference=asked.reference, lasts_ms=asked.lasts_ms
        )

    @post(
        "/_countersign/v1/decisions/allow-here",
        Command.DECISIONS_ALLOW_HERE,
        asked=Allow,
        answer=Allowed,
        raises=(NotFound,),
    )
    async def allow_here(self, actor: Actor, asked: Allow) -> JsonObject:
        """Allow the words of a refused event for some time, in its room only.

        A role in that room is enough. 400 if the event was signed.
        """
        return await self._decisions.allow(
            actor, reference=asked.reference, lasts_ms=asked.lasts_ms, is_for_one_room=True
        )
