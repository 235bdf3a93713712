"""Every path that the operator's programs may ask for, on one screen."""

from dataclasses import dataclass

from starlette.routing import Route
from starlette.types import ASGIApp

from countersign.ports.clock import Clock
from countersign.ports.metrics import MetricsPage
from countersign.ports.randomness import Randomness
from countersign.ports.stores.decisions import DecisionStore
from countersign.service.answers.policy_lists import PolicyLists
from countersign.service.evaluation.decide import Moderation
from countersign.service.health.readiness import Health
from countersign.service.identity import Identity
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.web.admin.access import AdminAccess
from countersign.web.admin.keys import KeysEndpoint
from countersign.web.admin.leaks import LeaksEndpoint
from countersign.web.admin.lists import ListsEndpoint
from countersign.web.admin.moderation import ModerationEndpoints
from countersign.web.admin.policies import PolicyEndpoint
from countersign.web.admin.requests import AdminRequests
from countersign.web.admin.rooms import RoomsEndpoint
from countersign.web.errors import ErrorAnswers
from countersign.web.health import HealthEndpoint
from countersign.web.json_app import JsonApp
from countersign.web.metrics import MetricsEndpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminServices:
    """What stands behind the endpoints that the operator's command line calls."""

    identity: Identity
    token: str
    health: Health
    rooms: Rooms
    rechecks: StateChecks
    policies: Policies
    room_finder: RoomFinder
    randomness: Randomness
    metrics: MetricsPage
    bank: UnseenSignatures
    moderation: Moderation
    decisions: DecisionStore
    clock: Clock


def admin_app(services: AdminServices) -> ASGIApp:
    """Return the application for the operator; docs/admin-api.md describes it."""
    errors = ErrorAnswers(services.randomness)
    access = AdminAccess(services.token)
    requests = AdminRequests()
    health = HealthEndpoint(services.health, services.identity.server_name)
    lists = ListsEndpoint(PolicyLists(services.policies, services.rooms), requests, errors)
    rooms = RoomsEndpoint(
        services.rooms,
        services.rechecks,
        requests,
        errors,
        policies=services.policies,
        room_finder=services.room_finder,
        moderation=services.moderation,
        clock=services.clock,
    )
    policies = PolicyEndpoint(services.policies)
    keys = KeysEndpoint(services.identity, services.rooms)
    leaks = LeaksEndpoint(services.bank)
    moderation = ModerationEndpoints(
        services.moderation,
        policies=services.policies,
        rooms=services.rooms,
        decisions=services.decisions,
        clock=services.clock,
        requests=requests,
    )
    return JsonApp(
        errors,
        check_access=access.check,
        routes=[
            Route("/metrics", MetricsEndpoint(services.metrics).get),
            Route("/health", health.get_alive),
            Route("/ready", health.get_ready),
            Route("/_countersign/v1/health", health.get_ready),
            Route("/_countersign/v1/keys", keys.get),
            Route("/_countersign/v1/leaks/banked", leaks.banked),
            Route("/_countersign/v1/lists", lists.get),
            Route("/_countersign/v1/lists/preview", lists.preview, methods=["POST"]),
            Route("/_countersign/v1/rooms", rooms.get),
            Route("/_countersign/v1/rooms/join", rooms.join, methods=["POST"]),
            Route("/_countersign/v1/rooms/rejoin", rooms.rejoin, methods=["POST"]),
            Route("/_countersign/v1/rooms/check", rooms.check, methods=["POST"]),
            Route("/_countersign/v1/rooms/leave", rooms.leave, methods=["POST"]),
            Route("/_countersign/v1/policy", policies.get),
            Route("/_countersign/v1/trust", moderation.get_trust),
            Route("/_countersign/v1/trust", moderation.set_trust, methods=["POST"]),
            Route("/_countersign/v1/raids", moderation.get_raids),
            Route("/_countersign/v1/raids/begin", moderation.begin_raid, methods=["POST"]),
            Route("/_countersign/v1/raids/end", moderation.end_raid, methods=["POST"]),
            Route("/_countersign/v1/guard", moderation.get_guard),
            Route("/_countersign/v1/guard/restore", moderation.restore, methods=["POST"]),
            Route("/_countersign/v1/decisions/allow", moderation.allow, methods=["POST"]),
            Route("/_countersign/v1/policy/reload", policies.reload, methods=["POST"]),
        ],
    )
