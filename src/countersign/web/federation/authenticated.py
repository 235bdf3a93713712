"""Requests that only a homeserver that proves its name may make; all but `sign`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.service.limits.request_limits import RequestLimits
from countersign.service.signing.request_auth import RequestAuth
from countersign.web.http.client_addresses import ClientAddresses
from countersign.web.http.requests import Bodies, read_head


class AuthenticatedRequests:
    """Reads a request no further than its sender has proved who it is."""

    def __init__(
        self, auth: RequestAuth, bodies: Bodies, limits: RequestLimits, neighbours: ClientAddresses
    ) -> None:
        self._auth = auth
        self._bodies = bodies
        self._limits = limits
        self._neighbours = neighbours

    async def origin_of(self, request: Request) -> str:
        """Return who sent a request that has no body.

        Raises:
            Unauthorized, NotAuthenticated, KeysUnavailable: see `RequestAuth`.
        """
        head = read_head(request.scope)
        return await self._auth.authenticate(request.method, head.target, head.authorization, None)

    @asynccontextmanager
    async def read(self, request: Request, max_bytes: int) -> AsyncIterator[tuple[str, JsonObject]]:
        """Hold a request's origin and body for as long as the block lasts.

        Raises:
            Unauthorized, NotAuthenticated, KeysUnavailable: see `RequestAuth`.
            NotJson, BadJson: the body is no JSON object.
            BodyTooLarge: the body is above `max_bytes`.
            RateLimited: too much comes from the network that it comes from.
        """
        head = read_head(request.scope)
        credentials = self._auth.parse(head.authorization)
        async with self._bodies.read(request.receive, head, max_bytes) as body:
            self._limits.weigh(self._neighbours.network_of(request.scope), len(body))
            parsed = parse_object(body)
            origin = await self._auth.verify(
                credentials, request.method, head.target, parsed.canonical
            )
            yield origin, parsed.value
