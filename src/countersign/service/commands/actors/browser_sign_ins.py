"""Sign-ins of browsers by a code that a moderator writes in their management room.

A browser shows a code. The moderator writes it in the room, which proves the account. Our answer in
the room explains the code. The browser then shows a number, which the same account also writes. So
nothing that others read in the room lets them sign in. A moderator who was persuaded to write a
stranger's code reads our warning before the stranger gets access.
"""

import hashlib
import hmac
from dataclasses import replace
from typing import Final

import structlog

from countersign.basics.crockford import ALPHABET
from countersign.basics.durations import DAY_MS, MINUTE_MS
from countersign.ports.actors import Actor
from countersign.ports.randomness import Randomness
from countersign.ports.stores.review.sign_ins import BrowserSignIn, SignInStore
from countersign.protocol import unpadded_base64
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound, ServiceError

LASTS_MS: Final = 5 * MINUTE_MS
MAX_WAITING: Final = 1_000
MAX_PER_NETWORK: Final = 5
MAX_TRIES: Final = 3
NUMBER_DIGITS: Final = 6

_ENDED: Final = "This sign-in has ended. Begin it again."
_CODE_CHARS: Final = 8
_SECRET_BYTES: Final = 32

log = structlog.get_logger()


class SignInRefused(ServiceError):
    """The sign-in was refused: begin it again."""


