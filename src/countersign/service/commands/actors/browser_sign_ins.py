"""Sign-ins of browsers by a code that a moderator writes in their management room.

A browser shows a code. The moderator writes it in the room, which proves the account. Our answer
there has a number, which they type into the same browser: that proves that whoever sits there
reads the room. A code alone, or a number alone, lets nobody in.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

import structlog

from countersign.basics.bounded_mapping import BoundedMapping
from countersign.basics.crockford import ALPHABET
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.errors import NotFound, ServiceError

LASTS_SECONDS: Final = 300.0
MAX_WAITING: Final = 1_000
MAX_PER_NETWORK: Final = 5
MAX_TRIES: Final = 3
MAX_SIGNED_OUT: Final = 10_000

_CODE_CHARS: Final = 8
_NUMBER_DIGITS: Final = 6
_SECRET_BYTES: Final = 32

log = structlog.get_logger()


class SignInRefused(ServiceError):
    """The sign-in was refused: begin it again."""


@dataclass(slots=True, kw_only=True)
class BrowserSignIn:
    """A browser that waits for somebody to sign in.

    Attributes:
        code: shown in the browser, to be written in the room.
        network: from which the browser asks.
        browser: what it says it is.
        began: on the monotonic clock, in seconds.
        began_ts: in ms since the epoch.
        approved_by: the user ID of who wrote the code in the room; None while nobody has.
        number: to be typed into the browser; empty while nobody has approved it.
        wrong_tries: numbers typed that were wrong.
    """

    code: str
    network: str
    browser: str
    began: float
    began_ts: int
    approved_by: str | None = None
    number: str = ""
    wrong_tries: int = 0


class BrowserSignIns:
    """The browsers that wait, and those who signed out everywhere. In memory of this process.

    Args:
        permissions: tell who may approve one.
        clock: tells when they end.
        randomness: makes codes, numbers and secrets.
    """

    def __init__(self, permissions: Permissions, clock: Clock, randomness: Randomness) -> None:
        self._permissions = permissions
        self._clock = clock
        self._randomness = randomness
        self._waiting: BoundedMapping[bytes, BrowserSignIn] = BoundedMapping(MAX_WAITING)
        self._signed_out: BoundedMapping[str, float] = BoundedMapping(MAX_SIGNED_OUT)

    def begin(self, *, network: str, browser: str) -> tuple[str, BrowserSignIn]:
        """Have a browser wait; return the secret by which it is known again, and the sign-in.

        One network has `MAX_PER_NETWORK` at once: its oldest ends for a new one.

        Args:
            network: from which it asks.
            browser: what it says it is, in our words.
        """
        self._forget_late()
        theirs = [key for key, each in self._waiting.items() if each.network == network]
        for key in theirs[: max(0, len(theirs) - MAX_PER_NETWORK + 1)]:
            del self._waiting[key]
        secret = unpadded_base64.encode_url_safe(self._randomness.random_bytes(_SECRET_BYTES))
        sign_in = BrowserSignIn(
            code=self._new_code(),
            network=network,
            browser=browser,
            began=self._clock.monotonic(),
            began_ts=self._clock.now_ts(),
        )
        self._waiting[_key(secret)] = sign_in
        return secret, sign_in

    def find(self, secret: str) -> BrowserSignIn | None:
        """Return the sign-in of a browser; None if it has ended, or there is none."""
        self._forget_late()
        return self._waiting.get(_key(secret))

    def approve(self, actor: Actor, code: str) -> BrowserSignIn:
        """Approve a browser's sign-in as the actor; its number is to be told to them.

        Args:
            actor: known by a Matrix account.
            code: as it is shown in the browser; case and hyphen do not matter.

        Raises:
            Forbidden: they may not sign in.
            NotFound: no browser waits with that code.
            BadJson: it was approved before.
        """
        self._permissions.require(actor, Command.DASHBOARD_SIGN_IN)
        self._forget_late()
        wanted = _plain(code).encode()
        found: BrowserSignIn | None = None
        for each in self._waiting.values():
            if hmac.compare_digest(_plain(each.code).encode(), wanted):
                found = each
        if found is None:
            raise NotFound(
                "No browser waits with that code. A code is good for five minutes: open the "
                "sign-in page again, and write the code that it shows."
            )
        if found.approved_by is not None:
            raise BadJson(
                "That code was used already. If it was not you, nobody needs the number that was "
                "told. Open the sign-in page again for a new code."
            )
        found.approved_by = actor.name
        found.number = self._new_number()
        log.info("a browser's sign-in was approved", actor=actor.name, browser=found.browser)
        return found

    def finish(self, secret: str, number: str) -> str:
        """Return the user ID of whoever approved a browser; its sign-in is over.

        Args:
            secret: of the browser.
            number: typed there.

        Raises:
            SignInRefused: the number is wrong, or the sign-in has ended or is not approved; after
                `MAX_TRIES` wrong numbers it ends.
        """
        sign_in = self.find(secret)
        if sign_in is None:
            raise SignInRefused("This sign-in has ended. Begin it again.")
        if sign_in.approved_by is None:
            raise SignInRefused(
                "Nobody has written the code in the management room yet. The number is in the "
                "answer there."
            )
        typed = "".join(each for each in number if not each.isspace())
        if not hmac.compare_digest(sign_in.number.encode(), typed.encode()):
            sign_in.wrong_tries += 1
            if sign_in.wrong_tries >= MAX_TRIES:
                del self._waiting[_key(secret)]
                log.warning("a sign-in ended after wrong numbers", actor=sign_in.approved_by)
                raise SignInRefused("The number was wrong too often. Begin again.")
            raise SignInRefused("This is not the number in the answer. Look there once more.")
        del self._waiting[_key(secret)]
        return sign_in.approved_by

    def sign_out(self, actor: Actor) -> None:
        """End every session of an actor, and every sign-in that they approved.

        Raises:
            Forbidden: they may not sign in, and so have none.
        """
        self._permissions.require(actor, Command.DASHBOARD_SIGN_IN)
        for key in [k for k, each in self._waiting.items() if each.approved_by == actor.name]:
            del self._waiting[key]
        self._signed_out[actor.name] = self._clock.monotonic()

    def is_signed_out(self, name: str, began: float) -> bool:
        """Return True if an actor ended their sessions after one of them began.

        Args:
            name: theirs.
            began: when the session began, on the monotonic clock, in seconds.
        """
        ended = self._signed_out.get(name)
        return ended is not None and began <= ended

    def minutes_left(self, sign_in: BrowserSignIn) -> int:
        """Return for how many minutes a sign-in is still good, rounded up."""
        left = sign_in.began + LASTS_SECONDS - self._clock.monotonic()
        return max(0, -int(-left // 60))

    def _forget_late(self) -> None:
        """Forget those whose time is over; the oldest stand first."""
        oldest = self._clock.monotonic() - LASTS_SECONDS
        while self._waiting and next(iter(self._waiting.values())).began <= oldest:
            self._waiting.forget_oldest()

    def _new_code(self) -> str:
        # 32 divides 256, so each character is as likely as the others.
        chosen = self._randomness.random_bytes(_CODE_CHARS)
        code = "".join(ALPHABET[byte % len(ALPHABET)] for byte in chosen)
        return f"{code[: _CODE_CHARS // 2]}-{code[_CODE_CHARS // 2 :]}"

    def _new_number(self) -> str:
        chosen = int.from_bytes(self._randomness.random_bytes(8), "big")
        return f"{chosen % 10**_NUMBER_DIGITS:0{_NUMBER_DIGITS}}"


def _plain(code: str) -> str:
    """Return a code as it is compared: letters that look like digits are taken for them."""
    upper = code.upper().replace("-", "").replace("O", "0")
    return upper.replace("I", "1").replace("L", "1")


def _key(secret: str) -> bytes:
    # Found by its hash, how long a look takes tells nothing of the secret.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
