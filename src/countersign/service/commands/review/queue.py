"""Commands on the review queue: incidents that somebody should look at.

The content of the queue follows from stored decisions, so nothing is written before somebody acts.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.incidents import Incident
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.stores.review.appeals import AppealState, AppealStore
from countersign.ports.stores.review.reviews import Review, ReviewAnswer, ReviewState, ReviewStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.commands.review.queue_answers import ReviewAnswers
from countersign.service.commands.review.queue_items import (
    incidents_to_review,
    refusals_to_review,
    standings_of,
)

SINCE_MS: Final = 7 * DAY_MS
MAX_LISTED: Final = 5_000
MAX_AT_ONCE: Final = 200
"""Maximum number of refusals of an incident that one answer decides; the next call continues."""
MAX_APPEALS: Final = 1_000
_COUNTED: Final = 200
"""Number of the latest reviews from which the median time to a first action is computed."""


class ReviewCommands:
    """Lists the queue, assigns incidents, and decides a whole incident by one example.

    Args:
        store: keeps the review state of each refusal.
        appeals: know which refusals have appeals.
        incidents: group refusals.
        answers: carries out the consequences of an answer.
        permissions: what an actor may do.
        audit: the audit log.
        clock: tells the time.
    """

    def __init__(
        self,
        store: ReviewStore,
        *,
        appeals: AppealStore,
        incidents: IncidentCommands,
        answers: ReviewAnswers,
        permissions: Permissions,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._store = store
        self._appeals = appeals
        self._incidents = incidents
        self._answers = answers
        self._permissions = permissions
        self._audit = audit
        self._clock = clock

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
        account that may have been taken over waits for a moderator, or if there is an appeal.

        Args:
            actor: who asks.
            community: only this community, by name.
            state: only this state; None for all that are not handled.
            since_ts: beginning, in ms since the epoch; None for seven days ago.
            limit: maximum number, up to 5,000.

        Returns:
            `items`: for each incident the fields of `IncidentCommands`, and `because`, `state`,
            `actor`, `answer`, `note`, `waiting`, `waits_ms`, `first_action_ms`, `appeals`; `open`,
            number of incidents that are not handled; `median_first_action_ms`, or null; `refusals`,
            number of refusals that were read; `is_cut`, there were more, and older ones are left
            out.

        Raises:
            Forbidden: the actor may see none.
            NotFound: there is no such community, or they have no role in it.
            StoreUnavailable: it can't be read now.
        """
        self._permissions.require(actor, Command.REVIEWS_LIST)
        self._permissions.require_known(actor, community)
        known = [each.name for each in self._permissions.known_communities(actor)]
        names = known if community is None else [community]
        for name in names:
            await self._audit.read(actor, Command.REVIEWS_LIST, community=name)
        if since_ts is None:
            since_ts = self._clock.now_ts() - SINCE_MS
        gathered = await self._incidents.gather(actor, since_ts=since_ts, community=community)
        appealed = await self._appealed(names)
        to_review = await in_thread(incidents_to_review, gathered.incidents, appealed)
        reviews = await self._store.find({key for each in to_review for key in each.due})
        standings = await in_thread(
            standings_of, to_review, reviews, appealed, now_ts=self._clock.now_ts()
        )
        wanted = [each for each in standings if each.is_meant(state)]
        wanted.sort(key=lambda each: -each.standing["waits_ms"])
        wanted = wanted[: max(1, min(limit, MAX_LISTED))]
        latest = await self._store.latest(communities=names, limit=_COUNTED)
        took = [each.first_ts - each.refused_ts for each in latest]
        return {
            "items": await in_thread(
                lambda: [
                    {**self._incidents.shown(each.incident), **each.standing} for each in wanted
                ]
            ),
            "open": sum(each.is_meant(None) for each in standings),
            "median_first_action_ms": int(median(took)) if took else None,
            "refusals": gathered.refusals,
            "is_cut": gathered.is_cut,
        }

    async def take(self, actor: Actor, *, reference: object) -> JsonObject:
        """Assign an incident to the actor, so that others look at other ones.

        Args:
            actor: who takes it.
            reference: the reference of any of its refusals.

        Returns:
            `reference`, `state`, `actor`, and `refusals`: their number.

        Raises:
            Forbidden: the actor may not.
            NotFound: no refusal is known to them by that reference.
            StoreUnavailable: nothing has changed.
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
            actor: who decides.
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
        incident, example = await self._find(actor, command, reference)
        if not isinstance(answer, str) or answer not in set(ReviewAnswer):
            raise BadJson(f"The answer must be one of {', '.join(ReviewAnswer)}.")
        given, words = ReviewAnswer(answer), checked_reason(note)
        lasts = checked_lasts_ms(lasts_ms)
        if given is ReviewAnswer.SPAM:
            self._permissions.require_in_room(actor, Command.DECISIONS_SPAM, example.room_id)
        others = [each for each in incident.refusals if each.key != example.key]
        meant = [example] if is_alone else [example, *others]
        reviews = await self._store.find({each.key for each in meant})
        undecided = [
            each
            for each in meant
            if (known := reviews.get(each.key)) is None or known.answer is not given
        ]
        done = undecided[:MAX_AT_ONCE]
        async with self._audit.change(
            actor, command, community=incident.community, subject=example.reference
        ) as details:
            details |= {"answer": given.value, "note": words}
            troubles = await self._answers.follow(actor, done, given, lasts_ms=lasts, note=words)
            await self._store.save(
                [
                    self._review(actor, incident, each, ReviewState.HANDLED, given, words)
                    for each in done
                ]
            )
            details["decided"] = len(done)
        return {
            "reference": example.reference,
            "answer": given.value,
            "decided": len(done),
            "left": len(undecided) - len(done),
            "troubles": troubles,
        }

    async def _set(
        self, actor: Actor, command: Command, reference: object, state: ReviewState, note: str
    ) -> JsonObject:
        incident, example = await self._find(actor, command, reference)
        appealed = await self._appealed([incident.community])
        due = [each.refusal for each in refusals_to_review(incident, appealed).values()]
        due = due or [example]
        reviews = await self._store.find({each.key for each in due})
        open_ones = [
            each
            for each in due
            if (known := reviews.get(each.key)) is None or known.state is not ReviewState.HANDLED
        ]
        async with self._audit.change(
            actor, command, community=incident.community, subject=example.reference
        ) as details:
            details["note"] = note
            await self._store.save(
                [self._review(actor, incident, each, state, None, note) for each in open_ones]
            )
        return {
            "reference": example.reference,
            "state": state.value,
            "actor": actor.name,
            "refusals": len(open_ones),
        }

    async def _find(
        self, actor: Actor, command: Command, reference: object
    ) -> tuple[Incident, RecordedDecision]:
        """Return an incident, and the refusal with this reference."""
        self._permissions.require(actor, command)
        if not isinstance(reference, str):
            raise BadJson("The body needs the field 'reference' (str).")
        incident, example = await self._incidents.find(actor, reference)
        self._permissions.require_in_room(actor, command, example.room_id)
        return incident, example

    async def _appealed(self, communities: Sequence[str]) -> Mapping[bytes, str]:
        """Return the references of refusals with open appeals, by their keys."""
        found = await self._appeals.listed(
            communities=communities, state=AppealState.OPEN, limit=MAX_APPEALS
        )
        return {appeal.key: appeal.reference for appeal in found}

    def _review(
        self,
        actor: Actor,
        incident: Incident,
        refusal: RecordedDecision,
        state: ReviewState,
        answer: ReviewAnswer | None,
        note: str,
    ) -> Review:
        now_ts = self._clock.now_ts()
        return Review(
            key=refusal.key,
            reference=refusal.reference,
            community=incident.community,
            state=state,
            answer=answer,
            actor=actor.name,
            note=note,
            refused_ts=refusal.decided_ts,
            first_ts=now_ts,
            ts=now_ts,
        )
