"""Commands on incidents: groups of refusals that belong together, and new refusals in them."""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.review.incidents import PAUSE_MS, Incident, group_refusals
from countersign.ports.actors import Actor
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.stores.decisions import DecisionQuery, DecisionStore
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_place
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.actors.readable_rooms import ReadableRooms
from countersign.service.errors import NotFound

SINCE_MS: Final = DAY_MS
MAX_REFUSALS: Final = 3_000
"""Maximum number of refusals that are grouped, the latest ones."""
MAX_LISTED: Final = MAX_REFUSALS
MAX_NAMED: Final = 10
"""Maximum number of rooms, senders and decisions that are named of one incident."""


class Gathered(NamedTuple):
    """Incidents, and the number of refusals in them.

    Attributes:
        incidents: the one with the latest refusal first.
        refusals: number of grouped refusals.
        is_cut: there were more; older ones are left out.
    """

    incidents: Sequence[Incident]
    refusals: int
    is_cut: bool


class IncidentCommands(CommandGroup):
    """Groups refusals into incidents when somebody asks.

    A thread does this: thousands of refusals would delay requests for some 30 ms.

    Args:
        rooms: determine what an actor sees.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        decisions: DecisionStore,
        *,
        rooms: ReadableRooms,
    ) -> None:
        super().__init__(needs)
        self._decisions = decisions
        self._rooms = rooms

    async def list(
        self,
        actor: Actor,
        *,
        since_ts: int | None = None,
        community: str | None = None,
        room_id: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> JsonObject:
        """Return the incidents since a moment, the one with the latest refusal first.

        Args:
            actor: the actor.
            since_ts: beginning, in ms since the epoch; None for a day ago.
            community: only this community, by name.
            room_id: only refusals in this room.
            after: `cursor` of an earlier answer: only incidents with new refusals.
            limit: maximum number, up to 5,000.

        Returns:
            `incidents`, each from `incident_to_json`, with `new`: number of its refusals after
            `after`; `cursor`, for a later call; `refusals`, number of grouped refusals; `is_cut`,
            there were more, and older ones are left out; `hints`, sentences about an unknown or
            misplaced room, if nothing was found.

        Raises:
            NotFound: there is no such community, or they have no role in it.
            BadJson: `after` is invalid.
        """
        self._permissions.require(actor, Command.INCIDENTS_LIST)
        self._permissions.require_known(actor, community)
        seen_key = None if after is None else checked_place("after", after)
        await self._read(actor, community, room_id)
        if seen_key is not None:
            newest = await self._refusals(actor, since_ts, community, room_id, most=1)
            if [each.key for each in newest] == [seen_key]:  # the usual result of repeated calls
                return {
                    "incidents": [],
                    "cursor": after,
                    "refusals": 0,
                    "is_cut": False,
                    "hints": [],
                }
        refusals = await self._refusals(actor, since_ts, community, room_id)
        seen_count = next(
            (place for place, each in enumerate(refusals) if each.key == seen_key), len(refusals)
        )
        new = {each.key for each in refusals[:seen_count]}
        incidents = await in_thread(group_refusals, refusals, self._rooms.community_of)
        answer = await in_thread(lambda: [self.shown(each, new) for each in incidents])
        if after is not None:
            answer = [each for each in answer if each["new"]]
        return {
            "incidents": answer[: max(1, min(limit, MAX_LISTED))],
            "cursor": refusals[0].key.hex() if refusals else after,
            "refusals": len(refusals),
            "is_cut": len(refusals) >= MAX_REFUSALS,
            "hints": []
            if refusals
            else self._rooms.hints(actor, room_id=room_id, community=community),
        }

    async def show(self, actor: Actor, reference: str) -> JsonObject:
        """Return the incident that a refusal belongs to, with the references of all its refusals.

        Args:
            actor: the actor.
            reference: the reference of any of its refusals.

        Raises:
            NotFound: no refusal is known to them by that reference.
        """
        self._permissions.require(actor, Command.INCIDENTS_SHOW)
        incident, _ = await self.find(actor, reference)
        await self._read(actor, incident.community, incident.first.room_id, subject=reference)
        shown = self.shown(incident)
        return {**shown, "references": [each.reference for each in incident.refusals]}

    async def gather(
        self, actor: Actor, *, since_ts: int, community: str | None = None
    ) -> Gathered:
        """Return the incidents that an actor sees; the caller checks permissions."""
        refusals = await self._refusals(actor, since_ts, community, None)
        incidents = await in_thread(group_refusals, refusals, self._rooms.community_of)
        return Gathered(incidents, len(refusals), is_cut=len(refusals) >= MAX_REFUSALS)

    async def find(self, actor: Actor, reference: str) -> tuple[Incident, RecordedDecision]:
        """Return the part of a refusal's incident that the actor sees, and the refusal itself.

        Raises:
            NotFound: no refusal is known to them by that reference.
        """
        known = [
            each
            for each in await self._decisions.find_by_reference(reference)
            if self._rooms.sees(actor, each.room_id)
            and each.decision.verdict is Verdict.REFUSE
            and each.details_gone is None
        ]
        if len(known) != 1:
            raise NotFound(
                f"No refusal is known by {reference!r}, or its details are gone. Incidents are "
                "listed by: countersign incidents list"
            )
        (meant,) = known
        community = self._rooms.community_of(meant.room_id)
        refusals = await self._refusals(
            actor, meant.decided_ts - DAY_MS, community, None, before_ts=meant.decided_ts + DAY_MS
        )
        others = [each for each in refusals if each.key != meant.key]
        incidents = await in_thread(group_refusals, [meant, *others], lambda _: community)
        return next(each for each in incidents if meant in each.refusals), meant

    async def _refusals(
        self,
        actor: Actor,
        since_ts: int | None,
        community: str | None,
        room_id: str | None,
        *,
        before_ts: int | None = None,
        most: int | None = None,
    ) -> Sequence[RecordedDecision]:
        """Return the refusals with these properties, newest first."""
        if since_ts is None:
            since_ts = self._clock.now_ts() - SINCE_MS
        query = DecisionQuery(
            rooms=self._rooms.of(actor, room_id=room_id, community=community),
            verdict=Verdict.REFUSE,
            since_ts=max(0, since_ts),
            before_ts=before_ts,
            has_findings=True,
        )
        return await self._decisions.latest(query, limit=MAX_REFUSALS if most is None else most)

    async def _read(
        self,
        actor: Actor,
        community: str | None,
        room_id: str | None,
        *,
        subject: str | None = None,
    ) -> None:
        command = Command.INCIDENTS_LIST if subject is None else Command.INCIDENTS_SHOW
        about = community if community is not None else self._rooms.community_of(room_id)
        await self._audit.read(actor, command, community=about, subject=subject or room_id)

    def shown(self, incident: Incident, new: Collection[bytes] = frozenset()) -> dict[str, Any]:
        """Return an incident as JSON.

        Args:
            incident: the incident.
            new: the keys of the refusals that are new to the caller.
        """
        names = self._rooms.names()
        rooms, senders = incident.rooms, incident.senders
        return {
            "reference": incident.first.reference,
            "community": incident.community,
            "likeness": incident.likeness.value,
            "name": incident.name,
            "refused": len(incident.refusals),
            "new": sum(each.key in new for each in incident.refusals),
            "first_ts": incident.first.decided_ts,
            "last_ts": incident.last.decided_ts,
            "is_live": self._clock.now_ts() - incident.last.decided_ts <= PAUSE_MS,
            "people": len(senders),
            "senders": [sender for sender, _ in senders.most_common(MAX_NAMED)],
            "rooms": [
                {"room_id": room_id, "room_name": names.get(room_id), "refused": refused}
                for room_id, refused in rooms.most_common(MAX_NAMED)
            ],
            "room_count": len(rooms),
            "steps": dict(incident.steps.most_common()),
            "harms": [harm for harm, _ in incident.harms.most_common()],
            "is_courtesy": all(each.decision.is_courtesy for each in incident.refusals),
            "example": incident.last.reference,
        }
