"""The audit log: every change by a person, and reads of a community's data by operators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.actors import Actor, ActorKind, Face
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.audit import EVERY_COMMUNITY, AuditEntry, AuditStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError
from countersign.service.commands.actors.entry_numbers import EntryNumbers
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.commands.actors.rules import LOOKS
from countersign.service.errors import WaitsForConfirmation

DONE: Final = "done"
SAME_LOOK_MS: Final = 600_000
"""Time within which the same request of a dashboard page counts as one read."""

MAX_LOOKS: Final = 1_000
MAX_RESULT_CHARS: Final = 500

log = structlog.get_logger()


class AuditLog:
    """Writes the audit log.

    Args:
        store: keeps it.
    """

    def __init__(self, store: AuditStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._looks: BoundedMapping[str, int] = BoundedMapping(MAX_LOOKS)

    @asynccontextmanager
    async def change(
        self,
        actor: Actor,
        command: Command,
        *,
        community: str | None = None,
        subject: str | None = None,
        details: JsonObject | None = None,
        given_by: str | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """Record a change before it is made, and its result afterwards.

        Args:
            actor: the actor who makes it.
            command: the command.
            community: the community that it is about; None if it is about none.
            subject: whom or what it is about.
            details: its parameters.
            given_by: who gave the command, if `actor` confirmed it as a second person.

        Yields:
            The details, to which the result may be added.

        Raises:
            StoreUnavailable: the record cannot be written, so nothing was changed.
        """
        all_details = dict(details or {})
        if given_by is not None:
            all_details["asked_by"] = given_by
        entry = self._entry(actor, command, community, subject, all_details, None)
        entry_id = await self._store.append(entry)
        result = "failed"
        try:
            yield all_details
            result = DONE
        except asyncio.CancelledError:
            result = "broken off"
            raise
        except WaitsForConfirmation as waiting:
            result = f"waits for a second person: {waiting.reference}"
            raise
        except CountersignError as error:
            result = f"failed: {error}"[:MAX_RESULT_CHARS]
            raise
        finally:
            await self._conclude(entry_id, result, all_details)

    async def read(
        self,
        actor: Actor,
        command: Command,
        *,
        community: str = EVERY_COMMUNITY,
        subject: str | None = None,
        details: JsonObject | None = None,
    ) -> None:
        """Record that an operator reads a community's data.

        Reads by moderators of their own communities are not recorded. If the record cannot be
        stored, the read is allowed all the same and logged, since an operator must be able to look
        when the disk is full.
        """
        if actor.kind is ActorKind.MODERATOR:
            return
        details = dict(details or {})
        if actor.face is Face.DASHBOARD and self._is_same_look(
            actor, command, community, subject, details
        ):
            return
        entry = self._entry(actor, command, community, subject, details or {}, DONE)
        try:
            await self._store.append(entry)
        except StoreUnavailable as error:
            log.error(  # noqa: TRY400 - no fault of the program
                "a command is not in the audit log", command=command, reason=str(error)
            )

    async def has_entries_by(self, name: str) -> bool:
        """Return True if an actor of that name changed or read something, or if it is not known."""
        try:
            return bool(await self._store.latest(communities=None, actor=name, limit=1))
        except StoreUnavailable:
            return True

    def _is_same_look(
        self,
        actor: Actor,
        command: Command,
        community: str,
        subject: str | None,
        details: JsonObject,
    ) -> bool:
        """Return True if a dashboard page only repeats a request that was recorded before.

        `since_ts` moves with the clock, so it is not compared.
        """
        parts = {name: value for name, value in details.items() if name != "since_ts"}
        look = repr((actor.name, command.value, community, subject, sorted(parts.items())))
        now_ts = self._clock.now_ts()
        began_ts = self._looks.get(look)
        if began_ts is not None and 0 <= now_ts - began_ts < SAME_LOOK_MS:
            return True
        self._looks[look] = now_ts
        return False

    async def _conclude(self, entry_id: int, result: str, details: JsonObject) -> None:
        try:
            await asyncio.shield(self._store.conclude(entry_id, result, details))
        except StoreUnavailable as error:
            log.error(  # noqa: TRY400 - no fault of the program
                "how a command ended is not in the audit log",
                entry=entry_id,
                result=result,
                reason=str(error),
            )

    def _entry(
        self,
        actor: Actor,
        command: Command,
        community: str | None,
        subject: str | None,
        details: JsonObject,
        result: str | None,
    ) -> AuditEntry:
        return AuditEntry(
            ts=self._clock.now_ts(),
            actor=actor.name,
            kind=actor.kind.value,
            face=actor.face.value,
            command=command.value,
            community=community,
            subject=subject,
            details=details,
            result=result,
        )


class AuditCommands:
    """Shows the audit log.

    Args:
        store: keeps it.
        permissions: decide what an actor may see.
        numbers: encrypt the numbers of entries for whoever does not see all of them.
    """

    def __init__(self, store: AuditStore, permissions: Permissions, numbers: EntryNumbers) -> None:
        self._store = store
        self._permissions = permissions
        self._numbers = numbers

    async def list(
        self,
        actor: Actor,
        *,
        community: str | None = None,
        by: str | None = None,
        only_changes: bool = False,
        since_ts: int = 0,
        before_id: int | None = None,
        limit: int = 50,
    ) -> list[AuditEntry]:
        """Return entries, newest first.

        Actors other than operators see the entries about their communities. Of commands about all
        communities they see only the actor and the time, and `entry_id` is encrypted. With
        `only_changes` what operators looked at is left out; exports of personal data are not.

        Raises:
            Forbidden, NotFound: see `Permissions.community`.
        """
        community_names = self._permissions.community_names(actor, Command.AUDIT_LIST, community)
        if before_id is not None and not actor.is_operator:
            before_id = self._numbers.decrypted(before_id)
        entries = await self._store.latest(
            communities=None if actor.is_operator else community_names,
            community=community,
            actor=by,
            except_commands=LOOKS if only_changes else (),
            since_ts=since_ts,
            before_id=before_id,
            limit=limit,
        )
        if actor.is_operator:
            return entries
        return [self._numbers.encrypted_in(_without_others(entry)) for entry in entries]


def _without_others(entry: AuditEntry) -> AuditEntry:
    if entry.community != EVERY_COMMUNITY:
        return entry
    return replace(entry, subject=None, details={}, undone_ts=None)
