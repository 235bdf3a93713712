"""Every path that the operator's programs may ask for, on one screen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.metrics import MetricsPage
from countersign.ports.randomness import Randomness
from countersign.service.commands.actors.permissions import Command, Permissions
from countersign.service.commands.every_command import Commands, StoredCommands
from countersign.service.health.readiness import Health
from countersign.service.identity import Identity
from countersign.web.admin.access import AdminAccess, actor_of
from countersign.web.admin.actors import ActorEndpoints
from countersign.web.admin.appeals import AppealEndpoints
from countersign.web.admin.archive import ArchiveEndpoint
from countersign.web.admin.decisions import DecisionEndpoints
from countersign.web.admin.indicators import IndicatorEndpoints
from countersign.web.admin.keys import KeysEndpoint
from countersign.web.admin.leaks import LeaksEndpoint
from countersign.web.admin.lists import ListsEndpoint
from countersign.web.admin.moderation import ModerationEndpoints
from countersign.web.admin.policies import PolicyEndpoint
from countersign.web.admin.privacy import PrivacyEndpoints
from countersign.web.admin.requests import AdminRequests
from countersign.web.admin.rooms import RoomsEndpoint
from countersign.web.errors import ErrorAnswers
from countersign.web.health import HealthEndpoint
from countersign.web.json_app import JsonApp
from countersign.web.metrics import MetricsEndpoint
from countersign.web.token_holders import TokenHolders


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminServices:
    """Services behind the endpoints that the operator's command line calls."""

    identity: Identity
    token: str
    health: Health
    randomness: Randomness
    metrics: MetricsPage
    commands: Commands


def admin_app(services: AdminServices) -> ASGIApp:
    """Return the application for the operator; docs/admin-api.md describes it."""
    errors = ErrorAnswers(services.randomness)
    commands = services.commands
    access = AdminAccess(TokenHolders(services.token, commands.register.find_actor))
    requests = AdminRequests()
    health = HealthEndpoint(services.health, services.identity.server_name)
    metrics = MetricsEndpoint(services.metrics)
    lists = ListsEndpoint(commands.lists, requests, errors)
    rooms = RoomsEndpoint(commands.rooms, requests, errors)
    policies = PolicyEndpoint(commands.policies, requests)
    keys = KeysEndpoint(commands.keys)
    leaks = LeaksEndpoint(commands.leaks)
    privacy = PrivacyEndpoints(commands.privacy, requests)
    needing = _Needing(commands.permissions)
    return JsonApp(
        errors,
        check_access=access.check,
        routes=[
            *_stored_routes(commands, requests),
            Route("/metrics", needing(Command.METRICS, metrics.get)),
            Route("/health", needing(Command.HEALTH, health.get_alive)),
            Route("/ready", needing(Command.HEALTH, health.get_ready)),
            Route("/_countersign/v1/health", needing(Command.HEALTH, health.get_ready)),
            Route("/_countersign/v1/keys", keys.get),
            Route("/_countersign/v1/leaks/banked", leaks.unseen),
            Route("/_countersign/v1/lists", lists.get),
            Route("/_countersign/v1/lists/preview", lists.preview, methods=["POST"]),
            Route("/_countersign/v1/rooms", rooms.get),
            Route("/_countersign/v1/rooms/join", rooms.join, methods=["POST"]),
            Route("/_countersign/v1/rooms/rejoin", rooms.rejoin, methods=["POST"]),
            Route("/_countersign/v1/rooms/check", rooms.check, methods=["POST"]),
            Route("/_countersign/v1/rooms/leave", rooms.leave, methods=["POST"]),
            Route("/_countersign/v1/policy", policies.get),
            Route("/_countersign/v1/privacy/export", privacy.export, methods=["POST"]),
            Route("/_countersign/v1/privacy/erase", privacy.erase, methods=["POST"]),
            Route("/_countersign/v1/policy/reload", policies.reload, methods=["POST"]),
            Route("/_countersign/v1/policy/activate", policies.activate, methods=["POST"]),
            Route("/_countersign/v1/policy/rollback", policies.roll_back, methods=["POST"]),
        ],
    )


