"""Sessions: who signed in with which browser, known by a secret in a cookie.

They are in memory alone, so they end with the program. A session lets nobody in whose token or
role has ended: that is asked again at every request.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.protocol import unpadded_base64

MAX_SESSIONS: Final = 1_000
MAX_PER_ACTOR: Final = 20
IDLE_SECONDS: Final = 2 * 3_600.0
"""After so long without a request of a person's it ends; pages that refresh by themselves do not
count."""

TOTAL_SECONDS: Final = 12 * 3_600.0
MAX_NOTICES: Final = 5

_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence for the next page that somebody sees.

    Attributes:
        words: the sentence.
        undo_since_ts: from when on their changes would be undone, in ms since the epoch; None if
            there is nothing to undo.
    """

    words: str
    undo_since_ts: int | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """A browser in which somebody signed in.

    Attributes:
        actor: who, with the scopes that they had at the last request.
        csrf: a secret that each form carries.
        began: when they signed in, on the monotonic clock.
        began_ts: when they did, in ms since the epoch.
        used: when they last asked for something, on the same.
        notices: for the next page.
    """

    actor: Actor
    csrf: str
    began: float
    began_ts: int
    used: float
    notices: list[Notice]

    def tell(self, words: str, *, undo_since_ts: int | None = None) -> None:
        """Have the next page say something."""
        self.notices = [
            *self.notices[1 - MAX_NOTICES :],
            Notice(words=words, undo_since_ts=undo_since_ts),
        ]

    def take_notices(self) -> list[Notice]:
        """Return what the next page has to say, once."""
        notices, self.notices = self.notices, []
        return notices

    def has_sent(self, csrf: str) -> bool:
        """Return True if a form carries this session's secret."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


class Sessions:
    """The sessions of all browsers, bounded in number and in time.

    Args:
        clock: tells when they end.
        randomness: makes their secrets.
    """

    def __init__(self, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._sessions: BoundedMapping[bytes, Session] = BoundedMapping(MAX_SESSIONS)

    def open(self, actor: Actor) -> str:
        """Begin a session; return the secret that its cookie holds, which is stored nowhere."""
        now = self._clock.monotonic()
        theirs = [key for key, each in self._sessions.items() if each.actor.name == actor.name]
        for key in theirs[: max(0, len(theirs) - MAX_PER_ACTOR + 1)]:
            del self._sessions[key]
        secret = self._secret()
        self._sessions[_key(secret)] = Session(
            actor=actor,
            csrf=self._secret(),
            began=now,
            began_ts=self._clock.now_ts(),
            used=now,
            notices=[],
        )
        return secret

    def find(self, secret: str, *, is_used: bool = True) -> Session | None:
        """Return the session of a cookie; None if there is none, or it has ended.

        Args:
            secret: what the cookie holds.
            is_used: a person asks for something, so that the session goes on.
        """
        key = _key(secret)
        session = self._sessions.get(key)
        if session is None:
            return None
        now = self._clock.monotonic()
        if now - session.used >= IDLE_SECONDS or now - session.began >= TOTAL_SECONDS:
            del self._sessions[key]
            return None
        if is_used:
            session.used = now
            self._sessions.move_to_end(key)
        return session

    def close(self, secret: str) -> None:
        """End a session, if there is one."""
        self._sessions.pop(_key(secret), None)

    def _secret(self) -> str:
        return unpadded_base64.encode_url_safe(self._randomness.random_bytes(_SECRET_BYTES))


def _key(secret: str) -> bytes:
    # Found by its hash, how long a look takes tells nothing of the secret.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
