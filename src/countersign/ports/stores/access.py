"""Port: stored access, that is tokens and frozen actors."""

from dataclasses import dataclass
from typing import Protocol

from countersign.ports.actors import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token, without its text: only a hash is stored.

    Attributes:
        name: the name of the actor whom it lets in; no two tokens ever have the same.
        token_hash: the SHA-256 of its text.
        scopes: what its holder may do where.
        created_ts: the time when it was made, in ms since the epoch.
        created_by: the name of the actor who made it.
        expires_ts: the time when it ends by itself; None for never.
        revoked_ts: the time when it was taken back; None if it was not.
    """

    name: str
    token_hash: bytes
    scopes: tuple[Scope, ...]
    created_ts: int
    created_by: str
    expires_ts: int | None = None
    revoked_ts: int | None = None

    def is_valid_at(self, now_ts: int) -> bool:
        """Return True if it is neither expired nor revoked."""
        is_over = self.expires_ts is not None and self.expires_ts <= now_ts
        return self.revoked_ts is None and not is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenActor:
    """A frozen actor: refused with every token and at every face.

    Attributes:
        actor: their name.
        frozen_ts: the time, in ms since the epoch.
        frozen_by: the name of who did it.
        reason: the reason, in the actor's words.
    """

    actor: str
    frozen_ts: int
    frozen_by: str
    reason: str


class AccessStore(Protocol):
    """Stores tokens, revoked ones included, and frozen actors."""

    async def add_token(self, token: AccessToken) -> bool:
        """Store a token; False, and nothing is stored, if one ever had that name."""
        ...

    async def revoke_token(self, name: str, revoked_ts: int) -> None:
        """Store that a token is taken back, unless it was before."""
        ...

    async def tokens(self) -> list[AccessToken]:
        """Return every token, by name."""
        ...

    async def freeze(self, frozen: FrozenActor) -> None:
        """Store that an actor is frozen, unless they are already."""
        ...

    async def unfreeze(self, actor: str) -> None:
        """Store that an actor is frozen no longer."""
        ...

    async def frozen(self) -> list[FrozenActor]:
        """Return the frozen actors by name."""
        ...
