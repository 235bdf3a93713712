"""Activation of policies from files and by command, and roll-back.

The policy in force is a row per community in the database, with its history. Policy files are a
source. By default the server activates them whenever it reads them; with `policies: {source:
database}` a file that differs is pending until somebody activates it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import structlog

from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.policy_sources import PolicyDocument, PolicySource
from countersign.ports.stores.policies import (
    PolicyChange,
    PolicyInForce,
    PolicyStore,
)
from countersign.protocol.errors import CountersignError
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.service.policies.policy_records import (
    ACTIVATED,
    ROLLED_BACK,
    ChangeNote,
    PolicyRecords,
    is_pending,
    policies_in,
)

log = structlog.get_logger()


class PolicyActivation:
    """Changes which policies are in force.

    Documents are read by a thread: a large one takes seconds.

    Args:
        store: keeps what is in force.
        source: reads the files.
        clock: dates changes.
        takes_files: activate a file that differs as soon as it was read.
    """

    def __init__(
        self, store: PolicyStore, source: PolicySource, clock: Clock, *, takes_files: bool
    ) -> None:
        self.records: Final = PolicyRecords(store, source, clock)
        self._source = source
        self._alone = asyncio.Lock()
        self._policies: Policies | None = None
        self.takes_files: Final = takes_files

    async def start(self) -> Policies:
        """Return the policies in force, an object that is kept up to date from now on.

        If files cannot be used, the last policies stay in force, and `trouble` says so: without a
        running server no room can send events, while an older policy still protects them.

        Raises:
            PolicyInvalid, CountersignError: the files are unusable, and no policy was in force.
            StoreUnavailable: the policies in force can't be read now.
        """
        await self.records.take_over_history()
        rows = await self.records.in_force()
        if not self.takes_files and DEFAULT_COMMUNITY in rows:
            policies = self._parsed({name: row.document for name, row in rows.items()})
            if policies is not None:
                self._policies = Policies(policies)
                await self._log_pending()
                return self._policies
        try:
            documents = await in_thread(self._source.read)
            if not self.takes_files:
                documents = await self._with_pending(documents)
        except StoreUnavailable:
            raise
        except CountersignError as error:
            policies = self._parsed({name: row.document for name, row in rows.items()})
            policies = policies or self._parsed(self._source.read_last_in_force())
            if policies is None:
                raise
            self._policies = Policies(policies)
            self._policies.note_trouble(error)
            return self._policies
        self._policies = Policies(policies_in(documents))
        await self._try_to_record(documents, None)
        return self._policies

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - there are few
        """Take over policies that other processes put in force.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        async with self._alone:
            rows = await self.records.in_force()
            if self._policies is None or DEFAULT_COMMUNITY not in rows:
                return
            now = {each.name: each.policy.revision for each in self._policies.all()}
            if now == {name: row.revision for name, row in rows.items()}:
                return
            documents = {name: row.document for name, row in rows.items()}
            policies = await in_thread(self._parsed, documents)
            if policies is not None:
                self._policies.enforce(policies)

    async def reload(self, change_note: ChangeNote | None = None) -> None:
        """Activate every file that differs from the policy in force.

        Args:
            change_note: who changed one of the files, and why; None if that is not known.

        Raises:
            PolicyInvalid, CountersignError: a file cannot be used; the policies in force stay.
            StoreUnavailable: the policies are not stored, and with `source: database` not in force.
        """
        async with self._alone:
            try:
                documents = await in_thread(self._source.read)
                if not self.takes_files:
                    documents = await self._with_pending(documents)
            except CountersignError as error:
                if self.takes_files and self._policies is not None:
                    self._policies.note_trouble(error)
                raise
            if self.takes_files:
                # Files are the source: they take effect even if the disk is full.
                self._enforce(documents)
                await self._try_to_record(documents, change_note)
            else:
                await self.records.record(documents, change_note)
                self._enforce(documents)

    async def activate(
        self, community: str, document: bytes, *, actor: str, note: str = "", what: str = ACTIVATED
    ) -> Policy:
        """Put a document in force as a community's policy, and return the policy.

        If files are the source, the document is written to the community's file.

        Args:
            community: the community; an unknown one is created.
            document: the text of the document.
            actor: the actor who gave the command, in words for the history.
            note: their reason.
            what: `ACTIVATED` or `ROLLED_BACK`.

        Raises:
            PolicyInvalid: it has mistakes, or conflicts with other policies.
            StoreUnavailable, CountersignError: it cannot be stored; nothing has changed.
        """
        change_note = ChangeNote(community=community, what=what, actor=actor, note=note)
        async with self._alone:
            if not self.takes_files:
                rows = await self.records.in_force()
                others = {name: row.document for name, row in rows.items()}
                documents = await in_thread(self._source.check, others | {community: document})
                await self.records.record(documents, change_note)
                self._enforce(documents)
                return documents[community].policy
            former = await in_thread(self._source.replace_file, community, document)
            change_note = replace(change_note, document_before=former)
            try:
                documents = await in_thread(self._source.read)
                if self._policies is None:  # no running server reads the other files now
                    await self.records.record(
                        {community: documents[community]}, change_note, are_all=False
                    )
                else:
                    await self.records.record(documents, change_note)
            except CountersignError:
                await in_thread(self._source.put_back, community, former)
                raise
            self._enforce(documents)
            return documents[community].policy

    async def roll_back(
        self, community: str, to: str | None = None, *, actor: str, note: str = ""
    ) -> Policy:
        """Put an earlier policy of a community in force again, and return it.

        Args:
            community: the community.
            to: the revision, or its beginning; None for the one before the present one. Repeated
                calls go back to the first one.
            actor: the actor who gave the command, in words for the history.
            note: their reason.

        Raises:
            PolicyUnknown: there is no such revision.
            PolicyInvalid: it now conflicts with other policies; nothing has changed.
            StoreUnavailable, CountersignError: it cannot be stored; nothing has changed.
        """
        _, document = await self.find(community, to)
        return await self.activate(community, document, actor=actor, note=note, what=ROLLED_BACK)

    async def find(self, community: str, revision: str | None) -> tuple[str, bytes]:
        """Return a revision from the history, and its document; see `PolicyRecords.find`."""
        current = None if revision is not None else await self.current_revision(community)
        return await self.records.find(community, revision, current=current)

    async def current_revision(self, community: str) -> str | None:
        """Return the revision of a community's policy, from its source; None if there is none.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        if self.takes_files:
            return await in_thread(self._source.revision_of_file, community)
        row = await self.find_in_force(community)
        return None if row is None else row.revision

    def parse(self, document: bytes) -> Policy:
        """Parse a document on its own, without other policies.

        Raises:
            PolicyInvalid: it has mistakes.
        """
        return self._source.parse(document)

    async def changes(self, community: str) -> list[PolicyChange]:
        """Return the policy changes of a community, newest first.

        Raises:
            StoreUnavailable: the history can't be read now.
        """
        return await self.records.changes(community)

    async def find_in_force(self, community: str) -> PolicyInForce | None:
        """Return a community's policy in force from the database; None if there is none.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        return (await self.records.in_force()).get(community)

    async def acknowledged(self) -> dict[str, str | None]:
        """Return, by community, the revision of its file that is not pending.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        if self.takes_files:
            return {}
        return {name: row.file_revision for name, row in (await self.records.in_force()).items()}

    async def _with_pending(self, read: Mapping[str, PolicyDocument]) -> dict[str, PolicyDocument]:
        """Return the documents in force, replaced by pending files."""
        rows = await self.records.in_force()
        unchanged = {
            name: row.document for name, row in rows.items() if not is_pending(row, read.get(name))
        }
        pending = {name: each.source for name, each in read.items() if name not in unchanged}
        return await in_thread(self._source.check, unchanged | pending)

    async def _log_pending(self) -> None:
        try:
            read = await in_thread(self._source.read)
        except CountersignError as error:
            log.warning("policy files cannot be used; what is in force stays", reason=str(error))
            return
        rows = await self.records.in_force()
        pending = sorted(
            name for name in rows.keys() | read.keys() if is_pending(rows.get(name), read.get(name))
        )
        if pending:
            log.warning(
                "policy files differ from what is in force; to take them over: countersign policy"
                " reload",
                communities=pending,
            )

    def _enforce(self, documents: Mapping[str, PolicyDocument]) -> None:
        if self._policies is not None:
            self._policies.enforce(policies_in(documents))

    async def _try_to_record(
        self, documents: Mapping[str, PolicyDocument], change_note: ChangeNote | None
    ) -> None:
        try:
            await self.records.record(documents, change_note)
        except StoreUnavailable as error:
            log.warning("the policy in force is not in the history", reason=str(error))

    def _parsed(self, documents: Mapping[str, bytes]) -> dict[str, Policy] | None:
        """Return the policies in these documents; None if they are no longer valid."""
        if DEFAULT_COMMUNITY not in documents:
            return None
        try:
            return policies_in(self._source.check(documents))
        except CountersignError as error:
            log.warning("the policies that were in force cannot be used", reason=str(error))
            return None
