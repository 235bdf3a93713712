"""Records in the database: the policies in force, and the history of each community."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.policy_sources import PolicyDocument, PolicySource
from countersign.ports.stores.policies import (
    EarlierPolicy,
    PolicyChange,
    PolicyInForce,
    PolicyStore,
)
from countersign.protocol.errors import CountersignError
from countersign.service.errors import NotFound

ACTIVATED: Final = "activated"
ROLLED_BACK: Final = "rolled back"
PUT_BACK: Final = "put back"
LOADED: Final = "loaded"
FOUND: Final = "found"

log = structlog.get_logger()


class PolicyUnknown(NotFound):
    """The history does not hold what was asked for; says what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNote:
    """The person behind a policy change, and the reason.

    Attributes:
        community: the community.
        what: `ACTIVATED`, `ROLLED_BACK` or `PUT_BACK`.
        actor: the actor who gave the command, in words for the history.
        note: their reason.
        document_before: the content of the community's file before the command; possibly never
            read by a server.
    """

    community: str
    what: str
    actor: str
    note: str = ""
    document_before: bytes | None = None


class PolicyRecords:
    """Policies in force, and their history; the only caller of `PolicyStore.put_in_force`.

    Args:
        store: keeps both.
        source: reads documents.
        clock: dates changes.
    """

    def __init__(self, store: PolicyStore, source: PolicySource, clock: Clock) -> None:
        self._store = store
        self._source = source
        self._clock = clock

    async def in_force(self) -> dict[str, PolicyInForce]:
        """Return the policies in force, by community.

        Raises:
            StoreUnavailable: the database can't be read now.
        """
        return {row.community: row for row in await self._store.in_force()}

    async def find(
        self, community: str, revision: str | None, *, current: str | None
    ) -> tuple[str, bytes]:
        """Return a revision from the history, and its document.

        Args:
            community: the community.
            revision: its beginning is enough; None for the one before the present one, where
                revisions that were rolled back do not count.
            current: the revision in force; None if there is none.

        Raises:
            PolicyUnknown: there is no such revision.
            StoreUnavailable: the history can't be read now.
        """
        changes = await self._store.changes(community)
        if revision is None:
            fitting = _earlier(reversed(changes), current)[-1:]
        else:
            revisions = dict.fromkeys(change.revision for change in changes)
            fitting = [each for each in revisions if revision and each.startswith(revision)]
        document = None
        if len(fitting) == 1:
            document = await self._store.document(community, fitting[0])
        if document is None:
            request = "no earlier policy"
            if revision is not None:
                request = f"{'several revisions' if fitting else 'no revision'} {revision}"
            raise PolicyUnknown(
                f"The history of {community} holds {request}. See: countersign policy list"
            )
        return fitting[0], document

    async def changes(self, community: str) -> list[PolicyChange]:
        """Return the policy changes of a community, newest first.

        Raises:
            StoreUnavailable: the history can't be read now.
        """
        return await self._store.changes(community)

    async def is_rolled_back(self, community: str) -> bool:
        """Return True if the last change of a community's policy was a roll-back.

        Raises:
            StoreUnavailable: the history can't be read now.
        """
        changes = await self._store.changes(community)
        return bool(changes) and changes[0].what in (ROLLED_BACK, PUT_BACK)

    async def take_over_history(self) -> None:
        """Import, once, the history that earlier versions of the program kept in files.

        Raises:
            StoreUnavailable: it is not imported yet.
        """
        if await self._store.has_history():
            return
        earlier = await in_thread(self._source.read_earlier)
        if earlier:
            await self._store.add_earlier(earlier)
            log.info("the history of policies was taken over into the database", rows=len(earlier))

    async def record(
        self,
        documents: Mapping[str, PolicyDocument],
        change_note: ChangeNote | None,
        *,
        are_all: bool = True,
    ) -> None:
        """Store documents as in force, with changes; with `are_all`, delete other communities.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        rows, now_ts = await self.in_force(), self._clock.now_ts()
        if change_note is not None and change_note.document_before not in (
            None,
            documents[change_note.community].source,
        ):
            await self._record_found(change_note.community, change_note.document_before)
        policies: list[PolicyInForce] = []
        changes: list[PolicyChange] = []
        for name, each in documents.items():
            row, revision = rows.get(name), each.policy.revision
            own_note = (
                change_note if change_note is not None and change_note.community == name else None
            )
            if row is not None and row.document == each.source and own_note is None:
                continue
            change = PolicyChange(
                ts=now_ts,
                community=name,
                revision=revision,
                what=LOADED if own_note is None else own_note.what,
                actor="" if own_note is None else own_note.actor,
                note="" if own_note is None else own_note.note,
            )
            is_new = row is None or row.revision != revision
            latest = change if row is None or is_new or own_note is not None else row
            policies.append(
                PolicyInForce(
                    community=name,
                    revision=revision,
                    document=each.source,
                    file_revision=await in_thread(self._source.revision_of_file, name),
                    actor=latest.actor,
                    ts=latest.ts,
                    note=latest.note,
                )
            )
            if own_note is not None or (is_new and not await self._is_newest(name, revision)):
                changes.append(change)
        gone = rows.keys() - documents.keys() if are_all else ()
        if policies or changes or gone:
            await self._store.put_in_force(policies, changes, gone=gone)

    async def _record_found(self, community: str, document: bytes | None) -> None:
        """Add a file's content that no server has read to the history, so that it is not lost."""
        if document is None:
            return
        try:
            revision = (await in_thread(self._source.parse, document)).revision
        except CountersignError:
            return  # it has mistakes, so a roll-back to it is not possible
        if not await self._is_newest(community, revision):
            change = PolicyChange(
                ts=self._clock.now_ts(), community=community, revision=revision, what=FOUND
            )
            await self._store.add_earlier([EarlierPolicy(change=change, document=document)])

    async def _is_newest(self, community: str, revision: str) -> bool:
        changes = await self._store.changes(community, limit=1)
        return bool(changes) and changes[0].revision == revision


def _earlier(changes: Iterable[PolicyChange], current: str | None) -> Sequence[str]:
    """Return the revisions that led to the current one, oldest first, without the current one.

    Args:
        changes: all changes, oldest first.
        current: the current revision; None if there is none.
    """
    line: list[str] = []
    for change in changes:
        revision = change.revision
        if change.what in (ROLLED_BACK, PUT_BACK) and revision in line:
            del line[len(line) - line[::-1].index(revision) :]
        elif line[-1:] != [revision]:
            line.append(revision)
    if current in line:
        del line[len(line) - 1 - line[::-1].index(current) :]
    return line


def policies_in(documents: Mapping[str, PolicyDocument]) -> dict[str, Policy]:
    """Return the policies of parsed documents."""
    return {name: document.policy for name, document in documents.items()}


def is_pending(row: PolicyInForce | None, read: PolicyDocument | None) -> bool:
    """Return True if a file differs from the policy in force, and no command has decided on it."""
    revision = None if read is None else read.policy.revision
    if row is None:
        return revision is not None
    return revision not in (row.revision, row.file_revision)
