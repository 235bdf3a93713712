"""Allowances: words that filters refuse, and that pass when they are sent again.

After a warning, the same words of the same sender pass the second time. If a moderator allows a
refused event, its words pass for a while.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.policy.decisions import ALLOWED_AS, Decision, RecordedDecision, Verdict
from countersign.policy.measures.allowances import Allowance, fingerprint_in_room
from countersign.ports.clock import Clock
from countersign.ports.counters import Count, Namespace, Settlement, Total
from countersign.ports.stores.moderation import ModerationStore
from countersign.ports.stores.outcomes import Outcome, OutcomeKind
from countersign.protocol.errors import BadJson
from countersign.service.answers.answers import AlwaysCounted
from countersign.service.answers.event_context import EventContext
from countersign.service.errors import NotFound

WARNED_FOR_MS: Final = 24 * 3_600_000
MAX_ALLOWED: Final = 10_000


class Words(NamedTuple):
    """The same words of the same sender in one community."""

    community: str
    sender: str
    fingerprint: str


class Allowances(AlwaysCounted):
    """Register of warnings and allowances.

    Warnings are counted in memory for a day: after a restart a sender may be warned a second time.
    """

    def __init__(self, store: ModerationStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._allowed: BoundedMapping[Words, Allowance] = BoundedMapping(MAX_ALLOWED)
        self._allowed_steps: dict[tuple[str, str], int] = {}
        self._made = 0

    async def load(self) -> None:
        """Read the current allowances; those that are no longer stored are forgotten.

        Raises:
            StoreUnavailable: they can't be read now; memory is unchanged.
        """
        made: int | None = None
        stored: Sequence[Allowance] = ()
        while made != self._made:  # an allowance was made or withdrawn while the store was read
            made, now_ts = self._made, self._clock.now_ts()
            stored = await self._store.allowances(ending_after_ts=now_ts, limit=MAX_ALLOWED)
        self._allowed.clear()
        self._allowed_steps.clear()
        for each in stored:
            self._remember(each)

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - there are few
        """Take over allowances that were made or withdrawn through other processes.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        await self.load()

    def was_allowed(self, community: str, step: str, since_ts: int) -> bool:
        """Return True if since `since_ts` a moderator allowed an event that a step refused."""
        return self._allowed_steps.get((community, step), -1) >= since_ts

    def counts(self, context: EventContext) -> Count | None:
        """See `AlwaysCounted.counts`: asks for earlier warnings if the policy may warn."""
        if not context.policy.pipeline.may_warn(context.event):
            return None
        counter = (context.event.sender, context.fingerprint)
        return Count(Namespace.WARNINGS, counter, WARNED_FOR_MS, on=Settlement.WARNED)

    def reconsider(
        self, decision: Decision, context: EventContext, warned: Total | None
    ) -> Decision:
        """Apply warnings and allowances to a decision by which filters refuse an event.

        The event is signed if its words were warned about before, or if a moderator allowed them.

        Args:
            decision: the decision of the filters.
            context: the event with its community and policy.
            warned: what the counters replied; None if they were not asked.
        """
        own_fingerprint = context.fingerprint
        for fingerprint in (
            own_fingerprint,
            fingerprint_in_room(own_fingerprint, context.event.room_id),
        ):
            words = Words(context.community, context.event.sender, fingerprint)
            allowed = self._allowed.get(words)
            if allowed is not None and allowed.until_ts > context.now_ts:
                return decision.spared(f"{ALLOWED_AS}{allowed.reference}")
        if decision.is_warning and warned is not None and _was_warned(warned):
            return decision.spared("warned before")
        return decision.known_by(own_fingerprint)

    def allow_at(self, context: EventContext, reference: str) -> None:
        """Allow the words of an event at its own time only, for a dry run of an allowed event.

        Args:
            context: the event with its community and policy.
            reference: the reference of the decision that a moderator meant.
        """
        self._remember(
            Allowance(
                community=context.community,
                sender=context.event.sender,
                fingerprint=context.fingerprint,
                reference=reference,
                steps=(),
                allowed_ts=context.now_ts,
                until_ts=context.now_ts + 1,
            )
        )

    def find(
        self, recorded: RecordedDecision, community: str, *, is_for_one_room: bool = False
    ) -> Allowance | None:
        """Return the current allowance for the words of a refused event; None if there is none."""
        fingerprint = _fingerprint(recorded, is_for_one_room=is_for_one_room)
        return self.current(community, recorded.sender, fingerprint)

    def current(self, community: str, sender: str, fingerprint: str) -> Allowance | None:
        """Return the current allowance for these words of this sender; None if there is none."""
        allowed = self._allowed.get(Words(community, sender, fingerprint))
        return None if allowed is None or allowed.until_ts <= self._clock.now_ts() else allowed

    async def withdraw(self, allowance: Allowance, former: Allowance | None, *, actor: str) -> None:
        """Withdraw an allowance, which then no longer counts as an error of the filters.

        Args:
            allowance: the allowance.
            former: the allowance that it replaced, which takes effect again; None if there was
                none.
            actor: the actor who withdraws it.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        outcome = Outcome(
            key=None,
            reference=allowance.reference,
            kind=OutcomeKind.WITHDRAWN,
            actor=actor,
            happened_ts=self._clock.now_ts(),
            steps=allowance.steps,
        )
        await self._store.withdraw_allowance(allowance, former, outcome)
        self._made += 1
        self._allowed.pop(Words(allowance.community, allowance.sender, allowance.fingerprint), None)
        self._allowed_steps.clear()
        for each in [*self._allowed.values(), *([] if former is None else [former])]:
            self._remember(each)

    async def allow(
        self,
        recorded: RecordedDecision,
        *,
        community: str,
        lasts_ms: int,
        actor: str = "",
        note: str = "",
        is_for_one_room: bool = False,
    ) -> Allowance:
        """Allow the words of a refused event from now on; return the allowance.

        Args:
            recorded: the decision that `only_refused` returned.
            community: the community of the event's room.
            lasts_ms: duration.
            actor: the actor who allows it; empty if that is not known.
            note: the reason.
            is_for_one_room: the words pass in the event's room only.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        now_ts = self._clock.now_ts()
        allowance = Allowance(
            community=community,
            sender=recorded.sender,
            fingerprint=_fingerprint(recorded, is_for_one_room=is_for_one_room),
            reference=recorded.reference,
            steps=tuple(sorted({finding.label for finding in recorded.decision.deciding})),
            allowed_ts=now_ts,
            until_ts=now_ts + lasts_ms,
        )
        outcome = Outcome(
            key=recorded.key,
            reference=recorded.reference,
            kind=OutcomeKind.ALLOWED,
            actor=actor,
            happened_ts=now_ts,
            note=note,
            steps=allowance.steps,
        )
        await self._store.save_allowance(allowance, outcome)
        self._made += 1
        self._remember(allowance)
        return allowance

    def forget_person(self, user_id: str) -> None:
        """Forget a user's allowances."""
        for words in [words for words in self._allowed if words.sender == user_id]:
            del self._allowed[words]

    async def forget_room(self, room_id: str) -> None:  # noqa: ARG002 - what is allowed names none
        """Forget allowances for a room's events, which are no longer stored.

        Raises:
            StoreUnavailable: the store can't be read now; memory is unchanged.
        """
        await self.load()

    def _remember(self, allowance: Allowance) -> None:
        # An allowance for one room does not mean that the step is wrong in the whole community.
        for step in () if allowance.is_for_one_room else allowance.steps:
            key = allowance.community, step
            latest_ts = max(self._allowed_steps.get(key, 0), allowance.allowed_ts)
            self._allowed_steps[key] = latest_ts
        words = Words(allowance.community, allowance.sender, allowance.fingerprint)
        earlier = self._allowed.get(words)
        if earlier is not None and earlier.until_ts > allowance.until_ts:
            return
        self._allowed[words] = allowance


