"""`/_countersign/v1/appeals`: appeals against refusals, and answering them."""

from starlette.requests import Request

from countersign.ports.stores.review.appeals import AppealState
from countersign.protocol.errors import BadJson
from countersign.service.commands.moderation.appeals import AppealCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import AdminRequests, get_field, text_parameter, whole_number
from countersign.web.http.answers import Answer


class AppealEndpoints:
    """Lists, shows, notes and answers."""

    def __init__(self, appeals: AppealCommands, requests: AdminRequests) -> None:
        self._appeals = appeals
        self._requests = requests

    async def list(self, request: Request) -> Answer:
        """Answer with appeals, the open ones first."""
        found = await self._appeals.list(
            actor_of(request),
            community=text_parameter(request, "community"),
            state=_state(request),
            limit=whole_number(request, "limit", 100),
        )
        return Answer(200, found)

    async def show(self, request: Request) -> Answer:
        """Answer with one appeal."""
        reference = text_parameter(request, "reference") or ""
        return Answer(200, await self._appeals.show(actor_of(request), reference))

    async def note(self, request: Request) -> Answer:
        """Add a note for other moderators."""
        body = await self._requests.read(request)
        noted = await self._appeals.note(
            actor_of(request),
            reference=get_field(body, "reference", str),
            text=get_field(body, "text", str),
        )
        return Answer(200, noted)

    async def decide(self, request: Request) -> Answer:
        """Answer an appeal."""
        body = await self._requests.read(request)
        decided = await self._appeals.decide(
            actor_of(request),
            reference=get_field(body, "reference", str),
            answer=get_field(body, "answer", str),
            lasts_ms=body.get("lasts_ms"),
            note=body.get("note", ""),
        )
        return Answer(200, decided)


def _state(request: Request) -> AppealState | None:
    state = text_parameter(request, "state")
    if state is None:
        return None
    if state not in set(AppealState):
        raise BadJson(f"The parameter 'state' must be one of {', '.join(AppealState)}.")
    return AppealState(state)
