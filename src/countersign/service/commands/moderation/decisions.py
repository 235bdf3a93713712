"""Commands on decisions: what was decided and why, statistics, and letting words pass."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.statistics import Statistics
from countersign.ports.actors import Actor
from countersign.ports.stores.audit import EVERY_COMMUNITY
from countersign.ports.stores.bundle import ReviewedDecisions
from countersign.ports.stores.outcomes import OutcomeStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.parameters import checked_lasts_ms
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.commands.moderation.decision_views import DecisionViews, RoomNames
from countersign.service.errors import NotFound
from countersign.service.measures.allowances import Allowances, only_refused
from countersign.service.policies.policies_in_force import Policies

ALLOWED_FOR_MS: Final = 86_400_000
MAX_LISTED: Final = 1_000


class DecisionCommands:
    """Lists decisions, explains and counts them, and allows what was refused."""

    def __init__(
        self,
        decisions: ReviewedDecisions,
        *,
        outcomes: OutcomeStore,
        views: DecisionViews,
        allowances: Allowances,
        room_names: RoomNames,
        policies: Policies,
        permissions: Permissions,
        audit: AuditLog,
    ) -> None:
        self._decisions = decisions
        self._outcomes = outcomes
        self._views = views
        self._allowances = allowances
        self._room_names = room_names
        self._policies = policies
        self._permissions = permissions
        self._audit = audit

    async def latest(
        self,
        actor: Actor,
        *,
        room_id: str | None = None,
        sender: str | None = None,
        verdict: Verdict | None = None,
        step: str | None = None,
        since_ts: int = 0,
        limit: int = 50,
    ) -> JsonObject:
        """Return the newest decisions first, in rooms that the actor sees.

        `count` is how many decisions there are in all, if none was found and the actor sees all of
        them; `steps` are those that the policies have, if none was found of a step.

        Raises:
            Forbidden: the actor may see none.
            StoreUnavailable: the store can't be read now.
        """
        self._permissions.require(actor, Command.DECISIONS_LIST)
        asked = {"sender": sender, "verdict": verdict, "step": step, "since_ts": since_ts}
        await self._audit.read(
            actor,
            Command.DECISIONS_LIST,
            community=self._community_of(room_id),
            subject=room_id,
            details={name: value for name, value in asked.items() if value},
        )
        limit = max(1, min(limit, MAX_LISTED))
        found = [
            recorded
            for each in self._rooms_to_read(actor, room_id)
            for recorded in await self._decisions.latest(
                room_id=each,
                sender=sender,
                verdict=verdict,
                step=step,
                since_ts=since_ts,
                limit=limit,
            )
        ]
        found = sorted(found, key=lambda recorded: -recorded.decided_ts)[:limit]
        answer: JsonObject = {"decisions": [self._views.shown(recorded) for recorded in found]}
        if not found:
            answer["count"] = await self._decisions.count() if actor.is_operator else None
            answer["steps"] = None if step is None else self._steps(actor)
        return answer

    async def show(self, actor: Actor, reference: str) -> list[JsonObject]:
        """Return the decisions that `reference` may mean, as they were recorded.

        Raises:
            Forbidden: the actor may see none.
            NotFound: none is known to them.
            StoreUnavailable: the store can't be read now.
        """
        found = await self._find(actor, Command.DECISIONS_SHOW, reference)
        return [self._views.shown(recorded) for recorded in found]

    async def explain(self, actor: Actor, reference: str) -> list[JsonObject]:
        """Return them with what is kept of each event, and what was done afterwards.

        Raises:
            Forbidden, NotFound, StoreUnavailable: as `show` does.
        """
        found = await self._find(actor, Command.DECISIONS_WHY, reference)
        return [await self._views.explained(recorded) for recorded in found]

    async def statistics(
        self, actor: Actor, *, since_ts: int, room_id: str | None = None
    ) -> JsonObject:
        """Return what each step refused, would have refused, and was wrong about.

        Raises:
            Forbidden: the actor may see none.
            StoreUnavailable: the store can't be read now.
        """
        self._permissions.require(actor, Command.DECISIONS_STATS)
        await self._audit.read(
            actor,
            Command.DECISIONS_STATS,
            community=self._community_of(room_id),
            subject=room_id,
        )
        statistics, decided = Statistics(), 0
        rooms = self._rooms_to_read(actor, room_id)
        for each in rooms:
            decided += await self._decisions.review(since_ts, statistics.take, room_id=each)
        outcomes = await self._outcomes.since(since_ts)
        # What was allowed twice was one false positive, and none if that was taken back.
        for outcome in {each.reference: each for each in outcomes}.values():
            about = [] if rooms == [None] else await self._decisions.by_reference(outcome.reference)
            if rooms == [None] or any(each.room_id in rooms for each in about):
                statistics.take_outcome(outcome.kind.value, outcome.steps)
        return {
            "decisions": decided,
            "steps": [
                {
                    "step": step.step,
                    "refused": step.refused,
                    "warned": step.warned,
                    "spared": step.spared,
                    "shadow": step.shadow,
                    "people": len(step.people),
                    "shadow_people": len(step.shadow_people),
                    "allowed": step.allowed,
                    "kinds": sorted(kind.value for kind in step.kinds),
                }
                for step in statistics.steps()
            ],
        }

    async def allow(
        self, actor: Actor, *, reference: object, lasts_ms: object = None
    ) -> JsonObject:
        """Let the words of a refused event pass when they are sent again, for a while.

        Raises:
            Forbidden: the actor may allow nothing, or nothing in that community.
            NotFound: no decision is known to them by that reference, or several are.
            BadJson: the event was not refused, or something cannot be.
            StoreUnavailable: nothing has changed.
        """
        command = Command.DECISIONS_ALLOW
        self._permissions.require(actor, command)
        if not isinstance(reference, str):
            raise BadJson("The body needs the field 'reference' (str).")
        lasts = checked_lasts_ms(lasts_ms) or ALLOWED_FOR_MS
        found = await self._seen(actor, reference)
        if len(found) == 1:
            self._permissions.require_in_room(actor, command, found[0].room_id)
        recorded = only_refused(reference, found)
        community = self._permissions.require_in_room(actor, command, recorded.room_id)
        async with self._audit.change(
            actor, command, community=community.name, subject=recorded.reference
        ) as details:
            before = self._allowances.find(recorded, community.name)
            details["before"] = None if before is None else asdict(before)
            allowance = await self._allowances.allow(
                recorded, community=community.name, lasts_ms=lasts, actor=actor.name
            )
            details["after"] = asdict(allowance)
        return {"allowed": asdict(allowance)}

    async def _find(
        self, actor: Actor, command: Command, reference: str
    ) -> Sequence[RecordedDecision]:
        self._permissions.require(actor, command)
        found = await self._seen(actor, reference)
        if not found:
            raise NotFound(
                f"No decision is known by {reference!r}. Give a reference or an event ID; the "
                "latest are listed by: countersign decisions list"
            )
        communities = {self._community_of(recorded.room_id) for recorded in found}
        for community in sorted(communities):
            await self._audit.read(actor, command, community=community, subject=reference)
        return found

    async def _seen(self, actor: Actor, reference: str) -> Sequence[RecordedDecision]:
        """Return the decisions that a reference may mean, as far as they exist for the actor."""
        return [
            recorded
            for recorded in await self._decisions.by_reference(without_address(reference))
            if self._permissions.sees_room(actor, recorded.room_id)
        ]

    def _rooms_to_read(self, actor: Actor, room_id: str | None) -> Sequence[str | None]:
        """Return the rooms whose decisions are to be read; None in place of all rooms."""
        if actor.is_operator:
            return [room_id]
        if room_id is not None:
            return [room_id] if self._permissions.sees_room(actor, room_id) else []
        known = sorted(self._room_names())
        return [each for each in known if self._permissions.sees_room(actor, each)]

    def _community_of(self, room_id: str | None) -> str:
        return EVERY_COMMUNITY if room_id is None else self._policies.for_room(room_id).name

    def _steps(self, actor: Actor) -> Sequence[str]:
        known = (each for each in self._policies.all() if actor.is_named_in(each.name))
        return sorted({step.label for each in known for step in each.policy.pipeline.steps})


def without_address(reference: str) -> str:
    """Return the reference at the end of the address of a refusal's page, as people copy those."""
    before, _, last = reference.rpartition("/r/")
    return last if before.startswith("https://") else reference
