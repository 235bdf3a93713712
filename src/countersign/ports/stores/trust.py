"""Port: store of trust records, that is what each community knows of users."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from countersign.policy.measures.trust_records import GivenTrust, LearnedTrust, TrustRecord


class Seen(NamedTuple):
    """A user's trust record in a community."""

    community: str
    user_id: str
    known: TrustRecord


class Learned(NamedTuple):
    """Trust that a user gained in a community, to be added to the stored record."""

    community: str
    user_id: str
    learned: LearnedTrust


class TrustStore(Protocol):
    """Stores trust records.

    Several processes may learn about one user while a moderator gives a level. No call undoes
    another: counts are added, and the later of two given levels applies.
    """

    async def find(self, community: str, user_id: str) -> TrustRecord | None:
        """Return the user's record, or None; one indexed read, since the sign path waits for it."""
        ...

    @property
    def most_at_once(self) -> int:
        """Number of users for one call of `add_learned`; more would delay other writes."""
        ...

    async def add_learned(self, learned: Iterable[Learned]) -> None:
        """Add gains to the stored records, all or none, by `TrustRecord.after`."""
        ...

    async def set_given(
        self, community: str, user_id: str, given: GivenTrust | None
    ) -> TrustRecord:
        """Store the level that a moderator sets, or remove it if None; return the record."""
        ...

    async def changed(self, changed_after: int, *, limit: int) -> list[Seen]:
        """Return the records that changed after that change, the latest first.

        Args:
            changed_after: a number of `Topic.TRUST`; -1 for every change.
            limit: maximum number.
        """
        ...

    async def people_by_time(
        self, community: str, *, since_ts: int, window_ms: int
    ) -> dict[int, int]:
        """Return how many people with a signed event were first seen within each window.

        The keys are multiples of `window_ms` since the epoch; windows without any are left out. It
        reads all records of the community, and is not for the sign path.
        """
        ...

    async def list_given(self, community: str | None = None) -> list[Seen]:
        """Return everyone to whom a moderator gave a level, of one community or of all."""
        ...
