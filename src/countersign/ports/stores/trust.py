"""The port through which it is kept whom a community has seen, and how often."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from countersign.policy.measures.trust import TrustRecord


class Seen(NamedTuple):
    """What a community knows of a user."""

    community: str
    user_id: str
    known: TrustRecord


class TrustStore(Protocol):
    """Keeps what communities know of users."""

    def find(self, community: str, user_id: str) -> TrustRecord | None:
        """Return what is known of the user. Synchronous and quick: one indexed read.

        Raises:
            StoreUnavailable: it is not known now.
        """
        ...

    async def save(self, seen: Iterable[Seen]) -> None:
        """Store what is known now, each in the place of what was known before.

        Raises:
            StoreUnavailable: nothing is known to be stored.
        """
        ...

    async def given(self, community: str | None = None) -> list[Seen]:
        """Return everyone to whom a moderator gave a level, of one community or of all.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        ...
