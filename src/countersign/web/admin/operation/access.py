"""`/_countersign/v1/tokens`, `/actors`: who has access."""

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from countersign.ports.actors import Actor, Role
from countersign.ports.stores.access import AccessToken
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.access import (
    MAX_ROOMS,
    MAX_SCOPES,
)
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import (
    ActorName,
    CommunityName,
    LastsMs,
    Moment,
    Reason,
    RoomId,
)
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of


class CreateToken(Parameters):
    """Token to make."""

    name: str | None = Field(
        default=None, description="of its holder; never given twice; made up if left out"
    )
    role: Annotated[Role, Field(strict=False)]
    communities: list[CommunityName] = Field(
        default_factory=list,
        max_length=MAX_SCOPES,
        description="where the role holds; none for an operator's",
    )
    rooms: list[RoomId] = Field(
        default_factory=list,
        max_length=MAX_ROOMS,
        description="the only rooms of the one community in which it holds",
    )
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; without end if left out")


class RevokeToken(Parameters):
    """Token to take back."""

    name: ActorName


class Freeze(Parameters):
    """Actor whose access to end."""

    actor: ActorName
    reason: Reason = ""


class Unfreeze(Parameters):
    """Actor whose access to restore."""

    actor: ActorName


class ScopeJson(JsonAnswer):
    """Role, and where it holds."""

    role: Role
    community: str | None = Field(description="null for the whole server")
    rooms: list[str] | None = Field(description="null for all of the community")


class TokenJson(JsonAnswer):
    """Token, without its text."""

    name: str
    scopes: list[ScopeJson]
    created_ts: Moment
    created_by: str
    expires_ts: Moment | None
    revoked_ts: Moment | None


class MadeToken(TokenJson):
    """Token that was made."""

    token: str = Field(description="its text, which is stored nowhere and shown this once")


class FrozenJson(JsonAnswer):
    """Actor whose access was ended."""

    actor: str
    frozen_ts: Moment
    frozen_by: str
    reason: str


class JustFrozenJson(FrozenJson):
    """Actor whose access was ended by this request."""

    is_known: bool = Field(description="has or had a token, or is in the audit log")


class TokensJson(PageJson):
    """Tokens, and who is frozen."""

    tokens: list[TokenJson]
    frozen: list[FrozenJson]


class Unfrozen(JsonAnswer):
    """Actor whose access was restored."""

    actor: str


class AccessEndpoints(StoredEndpoints):
    """Tokens and freezing."""

    @get("tokens", Command.TOKENS_LIST, answer=TokensJson)
    async def list(self, actor: Actor, params: PageParameters) -> JsonObject:
        """List every token, and every frozen actor."""
        tokens, frozen = self._commands.access.list_tokens(actor)
        listed = {
            "tokens": [_shown(token) for token in tokens],
            "frozen": [asdict(each) for each in frozen],
        }
        return page_of(listed, "tokens", params, "name")

    @post("tokens/create", Command.TOKENS_CREATE, answer=MadeToken, raises=(NotFound,))
    async def create(self, actor: Actor, params: CreateToken) -> JsonObject:
        """Create a token; only this answer contains its text."""
        token, text = await self._commands.access.create_token(
            actor,
            params.name,
            params.role,
            communities=params.communities,
            rooms=params.rooms,
            lasts_ms=params.lasts_ms,
        )
        return {**_shown(token), "token": text}

    @post("tokens/revoke", Command.TOKENS_REVOKE, answer=TokenJson, raises=(NotFound,))
    async def revoke(self, actor: Actor, params: RevokeToken) -> JsonObject:
        """Revoke a token: it is invalid from now on."""
        return _shown(await self._commands.access.revoke_token(actor, params.name))

    @post("actors/freeze", Command.FREEZE, answer=JustFrozenJson)
    async def freeze(self, actor: Actor, params: Freeze) -> JsonObject:
        """End an actor's access at once, also that of a request which is still coming in."""
        frozen = await self._commands.access.freeze(actor, params.actor, params.reason)
        return {**asdict(frozen), "is_known": await self._commands.access.is_known(params.actor)}

    @post("actors/unfreeze", Command.UNFREEZE, answer=Unfrozen, raises=(NotFound,))
    async def unfreeze(self, actor: Actor, params: Unfreeze) -> JsonObject:
        """Restore the access of a frozen actor, if their token or role is still valid."""
        await self._commands.access.unfreeze(actor, params.actor)
        return {"actor": params.actor}


def _shown(token: AccessToken) -> JsonObject:
    """Return the public fields of a token, which do not include its hash."""
    return {
        "name": token.name,
        "scopes": [
            {
                "role": scope.role.value,
                "community": scope.community,
                "rooms": None if scope.rooms is None else sorted(scope.rooms),
            }
            for scope in token.scopes
        ],
        "created_ts": token.created_ts,
        "created_by": token.created_by,
        "expires_ts": token.expires_ts,
        "revoked_ts": token.revoked_ts,
    }
