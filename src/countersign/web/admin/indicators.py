"""`/_countersign/v1/indicators`: links, contacts and wallets that are known to be bad."""

from starlette.requests import Request

from countersign.service.commands.moderation.indicators import IndicatorCommands
from countersign.web.admin.access import actor_of
from countersign.web.admin.requests import AdminRequests, get_field
from countersign.web.http.answers import Answer


class IndicatorEndpoints:
    """Lists what is bad, adds and removes it."""

    def __init__(self, indicators: IndicatorCommands, requests: AdminRequests) -> None:
        self._indicators = indicators
        self._requests = requests

    async def list(self, request: Request) -> Answer:
        """Answer with what is bad, the latest first."""
        found = await self._indicators.list(
            actor_of(request), community=request.query_params.get("community")
        )
        return Answer(200, {"indicators": found})

    async def add(self, request: Request) -> Answer:
        """Have a link, contact or wallet be bad."""
        body = await self._requests.read(request)
        added = await self._indicators.add(
            actor_of(request),
            indicator=get_field(body, "indicator", str),
            community=body.get("community"),
            lasts_ms=body.get("lasts_ms"),
        )
        return Answer(200, added)

    async def remove(self, request: Request) -> Answer:
        """Have an indicator be bad no more."""
        body = await self._requests.read(request)
        removed = await self._indicators.remove(
            actor_of(request),
            indicator=get_field(body, "indicator", str),
            community=body.get("community"),
        )
        return Answer(200, removed)
