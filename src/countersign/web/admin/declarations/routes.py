"""Routes built from declarations."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from countersign.service.commands.actors.permissions import Permissions
from countersign.web.admin.access import actor_of
from countersign.web.admin.declarations.endpoints import Endpoint, LongWork, endpoints_of
from countersign.web.admin.declarations.reading import read_asked
from countersign.web.admin.progress import ProgressStream
from countersign.web.errors import ErrorAnswers
from countersign.web.http.answers import Answer


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
        """Return the routes to the endpoints of some objects."""
        return [
            self._route(group, endpoint)
            for group in groups
            for endpoint in endpoints_of(type(group))
        ]

    def _route(self, group: object, endpoint: Endpoint) -> Route:
        declared = endpoint.declaration

        async def serve(request: Request) -> ASGIApp:
            actor = actor_of(request)
            if declared.command is not None:
                self._permissions.require(actor, declared.command)
            asked = await read_asked(request, declared)
            reply = await endpoint.handler(group, actor, asked)
            if isinstance(reply, LongWork):
                return ProgressStream(reply.work, self._errors, reply.when_late)
            return Answer(200, reply) if isinstance(reply, dict) else reply

        return Route(declared.path, serve, methods=[declared.method])
