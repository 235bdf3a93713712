"""Register of access: the tokens with their holders, and the frozen actors."""

import asyncio
import hashlib
import hmac
from typing import Final, NamedTuple

import structlog

from countersign.ports.actors import Actor, ActorKind, Face, Role
from countersign.ports.clock import Clock
from countersign.ports.errors import StoreUnavailable
from countersign.ports.stores.access import AccessStore, AccessToken, FrozenActor
from countersign.service.errors import ServiceError

OPERATOR_NAME: Final = "operator"
"""The name of the actor with the token of the token file."""
OFFLINE_NAME: Final = "offline"
SERVER_NAME: Final = "server"
RESERVED_NAMES: Final = frozenset({OPERATOR_NAME, OFFLINE_NAME, SERVER_NAME})

log = structlog.get_logger()


class TokenHolder(NamedTuple):
    """The holder of a valid token.

    Attributes:
        actor: with the present scopes.
        token_hash: SHA-256 of the token.
    """

    actor: Actor
    token_hash: bytes


class AccessEnded(ServiceError):
    """This access has ended: the token expired or was revoked, or its holder was frozen."""


class AccessRegister:
    """Register of access tokens and frozen actors; changes take effect at once.

    The end of an access is in memory before the store is written. Reads and writes of the store do
    not overlap, so data that was read before a change does not undo it.

    Args:
        store: keeps them.
    """

    def __init__(self, store: AccessStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._tokens: dict[str, AccessToken] = {}
        self._frozen: dict[str, FrozenActor] = {}
        self._unstored_freezes: dict[str, FrozenActor] = {}
        self._unstored_revocations: dict[str, AccessToken] = {}
        self._store_turn = asyncio.Lock()

    async def load(self) -> None:
        """Read tokens and frozen actors; until that succeeds, only the operator has access.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        self._frozen = {each.actor: each for each in await self._store.frozen()}
        try:
            self._tokens = {each.name: each for each in await self._store.tokens()}
        except StoreUnavailable as error:
            log.warning("no token but the operator's lets anybody in", reason=str(error))

    async def apply_changes(self, changed_after: int) -> None:  # noqa: ARG002 - there are few
        """Take over changes of access by other processes.

        Access that this process ended and could not store stays ended.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        async with self._store_turn:
            frozen = {each.actor: each for each in await self._store.frozen()}
            tokens = {each.name: each for each in await self._store.tokens()}
            self._frozen = frozen | self._unstored_freezes
            self._tokens = tokens | self._unstored_revocations

    def find_actor(self, token: bytes, face: Face) -> Actor | None:
        """Return the actor of a token; None if the token is not valid.

        All tokens are compared, each in constant time, so the duration reveals nothing.
        """
        digest = hashlib.sha256(token).digest()
        now_ts = self._clock.now_ts()
        match: AccessToken | None = None
        for each in self._tokens.values():
            if hmac.compare_digest(each.token_hash, digest):
                match = each
        if match is None or not match.is_valid_at(now_ts) or match.name in self._frozen:
            return None
        return _holder(match, face)

    def find_named(self, name: str, face: Face) -> TokenHolder | None:
        """Return the holder of the token with that name; None if the token is not valid."""
        token = self._tokens.get(name)
        if token is None or self.has_ended(name):
            return None
        return TokenHolder(_holder(token, face), token.token_hash)

    def require_active(self, actor: Actor) -> None:
        """Check that an actor who was identified before still has access.

        Raises:
            AccessEnded: they do not.
        """
        if self.has_ended(actor.name):
            raise AccessEnded

    def has_ended(self, name: str) -> bool:
        """Return True if an actor of that name has no access any more, or is frozen."""
        token = self._tokens.get(name)
        is_over = token is not None and not token.is_valid_at(self._clock.now_ts())
        return is_over or name in self._frozen

    def all_tokens(self) -> list[AccessToken]:
        """Return every token, including revoked and expired ones, by name."""
        return [self._tokens[name] for name in sorted(self._tokens)]

    def find_token(self, name: str) -> AccessToken | None:
        """Return the token of that name."""
        return self._tokens.get(name)

    def all_frozen(self) -> list[FrozenActor]:
        """Return the frozen actors, by name."""
        return [self._frozen[name] for name in sorted(self._frozen)]

    def is_frozen(self, name: str) -> bool:
        """Return True if an actor of that name is frozen."""
        return name in self._frozen

    async def add(self, token: AccessToken) -> bool:
        """Add a token; return False if there ever was one of that name.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        async with self._store_turn:
            is_new = await self._store.add_token(token)
            if is_new:
                self._tokens[token.name] = token
        return is_new

    def is_revoked(self, token: AccessToken) -> bool:
        """Return True if a token was revoked, and that is stored."""
        return token.revoked_ts is not None and token.name not in self._unstored_revocations

    async def revoke(self, token: AccessToken) -> None:
        """Revoke a token.

        Raises:
            StoreUnavailable: it is invalid until the next start only; revoke it again.
        """
        revoked_ts = self._clock.now_ts()
        revoked = _revoked(token, revoked_ts)
        self._tokens[token.name] = self._unstored_revocations[token.name] = revoked
        async with self._store_turn:
            await self._store.revoke_token(token.name, revoked_ts)
            self._unstored_revocations.pop(token.name, None)

    async def freeze(self, frozen: FrozenActor) -> None:
        """End an actor's access.

        Raises:
            StoreUnavailable: access has ended until the next start only; freeze them again.
        """
        self._frozen[frozen.actor] = self._unstored_freezes[frozen.actor] = frozen
        async with self._store_turn:
            await self._store.freeze(frozen)
            self._unstored_freezes.pop(frozen.actor, None)

    async def unfreeze(self, name: str) -> None:
        """End the freezing of an actor.

        Raises:
            StoreUnavailable: nothing has changed.
        """
        async with self._store_turn:
            before = self._frozen.get(name)
            await self._store.unfreeze(name)
            if self._frozen.get(name) is before:  # they were not frozen again meanwhile
                self._frozen.pop(name, None)
                self._unstored_freezes.pop(name, None)


def _holder(token: AccessToken, face: Face) -> Actor:
    is_operator = any(scope.role is Role.OPERATOR for scope in token.scopes)
    return Actor(
        name=token.name,
        kind=ActorKind.OPERATOR if is_operator else ActorKind.MODERATOR,
        face=face,
        scopes=token.scopes,
    )


def _revoked(token: AccessToken, revoked_ts: int) -> AccessToken:
    return AccessToken(
        name=token.name,
        token_hash=token.token_hash,
        scopes=token.scopes,
        created_ts=token.created_ts,
        created_by=token.created_by,
        expires_ts=token.expires_ts,
        revoked_ts=revoked_ts,
    )