def offline_app(commands: StoredCommands, actor: Actor, randomness: Randomness) -> ASGIApp:
    """Return the application that answers `actor` alone, while no server runs."""
    return JsonApp(
        ErrorAnswers(randomness),
        check_access=lambda _: actor,
        routes=_stored_routes(commands, AdminRequests()),
    )


def _stored_routes(commands: StoredCommands, requests: AdminRequests) -> list[Route]:
    """Return the endpoints that need no running server."""
    leaks = LeaksEndpoint(commands.leaks)
    decisions = DecisionEndpoints(commands.decisions, requests)
    moderation = ModerationEndpoints(
        commands.trust, commands.raids, commands.guard, commands.mutes, requests
    )
    indicators = IndicatorEndpoints(commands.indicators, requests)
    actors = ActorEndpoints(commands.access, commands.audit, commands.undo, requests)
    appeals = AppealEndpoints(commands.appeals, requests)
    archive = ArchiveEndpoint(commands.archive, requests)
    return [
        Route("/_countersign/v1/leaks", leaks.list),
        Route("/_countersign/v1/trust", moderation.get_trust),
        Route("/_countersign/v1/trust/given", moderation.list_trust),
        Route("/_countersign/v1/trust", moderation.set_trust, methods=["POST"]),
        Route("/_countersign/v1/raids", moderation.get_raids),
        Route("/_countersign/v1/raids/begin", moderation.begin_raid, methods=["POST"]),
        Route("/_countersign/v1/raids/end", moderation.end_raid, methods=["POST"]),
        Route("/_countersign/v1/mutes", moderation.get_mutes),
        Route("/_countersign/v1/mutes/end", moderation.end_mute, methods=["POST"]),
        Route("/_countersign/v1/guard", moderation.get_guard),
        Route("/_countersign/v1/guard/restore", moderation.restore, methods=["POST"]),
        Route("/_countersign/v1/indicators", indicators.list),
        Route("/_countersign/v1/indicators/add", indicators.add, methods=["POST"]),
        Route("/_countersign/v1/indicators/remove", indicators.remove, methods=["POST"]),
        Route("/_countersign/v1/decisions", decisions.list),
        Route("/_countersign/v1/decisions/show", decisions.show),
        Route("/_countersign/v1/decisions/why", decisions.why),
        Route("/_countersign/v1/decisions/stats", decisions.stats),
        Route("/_countersign/v1/decisions/allow", decisions.allow, methods=["POST"]),
        Route("/_countersign/v1/appeals", appeals.list),
        Route("/_countersign/v1/appeals/show", appeals.show),
        Route("/_countersign/v1/appeals/note", appeals.note, methods=["POST"]),
        Route("/_countersign/v1/appeals/decide", appeals.decide, methods=["POST"]),
        Route("/_countersign/v1/archive/purge", archive.purge, methods=["POST"]),
        Route("/_countersign/v1/audit", actors.audit),
        Route("/_countersign/v1/undo", actors.undo, methods=["POST"]),
        Route("/_countersign/v1/tokens", actors.list_tokens),
        Route("/_countersign/v1/tokens/create", actors.create_token, methods=["POST"]),
        Route("/_countersign/v1/tokens/revoke", actors.revoke_token, methods=["POST"]),
        Route("/_countersign/v1/actors/freeze", actors.freeze, methods=["POST"]),
        Route("/_countersign/v1/actors/unfreeze", actors.unfreeze, methods=["POST"]),
    ]


Endpoint = Callable[[Request], Awaitable[ASGIApp]]


class _Needing:
    """Lets through to an endpoint whoever may give its command."""

    def __init__(self, permissions: Permissions) -> None:
        self._permissions = permissions

    def __call__(self, command: Command, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> ASGIApp:
            self._permissions.require(actor_of(request), command)
            return await endpoint(request)

        return guarded
