"""Commands on decisions: search, explanation, statistics, and allowing refused words."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Final

from countersign.policy.decisions import RecordedDecision
from countersign.policy.judging.steps import Step
from countersign.policy.review.statistics import Statistics
from countersign.ports.actors import Actor
from countersign.ports.stores.bundle import ReviewedDecisions
from countersign.ports.stores.decisions import EVERY_DECISION, DecisionQuery
from countersign.ports.stores.outcomes import OutcomeKind, OutcomeStore, SearchedOutcome
from countersign.ports.stores.review.appeals import AppealStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_place
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.actors.readable_rooms import ReadableRooms
from countersign.service.commands.moderation.decision_views import DecisionViews
from countersign.service.commands.moderation.searches import check_possible, conditions_of
from countersign.service.errors import NotFound
from countersign.service.measures.allowances import Allowances, only_refused
from countersign.service.policies.policies_in_force import Policies

ALLOWED_FOR_MS: Final = 86_400_000
MAX_LISTED: Final = 1_000
MAX_APPEALS: Final = 1_000


class DecisionCommands(CommandGroup):
    """Lists decisions, explains and counts them, and allows what was refused."""

    def __init__(
        self,
        needs: CommandNeeds,
        decisions: ReviewedDecisions,
        *,
        outcomes: OutcomeStore,
        appeals: AppealStore,
        views: DecisionViews,
        allowances: Allowances,
        rooms: ReadableRooms,
        policies: Policies,
    ) -> None:
        super().__init__(needs)
        self._decisions = decisions
        self._outcomes = outcomes
        self._appeals = appeals
        self._views = views
        self._allowances = allowances
        self._rooms = rooms
        self._policies = policies

    async def search(
        self,
        actor: Actor,
        query: DecisionQuery = EVERY_DECISION,
        *,
        room_id: str | None = None,
        outcome: SearchedOutcome | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> JsonObject:
        """Search decisions in rooms that the actor sees, newest first.

        `next` is the value of `before` for the next page; None if there is none. If nothing was
        found and the actor sees all decisions, `count` is their total number. If nothing was found
        for a step, `steps` has the steps of the policies. `hints` are sentences about an unknown
        filter or room in a search that found nothing.

        Args:
            actor: the actor.
            query: the search; its `rooms` and `keys` are filled in here.
            room_id: only this room.
            outcome: only decisions with this outcome that was not reverted, the last 10,000; or
                those with an appeal: 1,000, with open appeals first.
            before: start of the page: `next` of an earlier answer.
            limit: maximum number, up to 1,000.

        Raises:
            BadJson: `before` is invalid, or the conditions contradict each other.
        """
        self._permissions.require(actor, Command.DECISIONS_LIST)
        check_possible(query, outcome)
        before_key = None if before is None else await self._page_key(actor, before)
        await self._audit.read(
            actor,
            Command.DECISIONS_LIST,
            community=self._rooms.community_of(room_id),
            subject=room_id,
            details=conditions_of(query, outcome),
        )
        limit = max(1, min(limit, MAX_LISTED))
        query = replace(query, rooms=self._rooms.of(actor, room_id=room_id))
        if outcome is not None:
            query = replace(query, keys=await self._keys_of(outcome))
        decisions = await self._decisions.latest(query, limit=limit, before_key=before_key)
        answer: JsonObject = {
            "decisions": await self._views.all_shown(decisions),
            "next": decisions[-1].key.hex() if len(decisions) == limit else None,
            "hints": [],
        }
        if not decisions:
            answer["hints"] = [
                *self._rooms.hints(actor, room_id=room_id),
                *self._filter_hints(actor, query.filter),
            ]
            answer["count"] = await self._decisions.count() if actor.is_operator else None
            answer["steps"] = None if query.step is None else self._steps(actor)
        return answer

    async def _page_key(self, actor: Actor, before: str) -> bytes:
        """Return the key of the decision at which a page ended.

        A decision that the actor does not see is invalid, so that they do not learn that it exists.
        """
        recorded = await self._decisions.find(checked_place("before", before))
        if recorded is None or not self._permissions.sees_room(actor, recorded.room_id):
            raise BadJson("'before' must be what an earlier answer gave.")
        return recorded.key

    async def _keys_of(self, outcome: SearchedOutcome) -> frozenset[bytes]:
        """Return the keys of the decisions with that outcome."""
        if outcome is SearchedOutcome.APPEALED:
            return frozenset(each.key for each in await self._appeals.listed(limit=MAX_APPEALS))
        return await self._keys_with(OutcomeKind(outcome.value))

    async def _keys_with(self, kind: OutcomeKind) -> frozenset[bytes]:
        keys: set[bytes] = set()
        for outcome in await self._outcomes.list_standing(kind):
            if outcome.key is not None:
                keys.add(outcome.key)
            else:
                decisions = await self._decisions.find_by_reference(outcome.reference)
                keys.update(recorded.key for recorded in decisions)
        return frozenset(keys)

    async def show(self, actor: Actor, reference: str) -> list[JsonObject]:
        """Return the decisions that match `reference`, as they were recorded.

        Raises:
            NotFound: none is known to them.
        """
        decisions = await self._find(actor, Command.DECISIONS_SHOW, reference)
        return [self._views.shown(recorded) for recorded in decisions]

    async def explain(self, actor: Actor, reference: str) -> list[JsonObject]:
        """Return them with stored data of each event, and what was done about them.

        Raises:
            Forbidden, NotFound, StoreUnavailable: as `show` does.
        """
        decisions = await self._find(actor, Command.DECISIONS_WHY, reference)
        return [await self._views.explained(recorded) for recorded in decisions]

    async def statistics(
        self, actor: Actor, *, since_ts: int, room_id: str | None = None
    ) -> JsonObject:
        """Return the numbers of each step's refusals, shadow refusals, and false positives."""
        self._permissions.require(actor, Command.DECISIONS_STATS)
        await self._audit.read(
            actor,
            Command.DECISIONS_STATS,
            community=self._rooms.community_of(room_id),
            subject=room_id,
        )
        statistics = Statistics()
        rooms = self._rooms.of(actor, room_id=room_id)
        counted = await self._decisions.summarized(
            since_ts, lambda _: "", room_id=room_id, rooms=rooms
        )
        for each in counted.get("", ()):
            statistics.add(each.summary, each.events, each.people)
        decided = await self._decisions.count_decided(since_ts, room_id=room_id, rooms=rooms)
        # An event that was allowed twice is one false positive; if that was reverted, it is none.
        outcomes = {each.reference: each for each in await self._outcomes.list_since(since_ts)}
        if rooms is not None:
            about = await self._decisions.find_by_references(outcomes)
            references = {each.reference for each in about if each.room_id in rooms}
            outcomes = {
                reference: outcomes[reference] for reference in outcomes.keys() & references
            }
        for outcome in outcomes.values():
            statistics.take_outcome(outcome.kind.value, outcome.steps)
        return {
            "decisions": decided,
            "steps": [step.to_json() for step in statistics.steps()],
            "hints": [] if decided else self._rooms.hints(actor, room_id=room_id),
        }

    async def allow(
        self,
        actor: Actor,
        *,
        reference: object,
        lasts_ms: object = None,
        is_for_one_room: bool = False,
    ) -> JsonObject:
        """Allow the words of a refused event for some time.

        For one room, a role in that room is enough; for all rooms, a role in the community is
        needed.

        Args:
            actor: the actor who allows it.
            reference: the reference of the decision, or the event's ID.
            lasts_ms: duration; None for a day.
            is_for_one_room: the words pass in the event's room only.

        Raises:
            Forbidden: the actor may allow nothing, or nothing in that community.
            NotFound: no decision is known to them by that reference, or several are.
            BadJson: the event was not refused, or an argument is invalid.
        """
        command = Command.DECISIONS_ALLOW_HERE if is_for_one_room else Command.DECISIONS_ALLOW
        self._permissions.require(actor, command)
        if not isinstance(reference, str):
            raise BadJson("The body needs the field 'reference' (str).")
        lasts = checked_lasts_ms(lasts_ms) or ALLOWED_FOR_MS
        decisions = await self._find_visible(actor, reference)
        if len(decisions) == 1:
            self._permissions.require_in_room(actor, command, decisions[0].room_id)
        recorded = only_refused(reference, decisions)
        community = self._permissions.require_in_room(actor, command, recorded.room_id)
        async with self._audit.change(
            actor, command, community=community.name, subject=recorded.reference
        ) as details:
            before = self._allowances.find(
                recorded, community.name, is_for_one_room=is_for_one_room
            )
            details["before"] = None if before is None else asdict(before)
            allowance = await self._allowances.allow(
                recorded,
                community=community.name,
                lasts_ms=lasts,
                actor=actor.name,
                is_for_one_room=is_for_one_room,
            )
            details["after"] = asdict(allowance)
        return {"allowed": asdict(allowance)}

    async def _find(
        self, actor: Actor, command: Command, reference: str
    ) -> Sequence[RecordedDecision]:
        self._permissions.require(actor, command)
        decisions = await self._find_visible(actor, reference)
        if not decisions:
            raise NotFound(
                f"No decision is known by {reference!r}. Give a reference or an event ID; the "
                "latest are listed by: countersign decisions list"
            )
        communities = {self._rooms.community_of(recorded.room_id) for recorded in decisions}
        for community in sorted(communities):
            await self._audit.read(actor, command, community=community, subject=reference)
        return decisions

    async def _find_visible(self, actor: Actor, reference: str) -> Sequence[RecordedDecision]:
        """Return the decisions that match a reference and that the actor sees."""
        return [
            recorded
            for recorded in await self._decisions.find_by_reference(without_address(reference))
            if self._rooms.sees(actor, recorded.room_id)
        ]

    def _steps(self, actor: Actor) -> Sequence[str]:
        return sorted({step.label for step in self._known_steps(actor)})

    def _filter_hints(self, actor: Actor, name: str | None) -> list[str]:
        """Return a sentence if no policy that the actor knows uses a filter of that name."""
        used = {step.filter.name for step in self._known_steps(actor)}
        if name is None or name in used:
            return []
        return [f"No policy uses a filter {name}; they use {', '.join(sorted(used)) or 'none'}."]

    def _known_steps(self, actor: Actor) -> Iterator[Step]:
        communities = (each for each in self._policies.all() if actor.is_named_in(each.name))
        return (step for each in communities for step in each.policy.pipeline.steps)


def without_address(reference: str) -> str:
    """Return the reference in the address of a refusal's page, which people copy as a reference."""
    before, _, last = reference.rpartition("/r/")
    return last if before.startswith("https://") else reference
