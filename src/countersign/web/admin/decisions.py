"""`/_countersign/v1/decisions`: what was decided, why, and letting it pass nevertheless."""

from collections.abc import Collection
from enum import StrEnum
from typing import TypeVar

from starlette.requests import Request

from countersign.policy.decisions import Verdict
from countersign.ports.stores.decisions import DecisionQuery
from countersign.ports.stores.outcomes import LASTING, OutcomeKind
from countersign.protocol.errors import BadJson
from countersign.protocol.identifiers import is_server_name, is_user_id
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import (
    AdminRequests,
    get_field,
    optional_number,
    room_parameter,
    text_parameter,
    whole_number,
)
from countersign.web.http.answers import Answer

Kind = TypeVar("Kind", bound=StrEnum)


class DecisionEndpoints:
    """Lists, explains, counts and allows."""

    def __init__(self, decisions: DecisionCommands, requests: AdminRequests) -> None:
        self._decisions = decisions
        self._requests = requests

    async def list(self, request: Request) -> Answer:
        """Answer with the newest decisions first."""
        found = await self._decisions.search(
            actor_of(request),
            DecisionQuery(
                sender=_sender(request),
                server=_server(request),
                verdict=_one_of(request, "verdict", Verdict),
                step=text_parameter(request, "step"),
                filter=text_parameter(request, "filter"),
                since_ts=whole_number(request, "since_ts", 0),
                before_ts=optional_number(request, "before_ts"),
                min_score=optional_number(request, "min_score"),
                max_score=optional_number(request, "max_score"),
            ),
            room_id=room_parameter(request),
            outcome=_one_of(request, "outcome", OutcomeKind, LASTING),
            before=text_parameter(request, "before"),
            limit=whole_number(request, "limit", 50),
        )
        return Answer(200, found)

    async def show(self, request: Request) -> Answer:
        """Answer with the decisions that a reference may mean."""
        reference = text_parameter(request, "reference") or ""
        return Answer(200, {"decisions": await self._decisions.show(actor_of(request), reference)})

    async def why(self, request: Request) -> Answer:
        """Answer with the same, and what the events said if the archive has them."""
        reference = text_parameter(request, "reference") or ""
        found = await self._decisions.explain(actor_of(request), reference)
        return Answer(200, {"decisions": found})

    async def stats(self, request: Request) -> Answer:
        """Answer with what each step did since a moment."""
        found = await self._decisions.statistics(
            actor_of(request),
            since_ts=whole_number(request, "since_ts", 0),
            room_id=room_parameter(request),
        )
        return Answer(200, found)

    async def allow(self, request: Request) -> Answer:
        """Let the words of a refused event pass when they are sent again, for a while."""
        body = await self._requests.read(request)
        allowed = await self._decisions.allow(
            actor_of(request),
            reference=get_field(body, "reference", str),
            lasts_ms=body.get("lasts_ms"),
        )
        return Answer(200, allowed)


def _sender(request: Request) -> str | None:
    sender = text_parameter(request, "sender")
    if sender is not None and not is_user_id(sender):
        raise BadJson("The parameter 'sender' must be a user ID such as @alice:example.org.")
    return sender


def _server(request: Request) -> str | None:
    server = text_parameter(request, "server")
    if server is not None and not is_server_name(server):
        raise BadJson("The parameter 'server' must be a server name such as example.org.")
    return server


def _one_of(
    request: Request, name: str, kind: type[Kind], among: Collection[Kind] | None = None
) -> Kind | None:
    text = text_parameter(request, name)
    known = list(kind) if among is None else among
    if text is None:
        return None
    if text not in known:
        raise BadJson(f"The parameter {name!r} must be one of {', '.join(known)}.")
    return kind(text)