def _was_warned(warned: Total) -> bool:
    return warned.units > 0 and warned.latest_ms_ago < WARNED_FOR_MS


def _fingerprint(recorded: RecordedDecision, *, is_for_one_room: bool) -> str:
    fingerprint = recorded.decision.fingerprint or ""
    if not is_for_one_room:
        return fingerprint
    return fingerprint_in_room(fingerprint, recorded.room_id)


def only_refused(reference: str, decisions: Sequence[RecordedDecision]) -> RecordedDecision:
    """Return the refused decision with `reference`.

    Args:
        reference: as a person wrote it.
        decisions: all decisions that match it.

    Raises:
        NotFound: no decision is known by that reference, or several are.
        BadJson: the event was not refused, or its decision has no fingerprint.
    """
    if not decisions:
        raise NotFound(f"No decision is known by {reference!r}. Give a reference or an event ID.")
    if len(decisions) > 1:
        raise NotFound(f"{len(decisions)} decisions are known by {reference!r}. Give the event ID.")
    (recorded,) = decisions
    if recorded.decision.verdict is not Verdict.REFUSE:
        raise BadJson("That event was signed; there is nothing to allow.")
    if recorded.details_gone is not None:
        raise BadJson("The details of that decision are gone, and it takes them to allow it.")
    if recorded.decision.fingerprint is None:
        raise BadJson("That event was refused before this program kept what it takes to allow it.")
    return recorded
