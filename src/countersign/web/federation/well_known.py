"""`/.well-known/matrix/…`: documents for clients in browsers, and for server discovery."""

from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import Route

from countersign.service.signing.published_keys import Publication
from countersign.web.http.answers import Answer, error_answer

_CORS: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"X-Requested-With, Content-Type, Authorization"),
)
_PREFLIGHT: Final = Answer(204, None, _CORS)
_NONE: Final = error_answer(
    404, "M_NOT_FOUND", "The operator of this server has published none.", headers=_CORS
)


class WellKnown:
    """Publishes the policy key, our address for server discovery, and contacts.

    Spec:
        https://spec.matrix.org/v1.18/client-server-api/#getwell-knownmatrixpolicy_server
    """

    def __init__(self, publication: Publication) -> None:
        self._publication = publication

    def routes(self) -> list[Route]:
        """Return the routes of all documents."""
        publication = self._publication
        return [
            _route("policy_server", lambda: publication.policy_server),
            _route("org.matrix.msc4284.policy_server", lambda: publication.unstable_policy_server),
            _route("server", lambda: publication.server),
            _route("support", lambda: publication.support),
        ]


def _route(name: str, document: Callable[[], Any]) -> Route:
    async def get(request: Request) -> Answer:
        if request.method == "OPTIONS":
            return _PREFLIGHT
        body = document()
        return _NONE if body is None else Answer(200, body, _CORS)

    path, methods = f"/.well-known/matrix/{name}", ["GET", "HEAD", "OPTIONS"]
    return Route(path, get, methods=methods, name="well_known")
