"""Commands on spam: mark an event as spam, and remove the mark."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from countersign.policy.decisions import RecordedDecision
from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text.indicators.kinds import Indicator
from countersign.ports.actors import Actor
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.decisions import DecisionStore
from countersign.ports.stores.evidence import EvidenceStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson, CountersignError
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_reason
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.decision_views import FindArchived
from countersign.service.commands.moderation.decisions import without_address
from countersign.service.commands.moderation.indicators import bad_to_json
from countersign.service.errors import NotFound
from countersign.service.measures.indicator_lessons import IndicatorLessons
from countersign.service.measures.spam_marks import Learned, SpamMarks
from countersign.service.policies.policies_in_force import Community
from countersign.service.rooms.room import Room

MESSAGE: Final = "m.room.message"

Redact = Callable[[RecordedDecision], Awaitable[str]]
"""Redacts the event of a decision as our user; returns the redaction's ID, or raises."""


class SpamCommands(CommandGroup):
    """Marks events as spam, and removes marks.

    Args:
        marks: spam marks, and what is learned from them.
        lessons: have the indicators of recently signed events.
        evidence: texts of refused events.
        find_archived: finds events in the archive.
        find_room: returns a room that we are in, for its power levels.
        redact: redacts an event; None if our user does not redact.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        decisions: DecisionStore,
        *,
        marks: SpamMarks,
        lessons: IndicatorLessons,
        evidence: EvidenceStore,
        find_archived: FindArchived,
        find_room: Callable[[str], Room | None],
        redact: Redact | None,
    ) -> None:
        super().__init__(needs)
        self._decisions = decisions
        self._marks = marks
        self._lessons = lessons
        self._evidence = evidence
        self._find_archived = find_archived
        self._find_room = find_room
        self._redact = redact

    async def is_marked(self, recorded: RecordedDecision) -> bool:
        """Return True if a decision is marked as spam; see `SpamMarks.is_marked`."""
        return await self._marks.is_marked(recorded)

    async def mark(
        self,
        actor: Actor,
        *,
        reference: object,
        reason: object = "",
        distrusts: object = True,
        redacts: object = False,
    ) -> JsonObject:
        """Mark an event as spam, whatever was decided on it; return the consequences.

        Its links, contacts and wallets become bad for 30 days, except for those that members vouch
        for. Its sender becomes untrusted for a week, unless they are a moderator or a moderator set
        their level.

        Args:
            actor: the actor who marks it.
            reference: the reference of the decision, or the event's ID.
            reason: the reason, for other moderators.
            distrusts: make the sender untrusted.
            redacts: our user redacts the event.

        Returns:
            `reference`; `indicators`, those that became bad; `is_untrusted`; `redaction`: the event
            ID of our redaction, or null; `trouble`: why it was not redacted, or null.

        Raises:
            Forbidden: the actor may not, or not in that community.
            NotFound: no decision is known to them by that reference, or several are.
            BadJson: it is marked already, or an argument is invalid.
            StoreUnavailable: a part may be done; repeat the call.
        """
        command = Command.DECISIONS_SPAM
        recorded, community = await self._find(actor, command, reference)
        note, distrust = checked_reason(reason), _checked_bool("distrusts", distrusts)
        redact = _checked_bool("redacts", redacts)
        if await self._marks.is_marked(recorded):
            raise BadJson("That event is marked as spam already.")
        indicators = await self._indicators(recorded)
        async with self._audit.change(
            actor, command, community=community.name, subject=recorded.reference
        ) as details:
            details["reason"] = note
            learned = await self._marks.mark(
                recorded,
                community.name,
                indicators,
                actor=actor.name,
                note=note,
                distrusts=distrust and not self._moderates(recorded, community),
            )
            details["after"] = after = _learned_to_json(learned)
            answer = {"reference": recorded.reference, **after, "redaction": None, "trouble": None}
            if redact:
                answer |= await self._redacted(recorded)
                details["redaction"] = answer["redaction"]
        return answer

    async def unmark(self, actor: Actor, *, reference: object, reason: object = "") -> JsonObject:
        """Remove a spam mark and what was learned from it; return the latter.

        A redaction cannot be reverted.

        Raises:
            Forbidden, NotFound, StoreUnavailable: as `mark` does.
            BadJson: it is not marked as spam.
        """
        command = Command.DECISIONS_NOT_SPAM
        recorded, community = await self._find(actor, command, reference)
        note = checked_reason(reason)
        if not await self._marks.is_marked(recorded):
            raise BadJson("That event is not marked as spam.")
        async with self._audit.change(
            actor, command, community=community.name, subject=recorded.reference
        ) as details:
            details["reason"] = note
            learned = await self._marks.take_back(
                recorded, community.name, actor=actor.name, note=note
            )
            details["before"] = before = _learned_to_json(learned)
        return {"reference": recorded.reference, **before}

    async def _find(
        self, actor: Actor, command: Command, reference: object
    ) -> tuple[RecordedDecision, Community]:
        self._permissions.require(actor, command)
        if not isinstance(reference, str):
            raise BadJson("The body needs the field 'reference' (str).")
        decisions = [
            recorded
            for recorded in await self._decisions.find_by_reference(without_address(reference))
            if self._permissions.sees_room(actor, recorded.room_id)
        ]
        if not decisions:
            raise NotFound(
                f"No decision is known by {reference!r}. Give a reference or an event ID."
            )
        if len(decisions) > 1:
            raise NotFound(
                f"{len(decisions)} decisions are known by {reference!r}. Give the event ID."
            )
        (recorded,) = decisions
        community = self._permissions.require_in_room(actor, command, recorded.room_id)
        if recorded.details_gone is not None:
            raise BadJson(
                "The details of that decision were deleted, so nothing can be learned from it."
            )
        return recorded, community

    async def _indicators(self, recorded: RecordedDecision) -> Iterable[Indicator]:
        """Return the event's indicators, from memory, evidence or archive."""
        sent = self._lessons.sent_in(recorded.event_id)
        if sent:
            return sent
        evidence = await self._evidence.find(recorded.key)
        if evidence is not None:
            content = Content({"body": "\n".join(evidence.texts)}, MESSAGE)
            return indicators_of(content, recorded.room_id)
        try:
            archived = (await self._find_archived(recorded)).events
        except StoreUnavailable:
            return ()  # it can be marked all the same
        return archived[0].event.indicators if len(archived) == 1 else ()

    def _moderates(self, recorded: RecordedDecision, community: Community) -> bool:
        room = self._find_room(recorded.room_id)
        if room is None:
            return False
        power = room.state.power_levels.user_level(recorded.sender)
        return power >= community.policy.trust_rules.moderator_power_level

    async def _redacted(self, recorded: RecordedDecision) -> JsonObject:
        if self._redact is None:
            return {
                "trouble": "Our user redacts nothing: the settings say so (redactions: "
                "{by_ourselves: false}), or no server runs."
            }
        try:
            return {"redaction": await self._redact(recorded)}
        except CountersignError as error:  # the mark stands, and whoever gave it reads why
            return {"trouble": f"It was not redacted: {error}."}


def _checked_bool(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise BadJson(f"The field {name!r} must be true or false.")
    return value


def _learned_to_json(learned: Learned) -> JsonObject:
    return {
        "indicators": [bad_to_json(bad) for bad in learned.indicators],
        "is_untrusted": learned.is_untrusted,
    }
