"""Port: store of sign-ins to the dashboard and of attempts."""

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
        approved_ts: the time when they did, in ms since the epoch; 0 while nobody has.
        number: shown in the browser, to be written in the room by the same person; empty while
            nobody has approved it.
        is_confirmed: they wrote the number too.
        wrong_tries: numbers written that were wrong.
    """

    secret_hash: bytes
    code: str
    network: str
    browser: str
    began_ts: int
    approved_by: str | None = None
    approved_ts: int = 0
    number: str = ""
    is_confirmed: bool = False
    wrong_tries: int = 0


class SignInStore(Protocol):
    """Stores waiting browsers, ended sessions and attempts, which all processes share."""

    async def add(
        self, sign_in: BrowserSignIn, *, since_ts: int, most: int, most_of_network: int
    ) -> None:
        """Store a browser that waits, and delete those that began before `since_ts`.

        Beyond `most_of_network` of its network, or `most` in all, the oldest are deleted.
        """
        ...

    async def waiting(self, *, since_ts: int) -> list[BrowserSignIn]:
        """Return the browsers that have waited since a moment or later, oldest first."""
        ...

    async def approve(
        self, secret_hash: bytes, user_id: str, number: str, *, approved_ts: int
    ) -> bool:
        """Store who approved a browser; return False if it was approved before or does not wait."""
        ...

    async def confirm(
        self, user_id: str, number: str, *, since_ts: int, most_tries: int
    ) -> BrowserSignIn | None:
        """Confirm the browser that a person approved and that shows this number; return it.

        If none shows it, that is a wrong try for each that they approved, and those that had
        `most_tries` are deleted. Of numbers that are given at once, each is counted before the next
        is compared.

        Args:
            user_id: the user who approved it.
            number: as they wrote it.
            since_ts: browsers that began to wait before are out of time.
            most_tries: wrong numbers that end a sign-in.
        """
        ...

    async def remove(self, secret_hash: bytes) -> bool:
        """Delete a browser; return False if it is gone. If several callers do so, one gets True."""
        ...

    async def end_sessions(self, user_id: str, ended_ts: int, *, since_ts: int) -> None:
        """End all sessions that somebody proved at a moment or before, and what they approved.

        That holds for sessions that are opened later too. Who did so before `since_ts` is
        forgotten.
        """
        ...

    async def is_token_used(self, token_hash: bytes) -> bool:
        """Return True if an OpenID token has signed somebody in."""
        ...

    async def use_token(
        self, token_hash: bytes, user_id: str, used_ts: int, *, since_ts: int, most_of_user: int
    ) -> bool:
        """Store that an OpenID token signs somebody in; return False if it did before.

        Tokens from before `since_ts` are forgotten, and the oldest of this user beyond
        `most_of_user`, so that a user cannot displace the tokens of others.
        """
        ...

    async def take_attempt(
        self, network: str, now_ts: int, *, every_ms: int, burst: int, most: int
    ) -> int:
        """Count an attempt of a network; return 0, or the ms until it may try again.

        Args:
            network: which.
            now_ts: the present, in ms since the epoch.
            every_ms: time in which one more attempt is allowed.
            burst: attempts that are allowed at once.
            most: networks that are remembered; the most rested are forgotten first.
        """
        ...
