"""Ports: retention, export and erasure of personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

MAX_EXPORTED: Final = 100_000
"""Rows of one table that are given out of one person."""


class DataKind(StrEnum):
    """The kinds of personal data with a retention time of their own: the names of its settings."""

    SIGNED = "signed"
    """Details of decisions on signed events."""
    REFUSED = "refused"
    """Those on refused events, and what moderators allowed."""
    REPORTS = "reports"
    """Leaks, redactions of them, and raids that are over."""
    AUDIT = "audit"
    """Audit log, and what people did about decisions."""
    TRUST = "trust"
    """Trust records: people known to communities, and the trust that moderators set."""
    APPEALS = "appeals"
    """Appeals against refusals, and the notes on them."""
    EVIDENCE = "evidence"
    """Texts of refused events."""


class CutOff(NamedTuple):
    """Moment up to which data are deleted, and when it was last moved; in ms since the epoch."""

    ts: int
    moved_ts: int


class Removed(NamedTuple):
    """Rows and details that one small transaction removed.

    Attributes:
        rows: how many rows.
        keys: the keys of decisions that lost their details.
        is_done: nothing is left that is older than the cut-off.
    """

    rows: int
    keys: tuple[bytes, ...] = ()
    is_done: bool = False


class CommunityDataStore(Protocol):
    """Finds and deletes one community's data while no server runs."""

    async def export(
        self, community: str, room_ids: Sequence[str]
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return, by table, all rows of a community and of its rooms' decisions, as plain JSON.

        At most `MAX_EXPORTED` of one table.
        """
        ...

    async def erase(self, community: str, room_ids: Sequence[str]) -> Mapping[str, int]:
        """Delete a community's data; return the number of rows by table.

        Decisions lose their details and stand by their keys. What tells who changed what stays, and
        so do policies, which their files would bring back.

        Raises:
            StoreUnavailable: not all was erased; doing it again goes on.
        """
        ...


class RetentionStore(Protocol):
    """Deletes rows older than their retention time, a few at a time."""

    async def find_cut_off(self, kind: DataKind) -> CutOff | None:
        """Return the moment up to which data of this kind are deleted; None if never moved."""
        ...

    async def move_cut_off(self, kind: DataKind, cut_off: CutOff) -> None:
        """Store the moment up to which data of this kind are deleted."""
        ...

    async def oldest_ts(self, kind: DataKind, now_ts: int) -> int | None:
        """Return the time of the oldest data of this kind, in ms since the epoch; None for none."""
        ...

    async def remove_slice(
        self, kind: DataKind, before_ts: int, *, now_ts: int, limit: int
    ) -> Removed:
        """Delete up to `limit` rows from before a moment, in one transaction.

        Args:
            kind: of which kind.
            before_ts: the moment, in ms since the epoch.
            now_ts: rows from after this moment are dated wrongly: what was recorded after them
                tells how old they are.
            limit: maximum number of rows.
        """
        ...

    async def empty_log(self) -> bool:
        """Remove deleted rows from the database's log too; return True if that worked.

        Raises:
            StoreUnavailable: it can't be done now.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """Result of the erasure of a person or a room.

    Attributes:
        rows: how many rows of each table were deleted or emptied.
        stays: by table, what stays, how much of it, and why: a sentence each.
        is_scrubbed: no copy is left in the unused parts of the files either.
    """

    rows: Mapping[str, int]
    stays: Mapping[str, str]
    is_scrubbed: bool


class PersonalDataStore(Protocol):
    """Exports and erases a person's data in all tables."""

    async def export(self, user_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return, by table, all rows that are about a person or name them, as plain JSON."""
        ...

    async def erase(self, user_id: str, *, keep_given: bool, may_rebuild: bool) -> Erased:
        """Delete all data of a person, and their name in other people's data.

        Args:
            user_id: the user who is erased.
            keep_given: keep the levels of trust that moderators gave, bans above all.
            may_rebuild: rebuild large files to be rid of copies in their unused parts, which holds
                up whoever writes.

        Raises:
            StoreUnavailable: not all was erased; doing it again goes on.
        """
        ...


class RoomDataStore(Protocol):
    """Exports and erases a room's data in all tables."""

    async def export(self, room_id: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return, by table, all rows that belong to a room, as plain JSON.

        At most `MAX_EXPORTED` of one table.
        """
        ...

    async def erase(self, room_id: str, *, may_rebuild: bool) -> Erased:
        """Delete the data of a room; its decisions lose their details and keep key and verdict.

        The room's state stays while our user is in it.

        Args:
            room_id: which room.
            may_rebuild: as in `PersonalDataStore.erase`.

        Raises:
            StoreUnavailable: not all was erased; doing it again goes on.
        """
        ...
