"""The port through which it is kept whom a community has seen, and how often."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from countersign.policy.measures.trust_records import GivenTrust, LearnedTrust, TrustRecord


class Seen(NamedTuple):
    """A community's knowledge of a user."""

    community: str
    user_id: str
    known: TrustRecord


class Learned(NamedTuple):
    """Trust that a user gained in a community, to be added to the stored record."""

    community: str
    user_id: str
    learned: LearnedTrust


class TrustStore(Protocol):
    """Keeps what communities know of users.

    Several processes may learn of the same user, and moderators may give a level meanwhile. Each
    call changes only what it is about, so none undoes another: counts add up, and of two given
    levels the later one stands.
    """

    async def find(self, community: str, user_id: str) -> TrustRecord | None:
        """Return the user's record, or None. On the sign path: one indexed read.

        Raises:
            StoreUnavailable: it is not known now.
        """
        ...

    async def learn(self, learned: Iterable[Learned]) -> None:
        """Add gains to the stored records, all or none, by `TrustRecord.after`.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def give(self, community: str, user_id: str, given: GivenTrust | None) -> TrustRecord:
        """Store the level that a moderator sets, or remove it if None; return the record.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def changed(self, changed_after: int, *, limit: int) -> list[Seen]:
        """Return the records that changed after that change, the latest first.

        Args:
            changed_after: a number of `Topic.TRUST`; -1 for every change.
            limit: how many at most.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...

    async def given(self, community: str | None = None) -> list[Seen]:
        """Return everyone to whom a moderator gave a level, of one community or of all.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...
