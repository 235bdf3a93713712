"""Commands on appeals: list and show them, add notes, answer them."""

import asyncio
from dataclasses import asdict
from typing import Final

from countersign.basics.durations import DAY_MS
from countersign.ports.actors import Actor
from countersign.ports.stores.audit import AuditStore
from countersign.ports.stores.bundle import ReviewedDecisions
from countersign.ports.stores.outcomes import OutcomeKind, OutcomeStore
from countersign.ports.stores.review.appeals import (
    MAX_NOTES,
    Appeal,
    AppealNote,
    AppealState,
    AppealStore,
)
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.actors.readable_rooms import RoomNames
from countersign.service.commands.moderation.decisions import DecisionCommands, without_address
from countersign.service.errors import Forbidden, NotFound

ALLOWED_FOR_MS: Final = 7 * DAY_MS
"""Duration of the allowance after a granted appeal: the person may read the answer days later."""
MAX_LISTED: Final = 1_000
_ANSWERS: Final = (AppealState.GRANTED, AppealState.UPHELD, AppealState.CLOSED)


class AppealCommands(CommandGroup):
    """Lists and answers appeals, and adds notes.

    An actor with a part in a refusal does not answer the appeal against it: one who set the
    sender's trust, or who did anything about the decision other than allowing it.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        store: AppealStore,
        *,
        decisions: ReviewedDecisions,
        decision_commands: DecisionCommands,
        outcomes: OutcomeStore,
        audit_store: AuditStore,
        room_names: RoomNames,
    ) -> None:
        super().__init__(needs)
        self._store = store
        self._decisions = decisions
        self._decision_commands = decision_commands
        self._outcomes = outcomes
        self._audit_store = audit_store
        self._room_names = room_names
        self._answering = asyncio.Lock()

    async def list(
        self,
        actor: Actor,
        *,
        community: object = None,
        state: AppealState | None = None,
        limit: int = 100,
    ) -> JsonObject:
        """Return appeals in rooms that the actor sees: the open ones first, by due time.

        Raises:
            NotFound: there is no such community, or they have no role in it.
        """
        self._permissions.require(actor, Command.APPEALS_LIST)
        known_names = [each.name for each in self._permissions.known_communities(actor)]
        self._permissions.require_known(actor, None if community is None else str(community))
        community_names = known_names if community is None else [str(community)]
        for name in community_names:
            await self._audit.read(actor, Command.APPEALS_LIST, community=name)
        appeals = await self._store.listed(
            communities=self._permissions.in_all_rooms(actor, community_names),
            rooms=actor.rooms_in(community_names),
            state=state,
            limit=max(1, min(limit, MAX_LISTED)),
        )
        return {
            "appeals": [
                self._shown(appeal)
                for appeal in appeals
                if self._permissions.sees_room(actor, appeal.room_id)
            ]
        }

    async def show(self, actor: Actor, reference: object) -> JsonObject:
        """Return the appeal against the refusal of that reference.

        Raises:
            NotFound: none is known to them.
        """
        appeal = await self._find(actor, Command.APPEALS_SHOW, reference)
        await self._audit.read(
            actor, Command.APPEALS_SHOW, community=appeal.community, subject=appeal.reference
        )
        return self._shown(appeal)

    async def note(self, actor: Actor, *, reference: object, text: object) -> JsonObject:
        """Add a note for other moderators; return the appeal.

        Raises:
            Forbidden, NotFound: as `show` does.
            BadJson: the note is empty or too long, or there are too many.
        """
        command = Command.APPEALS_NOTE
        appeal = await self._find(actor, command, reference)
        community = self._permissions.require_in_room(actor, command, appeal.room_id)
        words = checked_reason(text).strip()
        if not words:
            raise BadJson("The note is empty.")
        note = AppealNote(ts=self._clock.now_ts(), actor=actor.name, text=words)
        async with self._audit.change(
            actor, command, community=community.name, subject=appeal.reference
        ):
            if not await self._store.add_note(appeal.key, note):
                raise BadJson(f"There are {MAX_NOTES} notes on this appeal; more are not kept.")
        return await self._shown_now(appeal)

    async def decide(
        self,
        actor: Actor,
        *,
        reference: object,
        answer: object,
        lasts_ms: object = None,
        note: object = "",
    ) -> JsonObject:
        """Answer an open appeal; return it.

        Args:
            actor: the actor who answers.
            reference: the reference of the refusal.
            answer: `granted`: the refusal was a mistake, and the same words pass for some time;
                `upheld`: the refusal stays; `closed`: no decision.
            lasts_ms: for how long the same words pass; None for a week.
            note: for other moderators; whoever appealed never reads it.

        Raises:
            Forbidden: the actor may not, or had a part in what is appealed against.
            NotFound: none is known to them.
            BadJson: there is no such answer, it was answered before, or its decision cannot be
                allowed.
            StoreUnavailable: it may not be answered; repeat the call.
        """
        command = Command.APPEALS_DECIDE
        appeal = await self._find(actor, command, reference)
        community = self._permissions.require_in_room(actor, command, appeal.room_id)
        state, words = _checked_answer(answer), checked_reason(note).strip()
        lasts = checked_lasts_ms(lasts_ms) or ALLOWED_FOR_MS
        await self._require_no_part(actor, appeal)
        async with self._answering:
            appeal = await self._find(actor, command, reference)
            if appeal.state is not AppealState.OPEN:
                raise BadJson(f"This appeal was answered before: {appeal.state}.")
            async with self._audit.change(
                actor, command, community=community.name, subject=appeal.reference
            ) as details:
                details["before"], details["after"] = appeal.state.value, state.value
                if words:
                    note_of_answer = AppealNote(
                        ts=self._clock.now_ts(), actor=actor.name, text=words
                    )
                    await self._store.add_note(appeal.key, note_of_answer)
                await self._answer(actor, appeal, state, lasts)
        return await self._shown_now(appeal)

    async def _answer(
        self, actor: Actor, appeal: Appeal, state: AppealState, lasts_ms: int
    ) -> None:
        until_ts = None
        if state is AppealState.GRANTED:
            allowed = await self._decision_commands.allow(
                actor, reference=appeal.key.hex(), lasts_ms=lasts_ms
            )
            until_ts = allowed["allowed"]["until_ts"]
        is_first = await self._store.decide(
            appeal.key,
            state,
            decided_ts=self._clock.now_ts(),
            decided_by=actor.name,
            allowed_until_ts=until_ts,
        )
        if not is_first:
            raise BadJson("This appeal was answered meanwhile.")

    async def _require_no_part(self, actor: Actor, appeal: Appeal) -> None:
        recorded = await self._decisions.find(appeal.key)
        outcomes = [] if recorded is None else await self._outcomes.of_decision(recorded)
        acted = any(
            each.actor == actor.name and each.kind is not OutcomeKind.ALLOWED for each in outcomes
        )
        changes = await self._audit_store.latest(
            actor=actor.name, community=appeal.community, limit=MAX_LISTED
        )
        if acted or any(
            each.command == Command.TRUST_SET and each.subject == appeal.sender for each in changes
        ):
            raise Forbidden(
                "Somebody else must answer this appeal: you had a part in what it is against. "
                "Moderators and the operator can, each with an access of their own."
            )

    async def _find(self, actor: Actor, command: Command, reference: object) -> Appeal:
        self._permissions.require(actor, command)
        appeals: list[Appeal] = []
        if isinstance(reference, str):
            for recorded in await self._decisions.find_by_reference(without_address(reference)):
                appeal = await self._store.find(recorded.key)
                if appeal is not None and self._permissions.sees_room(actor, recorded.room_id):
                    appeals.append(appeal)
        if len(appeals) != 1:
            raise NotFound(
                f"No appeal is known by {reference!r}. They are listed by: countersign appeals list"
            )
        return appeals[0]

    async def _shown_now(self, appeal: Appeal) -> JsonObject:
        return self._shown(await self._store.find(appeal.key) or appeal)

    def _shown(self, appeal: Appeal) -> JsonObject:
        return {
            "reference": appeal.reference,
            "community": appeal.community,
            "room_id": appeal.room_id,
            "room_name": self._room_names().get(appeal.room_id),
            "sender": appeal.sender,
            "text": appeal.text,
            "language": appeal.language,
            "made_ts": appeal.made_ts,
            "due_ts": appeal.due_ts,
            "is_overdue": (
                appeal.state is AppealState.OPEN and appeal.due_ts < self._clock.now_ts()
            ),
            "state": appeal.state.value,
            "decided_ts": appeal.decided_ts,
            "decided_by": appeal.decided_by or None,
            "allowed_until_ts": appeal.allowed_until_ts,
            "notes": [asdict(note) for note in appeal.notes],
        }


def _checked_answer(value: object) -> AppealState:
    if not isinstance(value, str) or value not in _ANSWERS:
        raise BadJson(f"The answer must be one of {', '.join(_ANSWERS)}.")
    return AppealState(value)
