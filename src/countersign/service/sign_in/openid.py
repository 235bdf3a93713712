"""Sign-in by OpenID tokens: a homeserver confirms the user of a token that it issued.

Such a token has no audience: anybody who received it, such as a widget, can use it here while it is
valid. So this is off unless the settings turn it on, and each token works once.

Spec: https://spec.matrix.org/v1.18/client-server-api/#openid
"""

import hashlib
from typing import Final

import structlog

from countersign.basics.durations import DAY_MS
from countersign.ports.actors import Actor
from countersign.ports.clock import Clock
from countersign.ports.errors import PeerRefused, PeerUnavailable
from countersign.ports.federation import FederationClient
from countersign.ports.stores.review.sign_ins import SignInStore
from countersign.protocol.canonical_json import parse_object
from countersign.protocol.errors import ProtocolError
from countersign.protocol.identifiers import is_user_id, server_name_of
from countersign.service.commands.actors.browser_sign_ins import SignInRefused
from countersign.service.errors import RateLimited
from countersign.service.sign_in.accounts import Accounts

MAX_PASTED_CHARS: Final = 4_096
MAX_TOKEN_CHARS: Final = 1_024
MAX_AT_ONCE: Final = 5
MAX_USED_OF_USER: Final = 1_000
USED_MS: Final = 30 * DAY_MS
"""Time for which a used token is remembered; usually tokens are valid for an hour."""
RETRY_MS: Final = 5_000

_UNREADABLE: Final = (
    "This is no OpenID token. Paste all of the JSON object that your client shows, with "
    "access_token, token_type and matrix_server_name."
)
_NOT_GOOD: Final = (
    "This does not let you in: the token is wrong, has ended, was used before or is of another "
    "account, or the account has no role here. Ask your client for a new token."
)
_NO_ANSWER: Final = "Your homeserver does not answer now. Try again, or sign in by another way."

log = structlog.get_logger()


class OpenIdSignIn:
    """Verifies OpenID tokens with their homeserver.

    Only homeservers of accounts with a role are asked, so strangers cannot cause requests.

    Args:
        accounts: know the roles of accounts.
        federation: asks homeservers.
        store: keeps used tokens, for all processes.
    """

    def __init__(
        self, accounts: Accounts, federation: FederationClient, store: SignInStore, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._federation = federation
        self._store = store
        self._clock = clock
        self._at_once = 0

    async def prove(self, user_id: str, pasted: str) -> Actor:
        """Return the account of a token as an actor.

        Args:
            user_id: as the person typed it.
            pasted: the answer to `POST …/openid/request_token` of their homeserver, as JSON.

        Raises:
            SignInRefused: the token or the account is not accepted; the message reveals no roles.
            RateLimited: too many sign-ins at the same time.
            StoreUnavailable: it is not known whether the token was used before.
        """
        token = _token_in(pasted, user_id)
        if not is_user_id(user_id) or self._accounts.find(user_id) is None:
            raise SignInRefused(_NOT_GOOD)
        key = hashlib.sha256(token.encode()).digest()
        if await self._store.is_token_used(key):
            log.warning("an OpenID token was used again", actor=user_id)
            raise SignInRefused(_NOT_GOOD)
        if self._at_once >= MAX_AT_ONCE:
            raise RateLimited(RETRY_MS)
        self._at_once += 1
        try:
            answer = await self._federation.openid_userinfo(server_name_of(user_id), token)
        except PeerRefused as error:
            log.info("an OpenID token was refused", actor=user_id, reason=str(error))
            raise SignInRefused(_NOT_GOOD) from error
        except PeerUnavailable as error:
            log.info("a homeserver did not answer on a token", actor=user_id, reason=str(error))
            raise SignInRefused(_NO_ANSWER) from error
        finally:
            self._at_once -= 1
        # A homeserver confirms its own users only; the names must be equal.
        if answer.get("sub") != user_id:
            log.warning("a homeserver named another user for a token", actor=user_id)
            raise SignInRefused(_NOT_GOOD)
        actor = self._accounts.find(user_id)  # the account may have lost its role meanwhile
        if actor is None:
            raise SignInRefused(_NOT_GOOD)
        # Only tokens that a homeserver confirmed are stored, so that nobody can fill the store. Of
        # concurrent requests with the same token one succeeds.
        now_ts = self._clock.now_ts()
        if not await self._store.use_token(
            key, user_id, now_ts, since_ts=now_ts - USED_MS, most_of_user=MAX_USED_OF_USER
        ):
            log.warning("an OpenID token was used twice at once", actor=user_id)
            raise SignInRefused(_NOT_GOOD)
        return actor


def _token_in(pasted: str, user_id: str) -> str:
    """Return the token in pasted JSON.

    Raises:
        SignInRefused: there is none, or it is of another homeserver than the user's.
    """
    if len(pasted) > MAX_PASTED_CHARS:
        raise SignInRefused(_UNREADABLE)
    try:
        parsed = parse_object(pasted.encode()).value
    except ProtocolError as error:
        raise SignInRefused(_UNREADABLE) from error
    token, kind, server = (
        parsed.get(name) for name in ("access_token", "token_type", "matrix_server_name")
    )
    if not isinstance(token, str) or not 1 <= len(token) <= MAX_TOKEN_CHARS:
        raise SignInRefused(_UNREADABLE)
    if not (token.isascii() and token.isprintable()):
        raise SignInRefused(_UNREADABLE)
    if not isinstance(kind, str) or kind.lower() != "bearer" or not isinstance(server, str):
        raise SignInRefused(_UNREADABLE)
    if user_id.partition(":")[2] != server:
        raise SignInRefused(_NOT_GOOD)
    return token
