"""Requests that only a homeserver that proves its name may make; all but `sign`."""

from starlette.requests import Request

from countersign.protocol.canonical_json import JsonObject, parse_object
from countersign.service.signing.request_auth import RequestAuth
from countersign.web.http.admission import Admission
from countersign.web.http.requests import read_body, read_head


class AuthenticatedRequests:
    """Reads a request no further than its sender has proved who it is."""

    def __init__(self, auth: RequestAuth, admission: Admission) -> None:
        self._auth = auth
        self._admission = admission

    async def origin_of(self, request: Request) -> str:
        """Return who sent a request that has no body.

        Raises:
            Unauthorized, NotAuthenticated, KeysUnavailable: see `RequestAuth`.
        """
        head = read_head(request.scope)
        origin = await self._auth.authenticate(
            request.method, head.target, head.authorization, None
        )
        self._admission.note(request.scope, origin)
        return origin

    async def read(self, request: Request, max_bytes: int) -> tuple[str, JsonObject]:
        """Return a request's origin and body.

        Raises:
            Unauthorized, NotAuthenticated, KeysUnavailable: see `RequestAuth`.
            NotJson, BadJson: the body is no JSON object.
            BodyTooLarge: the body is above `max_bytes`.
            RateLimited: too much comes from its network, or from strangers.
        """
        head = read_head(request.scope)
        credentials = self._auth.parse(head.authorization)
        weigh = self._admission.weigher(request.scope)
        parsed = parse_object(await read_body(request.receive, head, max_bytes, weigh))
        origin = await self._auth.verify(credentials, request.method, head.target, parsed.canonical)
        self._admission.note(request.scope, origin)
        return origin, parsed.value
