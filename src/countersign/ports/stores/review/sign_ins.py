"""The port through which it is kept which browsers wait for somebody to sign in."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSignIn:
    """A browser that waits for somebody to sign in.

    Attributes:
        secret_hash: SHA-256 of the secret by which the browser is known again.
        code: shown in the browser, to be written in the room.
        network: from which the browser asks.
        browser: what it says it is.
        began_ts: in ms since the epoch.
        approved_by: the user ID of who wrote the code in the room; None while nobody has.
        number: to be typed into the browser; empty while nobody has approved it.
        wrong_tries: numbers typed that were wrong.
    """

    secret_hash: bytes
    code: str
    network: str
    browser: str
    began_ts: int
    approved_by: str | None = None
    number: str = ""
    wrong_tries: int = 0


class SignInStore(Protocol):
    """Keeps browsers that wait, and who ended their sessions; all processes see the same.

    Each method raises `StoreUnavailable` if it cannot be read or stored now.
    """

    async def add(
        self, sign_in: BrowserSignIn, *, since_ts: int, most: int, most_of_network: int
    ) -> None:
        """Store a browser that waits, and delete those that began before `since_ts`.

        Beyond `most_of_network` of its network, or `most` in all, the oldest are deleted.
        """
        ...

    async def waiting(self, *, since_ts: int) -> list[BrowserSignIn]:
        """Return the browsers that began to wait at a moment or later, the oldest first."""
        ...

    async def approve(self, secret_hash: bytes, user_id: str, number: str) -> bool:
        """Store who approved a browser; False if somebody had, or it does not wait."""
        ...

    async def count_wrong_try(self, secret_hash: bytes) -> None:
        """Count a wrong number."""
        ...

    async def remove(self, secret_hash: bytes) -> bool:
        """Delete a browser; False if it was gone. Of several at once, one gets True."""
        ...

    async def end_sessions(self, user_id: str, ended_ts: int, *, since_ts: int) -> None:
        """End a person's sessions, and delete the sign-ins that they approved.

        Those who did so before `since_ts` are forgotten.
        """
        ...

    async def sessions_ended_ts(self, user_id: str) -> int | None:
        """Return when somebody ended their sessions last; None if they have not."""
        ...
