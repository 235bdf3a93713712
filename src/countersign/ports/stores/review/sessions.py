"""Port: store of browser sessions on the dashboard."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence for the next page that somebody sees.

    Attributes:
        words: the sentence.
        undo_since_ts: the time from which their changes would be undone, in ms since the epoch;
            None if there is nothing to undo.
    """

    words: str
    undo_since_ts: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A browser in which somebody signed in.

    Attributes:
        secret_hash: SHA-256 of the secret in its cookie.
        actor: a user ID, or the name of the token by which they signed in.
        token_proof: compared with the token as it is now; None for a user ID.
        proven_ts: the time when they proved who they are, in ms since the epoch.
        began_ts: the time when the session began; likewise.
        used_ts: the time when a person last asked for a page; likewise.
        notices: for the next page.
    """

    secret_hash: bytes
    actor: str
    token_proof: bytes | None
    proven_ts: int
    began_ts: int
    used_ts: int
    notices: tuple[Notice, ...] = ()


class SessionStore(Protocol):
    """Stores sessions, which all processes share."""

    async def open(
        self,
        session: StoredSession,
        *,
        used_since_ts: int,
        began_since_ts: int,
        most: int,
        most_of_actor: int,
    ) -> None:
        """Store a session, and delete old ones and those beyond the limits.

        Args:
            session: the new session.
            used_since_ts: sessions last used before this moment are deleted.
            began_since_ts: sessions that began before this moment are deleted.
            most: the maximum number; beyond it the least recently used are deleted.
            most_of_actor: the maximum number of one actor, likewise.
        """
        ...

    async def find(self, secret_hash: bytes) -> StoredSession | None:
        """Return a session; None if there is none, or its holder has ended theirs since."""
        ...

    async def note_use(self, secret_hash: bytes, used_ts: int) -> None:
        """Store when a person asked for a page, unless a later time is stored."""
        ...

    async def keep_notices(self, secret_hash: bytes, notices: tuple[Notice, ...]) -> None:
        """Store the notices for the next page."""
        ...

    async def close(self, secret_hash: bytes) -> None:
        """Delete a session, if there is one."""
        ...
