"""Sessions: who signed in with which browser, known by a secret in a cookie.

They are in the database, so that they survive a restart and every process has them. The stored data
do not open a session: only a hash of the secret is stored, and the tokens of forms are derived from
the secret. The holder's token or role is checked again at each request.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

import structlog

from countersign.basics.durations import HOUR_MS, MINUTE_MS
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.randomness import Randomness
from countersign.ports.stores.review.sessions import Notice, SessionStore, StoredSession
from countersign.protocol import unpadded_base64
from countersign.service.clock_readings import MAX_CLOCK_SKEW_MS

MAX_SESSIONS: Final = 1_000
MAX_PER_ACTOR: Final = 20
IDLE_MS: Final = 2 * HOUR_MS
"""After so long without a request of a person's it ends; pages that refresh by themselves do not
count."""

TOTAL_MS: Final = 12 * HOUR_MS
USED_EVERY_MS: Final = MINUTE_MS
"""That a session is used is stored so often at most."""
MAX_NOTICES: Final = 5
MAX_NOTICE_CHARS: Final = 2_000

_SECRET_BYTES: Final = 32

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Session:
    """A session, as one request sees it.

    Attributes:
        stored: as the database has it.
        secret: that of its cookie.
        actor: the actor, with the scopes of this request.
        notices: for the next page.
    """

    stored: StoredSession
    secret: str = field(repr=False)
    actor: Actor
    notices: list[Notice]

    @property
    def csrf(self) -> str:
        """The secret in every form of this session, against forged requests."""
        return unpadded_base64.encode_url_safe(_keyed(self.secret, b"form"))

    @property
    def has_new_notices(self) -> bool:
        """True if the notices differ from those in the database."""
        return tuple(self.notices) != self.stored.notices

    def add_notice(self, words: str, *, undo_since_ts: int | None = None) -> None:
        """Add a notice for the next page."""
        self.notices = [
            *self.notices[1 - MAX_NOTICES :],
            Notice(words=words[:MAX_NOTICE_CHARS], undo_since_ts=undo_since_ts),
        ]

    def take_notices(self) -> list[Notice]:
        """Return the notices for the next page, once."""
        notices, self.notices = self.notices, []
        return notices

    def has_sent(self, csrf: str) -> bool:
        """Return True if a form carries this session's secret."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


class Sessions:
    """The sessions of all browsers, limited in number and time.

    Args:
        store: keeps them.
        clock: tells when they end.
        randomness: makes their secrets.
    """

    def __init__(self, store: SessionStore, clock: Clock, randomness: Randomness) -> None:
        self._store = store
        self._clock = clock
        self._randomness = randomness

    async def open(
        self, name: str, *, proven_ts: int | None = None, token_hash: bytes | None = None
    ) -> str:
        """Begin a session; return the secret for its cookie, which is not stored.

        Args:
            name: the user ID, or the name of the token, that signed in.
            proven_ts: the time when they proved who they are, in ms since the epoch; None for just
                now. Who ends their sessions after that moment ends this one too.
            token_hash: SHA-256 of the token by which they did; None for a user ID.

        Raises:
            StoreUnavailable: it is not known to be stored.
        """
        now_ts = self._clock.now_ts()
        secret = unpadded_base64.encode_url_safe(self._randomness.random_bytes(_SECRET_BYTES))
        await self._store.open(
            StoredSession(
                secret_hash=_key(secret),
                actor=name,
                token_proof=None if token_hash is None else _keyed(secret, token_hash),
                proven_ts=now_ts if proven_ts is None else proven_ts,
                began_ts=now_ts,
                used_ts=now_ts,
            ),
            used_since_ts=now_ts - IDLE_MS + 1,
            began_since_ts=now_ts - TOTAL_MS + 1,
            most=MAX_SESSIONS,
            most_of_actor=MAX_PER_ACTOR,
        )
        return secret

    async def find(self, secret: str, *, is_used: bool = True) -> StoredSession | None:
        """Return the session of a cookie; None if there is none, or if it has ended.

        Args:
            secret: the content of the cookie.
            is_used: a person asks for something, so that the session goes on.

        Raises:
            StoreUnavailable: it is not known now.
        """
        stored = await self._store.find(_key(secret))
        if stored is None:
            return None
        now_ts = self._clock.now_ts()
        if now_ts - stored.used_ts >= IDLE_MS or now_ts - stored.began_ts >= TOTAL_MS:
            return None  # the next sign-in deletes it
        if stored.began_ts > now_ts + MAX_CLOCK_SKEW_MS:
            return None  # it began while the clock was fast, and would last until then
        if is_used and now_ts - stored.used_ts >= USED_EVERY_MS:
            try:
                await self._store.note_use(stored.secret_hash, now_ts)
            except StoreUnavailable as error:
                # If the disk is full, people must be able to look at the dashboard.
                log.warning("that a session is used cannot be stored", reason=str(error))
        return stored

    async def keep_notices(self, session: Session) -> None:
        """Store the notices for the next page, which another process may serve.

        Raises:
            StoreUnavailable: it is not known to be stored.
        """
        await self._store.keep_notices(session.stored.secret_hash, tuple(session.notices))

    async def close(self, secret: str) -> None:
        """End a session, if there is one.

        Raises:
            StoreUnavailable: it is not known to have ended.
        """
        await self._store.close(_key(secret))


def is_token_of(stored: StoredSession, secret: str, token_hash: bytes) -> bool:
    """Return True if the session was opened with that token.

    Without the cookie's secret nobody can test tokens against the stored value.
    """
    proof = stored.token_proof or b""
    return hmac.compare_digest(proof, _keyed(secret, token_hash))


def _key(secret: str) -> bytes:
    # It is found by its hash, so the time of the look-up reveals nothing of the secret.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _keyed(secret: str, message: bytes) -> bytes:
    return hmac.digest(secret.encode("utf-8", "replace"), message, "sha256")
