"""`GET /_countersign/v1/openapi.json`: the description of all endpoints, for programs."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.web.admin.declarations.endpoints import Declaration, page
from countersign.web.admin.declarations.models import Anything, JsonAnswer
from countersign.web.http.answers import Answer


class DescriptionJson(JsonAnswer):
    """OpenAPI document."""

    openapi: str
    info: dict[str, object]
    servers: list[dict[str, object]]
    paths: dict[str, object]
    components: dict[str, object]
    security: list[dict[str, object]]
    tags: list[dict[str, object]]


class DescriptionEndpoint:
    """Describes all endpoints in OpenAPI.

    Args:
        declarations: returns the declarations of all endpoints.
    """

    def __init__(self, declarations: Callable[[], Sequence[Declaration]]) -> None:
        self._declarations = declarations
        self._written: bytes | None = None
        self._writing = asyncio.Lock()

    @page("openapi.json", None, answer=DescriptionJson)
    async def get(self, _actor: Actor, _asked: Anything) -> ASGIApp:
        """Describe all endpoints in [OpenAPI 3.1](openapi.json)."""
        async with self._writing:
            if self._written is None:
                self._written = await in_thread(self._write)
        return Answer(200, self._written)

    def _write(self) -> bytes:
        # What describes is loaded by the first who asks; the server starts and signs without.
        from countersign.web.admin.declarations.openapi import described_in_openapi

        return described_in_openapi(self._declarations())
