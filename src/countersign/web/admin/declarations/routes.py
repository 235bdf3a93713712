"""Routes built from declarations."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Permissions
from countersign.web.admin.access import actor_of
from countersign.web.admin.declarations.endpoints import Endpoint, LongWork, endpoints_of
from countersign.web.admin.declarations.reading import read_parameters
from countersign.web.admin.progress import ProgressStream
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer

Serve = Callable[[Request], Awaitable[ASGIApp]]


class DeclaredRoutes:
    """Serves declared endpoints.

    Args:
        permissions: tell who may give a command at all.
        errors: answer for long work that fails.
    """

    def __init__(self, permissions: Permissions, errors: ErrorAnswers) -> None:
        self._permissions = permissions
        self._errors = errors

    def of(self, groups: Iterable[object]) -> list[Route]:
        """Return the routes to the endpoints of these objects, one for each path."""
        by_path: dict[str, dict[str, Serve]] = {}
        for group in groups:
            for endpoint in endpoints_of(type(group)):
                declared = endpoint.declaration
                by_path.setdefault(declared.path, {})[declared.method] = self._bound(
                    group, endpoint
                )
        return [_route(path, methods) for path, methods in by_path.items()]

    def _bound(self, group: object, endpoint: Endpoint) -> Serve:
        declared = endpoint.declaration

        async def serve(request: Request) -> ASGIApp:
            actor = actor_of(request)
            if declared.command is not None:
                self._permissions.require(actor, declared.command)
            params = await read_parameters(request, declared)
            reply = await endpoint.handler(group, actor, params)
            if isinstance(reply, LongWork):
                return ProgressStream(reply.work, self._errors, reply.when_late)
            return Answer(200, reply) if isinstance(reply, dict) else reply

        return serve


def _route(path: str, methods: Mapping[str, Serve]) -> Route:
    async def serve(request: Request) -> ASGIApp:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](request)

    return Route(path, serve, methods=[*methods])
