"""Commands that assign and decide incidents of the review queue."""

from typing import Final, NamedTuple

from countersign.policy.decisions import RecordedDecision, Verdict
from countersign.policy.review.incidents import Incident
from countersign.ports.actors import Actor
from countersign.ports.stores.review.reports import ReportedEvent
from countersign.ports.stores.review.reviews import Review, ReviewAnswer, ReviewState, ReviewStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.commands.review.queue_answers import ReviewAnswers
from countersign.service.commands.review.queue_items import refusals_to_review
from countersign.service.commands.review.queue_listing import QueueListing
from countersign.service.commands.review.reported_events import ReportedEvents
from countersign.service.reporting.returning import returned_ts

MAX_AT_ONCE: Final = 200
"""Maximum number of refusals of an incident that one answer decides; the next call continues."""


class _Found(NamedTuple):
    """Incident, the event by which it was named, and that as it was reported, if it was."""

    incident: Incident
    example: RecordedDecision
    reported: ReportedEvent | None

    def is_reopened_by(self, review: Review) -> bool:
        """Return True if new reports brought it back after this answer."""
        return self.reported is not None and returned_ts(self.reported, review) is not None


class ReviewCommands(CommandGroup):
    """Assigns incidents, and decides a whole incident by one example.

    Args:
        store: keeps the review state of each event.
        queue: finds open appeals.
        incidents: groups refusals.
        reported: finds events that members reported.
        answers: carries out the consequences of an answer.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        store: ReviewStore,
        *,
        queue: QueueListing,
        incidents: IncidentCommands,
        reported: ReportedEvents,
        answers: ReviewAnswers,
    ) -> None:
        super().__init__(needs)
        self._store = store
        self._queue = queue
        self._incidents = incidents
        self._reported = reported
        self._answers = answers

    async def take(self, actor: Actor, *, reference: object) -> JsonObject:
        """Assign an incident to the actor, so that others look at other ones.

        Args:
            actor: the actor who takes it.
            reference: the reference of any of its refusals.

        Returns:
            `reference`, `state`, `actor`, and `refusals`: their number.

        Raises:
            NotFound: no refusal is known to them by that reference.
        """
        return await self._set(actor, Command.REVIEWS_TAKE, reference, ReviewState.TAKEN, "")

    async def hand_over(self, actor: Actor, *, reference: object, note: object = "") -> JsonObject:
        """Return an incident to the queue, with a note; see `take`.

        Raises:
            Forbidden, NotFound, StoreUnavailable: as `take` does.
            BadJson: the note is too long.
        """
        command, state = Command.REVIEWS_HAND_OVER, ReviewState.HANDED_OVER
        return await self._set(actor, command, reference, state, checked_reason(note))

    async def decide(
        self,
        actor: Actor,
        *,
        reference: object,
        answer: object,
        is_alone: bool = False,
        lasts_ms: object = None,
        note: object = "",
    ) -> JsonObject:
        """Decide an incident by one example: allow all of it, mark all as spam, or keep it refused.

        Each refusal is allowed or marked as by the single commands, and is undone in the same way.

        Args:
            actor: the actor who decides.
            reference: the reference of the example, or of any other of its refusals.
            answer: a `ReviewAnswer`.
            is_alone: decide only the example.
            lasts_ms: for `allow`: for how long the same words pass; None for a day.
            note: the reason, for other moderators.

        Returns:
            `reference`, `answer`; `decided`, number of refusals; `left`, number of refusals left
            for a repetition of the command; `troubles`: why some could not be decided, at most
            five.

        Raises:
            Forbidden: the actor may not give that answer.
            NotFound: no refusal is known to them by that reference.
            BadJson: there is no such answer, or an argument is invalid.
            StoreUnavailable: a part may be decided; repeat the call.
        """
        command = Command.REVIEWS_DECIDE
        item = await self._find(actor, command, reference)
        incident, example = item.incident, item.example
        checked_answer, words = _checked_answer(answer, example), checked_reason(note)
        lasts = checked_lasts_ms(lasts_ms)
        if checked_answer is ReviewAnswer.SPAM:
            self._permissions.require_in_room(actor, Command.DECISIONS_SPAM, example.room_id)
        others = [each for each in incident.refusals if each.key != example.key]
        meant = [example] if is_alone else [example, *others]
        reviews = await self._store.find({each.key for each in meant})
        undecided = [
            each
            for each in meant
            if (review := reviews.get(each.key)) is None
            or review.answer is not checked_answer
            or item.is_reopened_by(review)
        ]
        decided = undecided[:MAX_AT_ONCE]
        async with self._audit.change(
            actor, command, community=incident.community, subject=example.reference
        ) as details:
            details |= {"answer": checked_answer.value, "note": words}
            troubles = await self._answers.follow(
                actor, decided, checked_answer, lasts_ms=lasts, note=words
            )
            await self._store.save(
                [
                    self._review(actor, item, each, ReviewState.HANDLED, checked_answer, words)
                    for each in decided
                ]
            )
            details["decided"] = len(decided)
        return {
            "reference": example.reference,
            "answer": checked_answer.value,
            "decided": len(decided),
            "left": len(undecided) - len(decided),
            "troubles": troubles,
        }

    async def _set(
        self, actor: Actor, command: Command, reference: object, state: ReviewState, note: str
    ) -> JsonObject:
        item = await self._find(actor, command, reference)
        incident, example = item.incident, item.example
        appealed = await self._queue.appealed([incident.community])
        refusals = [each.refusal for each in refusals_to_review(incident, appealed).values()]
        refusals = refusals or [example]
        reviews = await self._store.find({each.key for each in refusals})
        open_ones = [
            each
            for each in refusals
            if (review := reviews.get(each.key)) is None
            or review.state is not ReviewState.HANDLED
            or item.is_reopened_by(review)
        ]
        async with self._audit.change(
            actor, command, community=incident.community, subject=example.reference
        ) as details:
            details["note"] = note
            await self._store.save(
                [self._review(actor, item, each, state, None, note) for each in open_ones]
            )
        return {
            "reference": example.reference,
            "state": state.value,
            "actor": actor.name,
            "refusals": len(open_ones),
        }

    async def _find(self, actor: Actor, command: Command, reference: object) -> _Found:
        self._permissions.require(actor, command)
        if not isinstance(reference, str):
            raise BadJson("The body needs the field 'reference' (str).")
        reported = await self._reported.find(actor, reference)
        if reported is None:
            item = _Found(*await self._incidents.find(actor, reference), None)
        else:
            event, incident, example = reported
            item = _Found(incident, example, event)
        self._permissions.require_in_room(actor, command, item.example.room_id)
        return item

    def _review(
        self,
        actor: Actor,
        item: _Found,
        refusal: RecordedDecision,
        state: ReviewState,
        answer: ReviewAnswer | None,
        note: str,
    ) -> Review:
        now_ts = self._clock.now_ts()
        return Review(
            key=refusal.key,
            reference=refusal.reference,
            community=item.incident.community,
            state=state,
            answer=answer,
            actor=actor.name,
            note=note,
            refused_ts=refusal.decided_ts if item.reported is None else item.reported.first_ts,
            first_ts=now_ts,
            ts=now_ts,
        )


def _checked_answer(value: object, example: RecordedDecision) -> ReviewAnswer:
    """Return an answer.

    Raises:
        BadJson: there is no such, or not for what was signed.
    """
    if not isinstance(value, str) or value not in set(ReviewAnswer):
        raise BadJson(f"The answer must be one of {', '.join(ReviewAnswer)}.")
    answer = ReviewAnswer(value)
    if answer is ReviewAnswer.ALLOW and example.decision.verdict is Verdict.SIGN:
        raise BadJson("The reported event was signed already: answer spam or keep.")
    return answer
