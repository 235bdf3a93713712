"""Undo: lists an actor's changes since some time, and reverts them where possible."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

import structlog

from countersign.ports.actors import Actor, ActorKind
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.audit import AuditEntry, AuditStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.entry_numbers import EntryNumbers
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.moderation.reverts import (
    NothingToRevert,
    Plan,
    PlannedState,
    Planner,
)

MAX_ENTRIES: Final = 10_000
PAGE: Final = 1_000
UNDO_TAKES_AT_MOST_MS: Final = 600_000
"""Time after which another process may undo a change, as the one that began it never ends."""

_BY_HAND: Final = {
    Command.ROOMS_JOIN: "Leave it again: countersign rooms leave {subject}",
    Command.ROOMS_REJOIN: "Leave it again: countersign rooms leave {subject}",
    Command.ROOMS_LEAVE: "Join it again: countersign rooms join {subject} --via SERVER",
    Command.ROOMS_PROTECT: "Send another m.room.policy, or an empty one, in {subject}",
    Command.ROOMS_CHECK: "It changed nothing of its own.",
    Command.POLICY_RELOAD: "Take an earlier policy: countersign policy rollback",
    Command.TOKENS_REVOKE: "Make another token: countersign tokens create",
    Command.UNFREEZE: "Freeze them again: countersign freeze {subject}",
    Command.APPEALS_NOTE: "A note stays; add another one: countersign appeals note {subject}",
    Command.APPEALS_DECIDE: "An answer stands. What it allowed is a change of its own.",
    Command.COMMUNITY_LEAVE: "Join its rooms again: countersign rooms join ROOM_ID --via SERVER",
    Command.COMMUNITY_ERASE: "What was erased is gone; a backup may have it.",
    Command.REVIEWS_TAKE: "It changed nothing of its own.",
    Command.REVIEWS_HAND_OVER: "It changed nothing of its own.",
    Command.REVIEWS_DECIDE: "What it allowed or marked as spam is listed for itself.",
    Command.BACKTESTS_START: "It changed nothing of its own.",
    Command.BACKTESTS_CANCEL: "Begin it again.",
    Command.CONFIRMATIONS_CONFIRM: "What it confirmed is listed for itself.",
    Command.CONFIRMATIONS_DECLINE: "Give the command again.",
    Command.KEYS_ROTATE: "Nothing uses the new key before the settings name it: delete its file.",
    Command.KEYS_RETIRE: "Name the keys in the settings again.",
    Command.UNDO: "Do by hand what it reverted, if that was wrong.",
}
"""Advice, by command, for changes that must be reverted by hand."""


log = structlog.get_logger()


class UndoCommands(CommandGroup):
    """Lists an actor's changes, and reverts them, newest first.

    A change is reverted only if the state is still the one that it led to; later changes by others
    stay.

    Args:
        store: the audit log.
        planners: for each command whose changes can be reverted; see `Reverts.planners`.
        numbers: encrypt the numbers of entries for whoever does not see all of them.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        store: AuditStore,
        *,
        planners: Mapping[str, Planner],
        numbers: EntryNumbers,
    ) -> None:
        super().__init__(needs)
        self._store = store
        self._planners = planners
        self._numbers = numbers
        self._reverting = asyncio.Lock()

    async def undo(
        self, actor: Actor, *, by: object, since_ts: int, is_dry_run: bool = True
    ) -> list[JsonObject]:
        """Revert an actor's changes since some time, and return them, newest first.

        Actors other than operators see and undo only changes by moderators in the communities that
        they lead.

        Args:
            actor: the actor who undoes.
            by: the name of the actor whose changes are undone.
            since_ts: beginning, in ms since the epoch.
            is_dry_run: change nothing, and return what would be done.

        Returns:
            Each change, with `is_undone` and, in `words`, how or why not.

        Raises:
            BadJson: no actor is named.
            StoreUnavailable: some changes are not reverted; repeat the call.
        """
        community_names = self._permissions.community_names(actor, Command.UNDO)
        if not isinstance(by, str) or not by:
            raise BadJson("Name the actor, as the audit log shows it.")
        if is_dry_run:
            return await self._undo_all(actor, by, since_ts, community_names, is_dry_run=True)
        # A form that is sent twice finds nothing to revert the second time.
        async with self._reverting:
            return await self._undo_all(actor, by, since_ts, community_names, is_dry_run=False)

    async def _undo_all(
        self,
        actor: Actor,
        by: str,
        since_ts: int,
        community_names: Collection[str],
        *,
        is_dry_run: bool,
    ) -> list[JsonObject]:
        entries = await self._changes(by, since_ts)
        moment = PlannedState({}, {}, {}, {})
        reverted: list[JsonObject] = []
        for entry in entries:
            is_theirs = entry.community in community_names and entry.kind == ActorKind.MODERATOR
            if actor.is_operator or is_theirs:
                reverted.append(await self._undo(actor, entry, moment, is_dry_run=is_dry_run))
        return reverted

    async def _changes(self, by: str, since_ts: int) -> list[AuditEntry]:
        changing = {*self._planners, *_BY_HAND}
        entries: list[AuditEntry] = []
        before_id = None
        while len(entries) < MAX_ENTRIES:
            page = await self._store.latest(
                actor=by, since_ts=since_ts, before_id=before_id, limit=PAGE
            )
            entries += [entry for entry in page if entry.command in changing]
            if len(page) < PAGE:
                break
            before_id = page[-1].entry_id
        return entries

    async def _undo(
        self, actor: Actor, entry: AuditEntry, moment: PlannedState, *, is_dry_run: bool
    ) -> JsonObject:
        is_undone, words = False, ""
        try:
            plan = await self._plan(actor, entry, moment)
        except NothingToRevert as reason:
            words = str(reason)
        else:
            is_undone, words = True, plan.words
            if not is_dry_run and not await self._carry_out(actor, entry, plan):
                is_undone, words = False, "Somebody else undid it, or is undoing it."
        number = entry.entry_id
        return {
            "entry_id": number if actor.is_operator else self._numbers.encrypted(number),
            "ts": entry.ts,
            "command": entry.command,
            "community": entry.community,
            "subject": entry.subject,
            "is_undone": is_undone,
            "words": words,
        }

    async def _carry_out(self, actor: Actor, entry: AuditEntry, plan: Plan) -> bool:
        """Revert a change, unless another process is doing so; return True if it was reverted."""
        began_ts = self._clock.now_ts()
        given_up_ts = began_ts - UNDO_TAKES_AT_MOST_MS
        if not await self._store.begin_undo(entry.entry_id, began_ts, given_up_ts):
            return False
        undone_ts = None
        try:
            async with self._audit.change(
                actor,
                Command.UNDO,
                community=entry.community,
                subject=entry.subject,
                details={"entry": entry.entry_id, "by": entry.actor, "command": entry.command},
            ):
                await plan.revert()
            undone_ts = self._clock.now_ts()
        finally:
            await self._end(entry.entry_id, began_ts, undone_ts)
        return True

    async def _end(self, entry_id: int, began_ts: int, undone_ts: int | None) -> None:
        try:
            await asyncio.shield(self._store.end_undo(entry_id, began_ts, undone_ts))
        except StoreUnavailable as error:
            log.error(  # noqa: TRY400 - no fault of the program
                "it is not stored whether a change was undone",
                entry=entry_id,
                is_undone=undone_ts is not None,
                reason=str(error),
            )

    async def _plan(self, actor: Actor, entry: AuditEntry, moment: PlannedState) -> Plan:
        planner = self._planners.get(entry.command)
        if entry.details.get("erased") is True:
            raise NothingToRevert("What it was about was erased with its room.")
        if entry.undone_ts is not None:
            raise NothingToRevert("It was undone before.")
        if planner is None:
            raise NothingToRevert(_BY_HAND[Command(entry.command)].format(subject=entry.subject))
        try:
            return await planner(actor, entry, moment)
        except (KeyError, TypeError, ValueError):
            if entry.result is None:
                raise NothingToRevert("It is not known whether it was done.") from None
            raise NothingToRevert(f"It was not done: {entry.result}") from None