class BrowserSignIns(CommandGroup):
    """Current sign-ins of browsers, and sign-outs.

    Args:
        store: keeps them, for all processes.
        randomness: makes codes, numbers and secrets.
    """

    def __init__(self, needs: CommandNeeds, store: SignInStore, randomness: Randomness) -> None:
        super().__init__(needs)
        self._store = store
        self._randomness = randomness

    async def begin(self, *, network: str, browser: str) -> tuple[str, BrowserSignIn]:
        """Start a sign-in; return the browser's secret, and the sign-in.

        A network has at most `MAX_PER_NETWORK` at once; a new one ends its oldest.

        Args:
            network: the browser's network.
            browser: a description of the browser, in our words.

        Raises:
            StoreUnavailable: it cannot be stored.
        """
        secret = unpadded_base64.encode_url_safe(self._randomness.random_bytes(_SECRET_BYTES))
        sign_in = BrowserSignIn(
            secret_hash=_hash(secret),
            code=self._new_code(),
            network=network,
            browser=browser,
            began_ts=self._clock.now_ts(),
        )
        await self._store.add(
            sign_in,
            since_ts=self._since_ts(),
            most=MAX_WAITING,
            most_of_network=MAX_PER_NETWORK,
        )
        return secret, sign_in

    async def find(self, secret: str) -> BrowserSignIn | None:
        """Return the sign-in of a browser; None if it has ended, or there is none.

        Raises:
            StoreUnavailable: the store can't be read now.
        """
        secret_hash = _hash(secret)
        return next(
            (each for each in await self._waiting() if each.secret_hash == secret_hash), None
        )

    async def approve(self, actor: Actor, code: str) -> BrowserSignIn:
        """Approve a browser's sign-in as the actor; the browser then shows its number.

        Args:
            actor: known by a Matrix account.
            code: as it is shown in the browser; case and hyphen do not matter.

        Raises:
            Forbidden: they may not sign in.
            NotFound: no browser waits with that code.
            BadJson: it was approved before.
            StoreUnavailable: it cannot be stored.
        """
        self._permissions.require(actor, Command.DASHBOARD_SIGN_IN)
        plain_code = _plain(code).encode()
        match: BrowserSignIn | None = None
        for each in await self._waiting():
            if hmac.compare_digest(_plain(each.code).encode(), plain_code):
                match = each
        if match is None:
            raise NotFound(
                "No browser waits with that code. A code is good for five minutes: open the "
                "sign-in page again, and write the code that it shows."
            )
        number, now_ts = self._new_number(), self._clock.now_ts()
        if not await self._store.approve(match.secret_hash, actor.name, number, approved_ts=now_ts):
            raise BadJson("That code was used already. Open the sign-in page again for a new code.")
        log.info("a browser's sign-in was approved", actor=actor.name, browser=match.browser)
        return replace(match, approved_by=actor.name, approved_ts=now_ts, number=number)

    async def confirm(self, actor: Actor, number: str) -> BrowserSignIn:
        """Confirm the number of a sign-in that the actor approved.

        Args:
            actor: known by a Matrix account.
            number: as it is shown in the browser.

        Raises:
            Forbidden: they may not sign in.
            NotFound: no sign-in that they approved has this number; after `MAX_TRIES` wrong numbers
                their sign-ins end.
            StoreUnavailable: it cannot be stored.
        """
        self._permissions.require(actor, Command.DASHBOARD_SIGN_IN)
        confirmed = await self._store.confirm(
            actor.name, number, since_ts=self._since_ts(), most_tries=MAX_TRIES
        )
        if confirmed is None:
            log.warning("a number was written that no browser shows", actor=actor.name)
            raise NotFound(
                "No browser whose code you wrote shows that number. Look there once more; after "
                f"{MAX_TRIES} wrong numbers you begin again."
            )
        log.info("a browser's sign-in was confirmed", actor=actor.name, browser=confirmed.browser)
        return confirmed

    async def finish(self, secret: str) -> BrowserSignIn:
        """End and return a confirmed sign-in.

        Args:
            secret: the browser's secret.

        Raises:
            SignInRefused: it has ended, or is not approved or not confirmed yet.
            StoreUnavailable: the store can't be used now.
        """
        sign_in = await self.find(secret)
        if sign_in is None:
            raise SignInRefused(_ENDED)
        if sign_in.approved_by is None:
            raise SignInRefused("Nobody has written the code in the management room yet.")
        if not sign_in.is_confirmed:
            raise SignInRefused("The number has not been written in the management room yet.")
        if not await self._store.remove(sign_in.secret_hash):
            raise SignInRefused(_ENDED)
        return sign_in

    async def sign_out(self, actor: Actor) -> None:
        """End every session of an actor, and every sign-in that they approved.

        Raises:
            Forbidden: they may not sign in, so they have no session.
            StoreUnavailable: they may not have ended.
        """
        self._permissions.require(actor, Command.DASHBOARD_SIGN_IN)
        now_ts = self._clock.now_ts()
        await self._store.end_sessions(actor.name, now_ts, since_ts=now_ts - DAY_MS)

    def minutes_left(self, sign_in: BrowserSignIn) -> int:
        """Return the remaining minutes of a sign-in, rounded up."""
        left_ms = sign_in.began_ts + LASTS_MS - self._clock.now_ts()
        return max(0, -int(-left_ms // MINUTE_MS))

    async def _waiting(self) -> list[BrowserSignIn]:
        return await self._store.waiting(since_ts=self._since_ts())

    def _since_ts(self) -> int:
        return self._clock.now_ts() - LASTS_MS + 1

    def _new_code(self) -> str:
        # 32 divides 256, so each character is as likely as the others.
        chosen = self._randomness.random_bytes(_CODE_CHARS)
        code = "".join(ALPHABET[byte % len(ALPHABET)] for byte in chosen)
        return f"{code[: _CODE_CHARS // 2]}-{code[_CODE_CHARS // 2 :]}"

    def _new_number(self) -> str:
        chosen = int.from_bytes(self._randomness.random_bytes(8), "big")
        return f"{chosen % 10**NUMBER_DIGITS:0{NUMBER_DIGITS}}"


def _plain(code: str) -> str:
    """Return the normal form of a code: letters that look like digits are replaced by them."""
    upper = code.upper().replace("-", "").replace("O", "0")
    return upper.replace("I", "1").replace("L", "1")


def _hash(secret: str) -> bytes:
    # The look-up is by a hash, so its duration reveals nothing about the secret.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
