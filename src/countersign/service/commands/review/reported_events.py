"""Signed events that members of a room reported, in the review queue.

Nobody sees who reported them. Reported people do not see reports about themselves, even as
moderators.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.review.incidents import Incident, Likeness
from countersign.ports.actors import Actor
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.ports.stores.review.reports import ReportedEvent, ReportStore
from countersign.ports.stores.review.reviews import Review, ReviewState
from countersign.service.commands.actors.readable_rooms import ReadableRooms
from countersign.service.commands.review.queue_items import ReviewItem
from countersign.service.reporting.returning import returned_ts

REPORT: Final = "report"
MAX_EVENTS: Final = 1_000
"""Reported events that are looked through; the latest count."""
MAX_TEXTS: Final = 10
"""Maximum number of reports of one event whose texts are shown."""


class ReportedEvents:
    """Finds reported events that an actor may see.

    Args:
        store: keeps reports.
        decisions: the decisions on the events.
        rooms: determine the rooms that an actor sees.
    """

    def __init__(self, store: ReportStore, decisions: DecisionStore, rooms: ReadableRooms) -> None:
        self._store = store
        self._decisions = decisions
        self._rooms = rooms

    async def listed(
        self, actor: Actor, communities: Collection[str], *, since_ts: int
    ) -> Sequence[tuple[ReportedEvent, Incident]]:
        """Return the events of communities that were reported since a time.

        Each is an incident of its own.
        """
        events = await self._store.events(
            communities=self._rooms.in_all_rooms(actor, communities),
            rooms=actor.rooms_in(communities),
            since_ts=since_ts,
            limit=MAX_EVENTS,
        )
        seen = {each.key: each for each in events if self._is_shown(actor, each)}
        if not seen:
            return ()
        query = DecisionQuery(keys=frozenset(seen), verdict=Verdict.SIGN)
        recorded = await self._decisions.latest(query, limit=len(seen))
        with_details = [each for each in recorded if each.details_gone is None]
        return [(seen[each.key], self._incident(each)) for each in with_details]

    async def find(
        self, actor: Actor, reference: str
    ) -> tuple[ReportedEvent, Incident, RecordedDecision] | None:
        """Return the reported event of that reference, or event ID; None if they know none."""
        for recorded in await self._decisions.find_by_reference(reference):
            if recorded.decision.verdict is not Verdict.SIGN or recorded.details_gone is not None:
                continue
            event = await self._store.find(recorded.key)
            if event is not None and self._is_shown(actor, event):
                return event, self._incident(recorded), recorded
        return None

    def _is_shown(self, actor: Actor, event: ReportedEvent) -> bool:
        return event.sender != actor.name and self._rooms.sees(actor, event.room_id)

    def _incident(self, recorded: RecordedDecision) -> Incident:
        return Incident(
            community=self._rooms.community_of(recorded.room_id),
            likeness=Likeness.SENDER,
            name=recorded.sender,
            refusals=(recorded,),
        )


def reported_review_items(
    reported: Sequence[tuple[ReportedEvent, Incident]],
    reviews: Mapping[bytes, Review],
    *,
    now_ts: int,
) -> list[ReviewItem]:
    """Return the review items of reported events; see `queue_items.review_state`."""
    return [
        ReviewItem(incident, _state_to_json(event, reviews.get(event.key), now_ts))
        for event, incident in reported
    ]


def _state_to_json(event: ReportedEvent, review: Review | None, now_ts: int) -> dict[str, Any]:
    returned = returned_ts(event, review)
    standing = review if returned is None else None
    state = ReviewState.OPEN if standing is None else standing.state
    is_waiting = state is not ReviewState.HANDLED
    since_ts = event.first_ts if returned is None else returned
    return {
        "example": event.reference,
        "because": [REPORT],
        "state": state.value,
        "actor": None if standing is None else standing.actor,
        "answer": None if standing is None or not standing.answer else standing.answer.value,
        "note": "" if review is None else review.note,
        "waiting": int(is_waiting),
        "waits_ms": max(0, now_ts - since_ts) if is_waiting else 0,
        "first_action_ms": None if review is None else review.first_ts - review.refused_ts,
        "appeals": [],
        "reporters": event.reporters,
        "reports": list(event.texts[:MAX_TEXTS]),
    }


def shown_reported(shown: dict[str, Any]) -> dict[str, Any]:
    """Return an item that `IncidentCommands.shown` made of a reported event, without refusals."""
    rooms = [{**room, "refused": 0} for room in shown["rooms"]]
    return {**shown, "refused": 0, "rooms": rooms, "is_live": False}
