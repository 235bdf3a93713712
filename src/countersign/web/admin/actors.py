"""`/_countersign/v1/audit`, `/undo`, `/tokens`, `/actors`: who did what, and who has access."""

from dataclasses import asdict
from typing import Any

from starlette.requests import Request

from countersign.ports.stores.access import AccessToken
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.access import AccessCommands
from countersign.service.commands.actors.audit import AuditCommands
from countersign.service.commands.actors.parameters import checked_lasts_ms, checked_reason
from countersign.service.commands.moderation.undo import UndoCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import (
    AdminRequests,
    get_field,
    text_parameter,
    whole_number,
)
from countersign.web.http.answers import Answer


class ActorEndpoints:
    """The audit log, undoing, tokens and freezing."""

    def __init__(
        self,
        access: AccessCommands,
        audit: AuditCommands,
        undo: UndoCommands,
        requests: AdminRequests,
    ) -> None:
        self._access = access
        self._audit = audit
        self._undo = undo
        self._requests = requests

    async def audit(self, request: Request) -> Answer:
        """Answer with entries of the audit log, the newest first."""
        before_id = whole_number(request, "before_id", 0)
        found = await self._audit.list(
            actor_of(request),
            community=text_parameter(request, "community"),
            by=text_parameter(request, "actor"),
            since_ts=whole_number(request, "since_ts", 0),
            before_id=before_id or None,
            limit=whole_number(request, "limit", 50),
        )
        return Answer(200, {"entries": [asdict(entry) for entry in found]})

    async def undo(self, request: Request) -> Answer:
        """Answer with what an actor changed; revert it if `dry_run` is false."""
        body = await self._requests.read(request)
        is_dry_run = body.get("dry_run", True)
        if not isinstance(is_dry_run, bool):
            raise BadJson("The field 'dry_run' must be true or false.")
        since_ts = body.get("since_ts")
        if type(since_ts) is not int or since_ts < 0:
            raise BadJson("The body needs the field 'since_ts', in ms since the epoch.")
        changes = await self._undo.undo(
            actor_of(request), by=body.get("by"), since_ts=since_ts, is_dry_run=is_dry_run
        )
        return Answer(200, {"changes": changes, "is_dry_run": is_dry_run})

    async def list_tokens(self, request: Request) -> Answer:
        """Answer with every token, and with who is frozen."""
        tokens, frozen = self._access.list_tokens(actor_of(request))
        return Answer(
            200,
            {
                "tokens": [_shown(token) for token in tokens],
                "frozen": [asdict(each) for each in frozen],
            },
        )

    async def create_token(self, request: Request) -> Answer:
        """Make a token; only this answer ever holds its text."""
        body = await self._requests.read(request)
        token, text = await self._access.create_token(
            actor_of(request),
            get_field(body, "name", str),
            get_field(body, "role", str),
            communities=_texts(body, "communities"),
            rooms=_texts(body, "rooms"),
            lasts_ms=checked_lasts_ms(body.get("lasts_ms")),
        )
        return Answer(200, {**_shown(token), "token": text})

    async def revoke_token(self, request: Request) -> Answer:
        """Take a token back."""
        body = await self._requests.read(request)
        token = await self._access.revoke_token(actor_of(request), get_field(body, "name", str))
        return Answer(200, _shown(token))

    async def freeze(self, request: Request) -> Answer:
        """End an actor's access at once."""
        body = await self._requests.read(request)
        frozen = await self._access.freeze(
            actor_of(request),
            get_field(body, "actor", str),
            checked_reason(body.get("reason", "")),
        )
        return Answer(200, asdict(frozen))

    async def unfreeze(self, request: Request) -> Answer:
        """Let a frozen actor in again."""
        body = await self._requests.read(request)
        name = get_field(body, "actor", str)
        await self._access.unfreeze(actor_of(request), name)
        return Answer(200, {"actor": name})


def _texts(body: JsonObject, name: str) -> list[str]:
    found: Any = body.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BadJson(f"The field {name!r} must hold texts.")
    return found


def _shown(token: AccessToken) -> JsonObject:
    """Return what may be shown of a token: not even its hash."""
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
