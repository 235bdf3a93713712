"""Decisions as JSON for people who review them, with stored data of their events."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from countersign.policy.decisions import RecordedDecision
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.archive import ArchivedEvent
from countersign.ports.stores.evidence import EvidenceStore
from countersign.ports.stores.outcomes import Outcome, OutcomeStore
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.readable_rooms import RoomNames
from countersign.service.commands.moderation.score_sums import advice_on_bots, sum_in_words
from countersign.service.slices import in_slices


class Archived(NamedTuple):
    """Result of looking up an event in the archive.

    Attributes:
        events: the archived events that a decision may be about.
        retention_days: retention time of the archive; None if it is off.
    """

    events: Sequence[ArchivedEvent]
    retention_days: int | None


FindArchived = Callable[[RecordedDecision], Awaitable[Archived]]
"""Looks an event up in the archive; raises `StoreUnavailable`."""


class DecisionViews:
    """Decisions as JSON, with the names of rooms, the archive, kept texts and outcomes.

    Args:
        outcomes: what people did about decisions.
        evidence: texts of refused events.
        find_archived: looks an event up in the archive.
        room_names: names of the rooms that we know.
    """

    def __init__(
        self,
        *,
        outcomes: OutcomeStore,
        evidence: EvidenceStore,
        find_archived: FindArchived,
        room_names: RoomNames,
    ) -> None:
        self._outcomes = outcomes
        self._evidence = evidence
        self._find_archived = find_archived
        self._room_names = room_names

    async def explained(self, recorded: RecordedDecision) -> JsonObject:
        """Return a decision with stored data of its event, and what was done about it."""
        return {
            **self.shown(recorded),
            "sum": list(sum_in_words(recorded.decision)),
            "advice": list(advice_on_bots(recorded.decision)),
            **await self._archived(recorded),
            **await self._stored_data(recorded),
        }

    async def _archived(self, recorded: RecordedDecision) -> dict[str, Any]:
        try:
            archived = await self._find_archived(recorded)
        except StoreUnavailable as error:
            return {"archived": [], "archive": {"trouble": str(error), "retention_days": None}}
        return {
            "archived": [
                {
                    "state_key": each.event.state_key,
                    "content": each.event.content,
                    "texts": [text.raw for text in each.event.seen.texts],
                    "decision": each.judgement and each.judgement.decision.to_json(),
                }
                for each in archived.events
            ],
            "archive": {"trouble": None, "retention_days": archived.retention_days},
        }

    async def _stored_data(self, recorded: RecordedDecision) -> dict[str, Any]:
        evidence = await self._evidence.find(recorded.key)
        return {
            "texts": None if evidence is None else list(evidence.texts),
            "are_texts_cut": evidence is not None and evidence.is_cut,
            "outcomes": [_outcome(each) for each in await self._outcomes.of_decision(recorded)],
        }

    async def all_shown(self, decisions: Sequence[RecordedDecision]) -> list[JsonObject]:
        """Return decisions as `shown` does, giving the event loop a turn now and then."""
        return [self.shown(recorded) async for recorded in in_slices(decisions)]

    def shown(self, recorded: RecordedDecision) -> JsonObject:
        """Return a decision as it was recorded, with its room's name."""
        return {
            "reference": recorded.reference,
            "event_id": recorded.event_id,
            "room_id": recorded.room_id,
            "room_name": self._room_names().get(recorded.room_id),
            "sender": recorded.sender,
            "event_type": recorded.event_type,
            "asked_by": recorded.asked_by,
            "decided_ts": recorded.decided_ts,
            "details_gone": recorded.details_gone and recorded.details_gone.value,
            **recorded.decision.to_json(),
        }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "kind": outcome.kind.value,
        "actor": outcome.actor or None,
        "happened_ts": outcome.happened_ts,
        "note": outcome.note,
        "steps": list(outcome.steps),
    }
