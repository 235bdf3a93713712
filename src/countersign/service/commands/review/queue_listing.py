"""Listing of the review queue: incidents of refusals, and events that members reported.

The queue is computed from decisions, appeals and reports. Rows are written only when somebody acts.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from countersign.basics.durations import DAY_MS
from countersign.ports.actors import Actor
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.stores.review.appeals import AppealState, AppealStore
from countersign.ports.stores.review.reviews import ReviewState, ReviewStore
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.commands.review.queue_items import (
    ReviewItem,
    incidents_to_review,
    review_items,
)
from countersign.service.commands.review.reported_events import (
    ReportedEvents,
    reported_review_items,
    shown_reported,
)

SINCE_MS: Final = 7 * DAY_MS
MAX_LISTED: Final = 5_000
MAX_APPEALS: Final = 1_000
_COUNTED: Final = 200
"""Number of the latest reviews from which the median time to a first action is computed."""


class QueueListing(CommandGroup):
    """Lists the incidents that wait for a moderator.

    Args:
        store: keeps the review state of each event.
        appeals: finds open appeals.
        incidents: groups refusals.
        reported: finds events that members reported.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        store: ReviewStore,
        *,
        appeals: AppealStore,
        incidents: IncidentCommands,
        reported: ReportedEvents,
    ) -> None:
        super().__init__(needs)
        self._store = store
        self._appeals = appeals
        self._incidents = incidents
        self._reported = reported

    async def list(
        self,
        actor: Actor,
        *,
        community: str | None = None,
        state: ReviewState | None = None,
        since_ts: int | None = None,
        limit: int = 50,
    ) -> JsonObject:
        """Return the incidents in the queue, those that wait longest first.

        An incident is in the queue if one of its events was refused by a borderline score, if an
        account that may have been taken over waits for a moderator, or if there is an appeal. An
        event that members reported is an incident of its own.

        Args:
            actor: the actor.
            community: only this community, by name.
            state: only this state; None for all that are not handled.
            since_ts: beginning, in ms since the epoch; None for seven days ago.
            limit: maximum number, up to 5,000.

        Returns:
            `items`: for each incident the fields of `IncidentCommands`, and `because`, `state`,
            `actor`, `answer`, `note`, `waiting`, `waits_ms`, `first_action_ms`, `appeals`,
            `reporters`, `reports`; `open`, number of incidents that are not handled;
            `median_first_action_ms`, of communities in all of whose rooms the actor has a role, or
            null; `refusals`, number of refusals that were read;
            `is_cut`, there were more, and older ones are left out.

        Raises:
            NotFound: there is no such community, or they have no role in it.
        """
        self._permissions.require(actor, Command.REVIEWS_LIST)
        self._permissions.require_known(actor, community)
        community_names = [each.name for each in self._permissions.known_communities(actor)]
        names = community_names if community is None else [community]
        for name in names:
            await self._audit.read(actor, Command.REVIEWS_LIST, community=name)
        if since_ts is None:
            since_ts = self._clock.now_ts() - SINCE_MS
        gathered = await self._incidents.gather(actor, since_ts=since_ts, community=community)
        appealed = await self.appealed(names)
        to_review = await in_thread(incidents_to_review, gathered.incidents, appealed)
        reviews = await self._store.find({key for each in to_review for key in each.due})
        listed = await in_thread(
            review_items, to_review, reviews, appealed, now_ts=self._clock.now_ts()
        )
        listed += await self._reported_review_items(actor, names, since_ts)
        items = [each for each in listed if each.has_state(state)]
        items.sort(key=lambda each: -each.standing["waits_ms"])
        items = items[: max(1, min(limit, MAX_LISTED))]
        # Reviews do not name rooms: whoever sees only some of a community's rooms gets no number.
        wholly_seen = self._permissions.in_all_rooms(actor, names)
        latest = await self._store.latest(communities=wholly_seen, limit=_COUNTED)
        took = [each.first_ts - each.refused_ts for each in latest]
        return {
            "items": await in_thread(lambda: [self._shown(each) for each in items]),
            "open": sum(each.has_state(None) for each in listed),
            "median_first_action_ms": int(median(took)) if took else None,
            "refusals": gathered.refusals,
            "is_cut": gathered.is_cut,
        }

    async def appealed(self, communities: Sequence[str]) -> Mapping[bytes, str]:
        """Return the references of what is appealed against and not answered, by their keys."""
        appeals = await self._appeals.listed(
            communities=communities, state=AppealState.OPEN, limit=MAX_APPEALS
        )
        return {appeal.key: appeal.reference for appeal in appeals}

    async def _reported_review_items(
        self, actor: Actor, communities: Sequence[str], since_ts: int
    ) -> Sequence[ReviewItem]:
        reported = await self._reported.listed(actor, communities, since_ts=since_ts)
        reviews = await self._store.find([event.key for event, _ in reported])
        return reported_review_items(reported, reviews, now_ts=self._clock.now_ts())

    def _shown(self, item: ReviewItem) -> dict[str, Any]:
        shown = self._incidents.shown(item.incident)
        if item.standing["reporters"]:
            shown = shown_reported(shown)
        return {**shown, **item.standing}
