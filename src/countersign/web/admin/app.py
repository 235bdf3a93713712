"""The admin API: all groups of its endpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp

from countersign.ports.actors import Actor
from countersign.ports.metrics import MetricsPage
from countersign.ports.randomness import Randomness
from countersign.service.commands.every_command import Commands, StoredCommands
from countersign.service.health.readiness import Health
from countersign.service.identity import Identity
from countersign.web.admin.access import AdminAccess
from countersign.web.admin.declarations.endpoints import Declaration, endpoints_of
from countersign.web.admin.declarations.groups import RunningEndpoints, StoredEndpoints
from countersign.web.admin.declarations.routes import DeclaredRoutes
from countersign.web.admin.description import DescriptionEndpoint
from countersign.web.admin.moderation.appeals import AppealEndpoints
from countersign.web.admin.moderation.bulk_mutes import BulkMuteEndpoints
from countersign.web.admin.moderation.decisions import DecisionEndpoints
from countersign.web.admin.moderation.incidents import IncidentEndpoints
from countersign.web.admin.moderation.indicators import IndicatorEndpoints
from countersign.web.admin.moderation.leaks import LeakEndpoints, UnseenSignaturesEndpoint
from countersign.web.admin.moderation.lists import ListEndpoints
from countersign.web.admin.moderation.measures import (
    GuardEndpoints,
    MuteEndpoints,
    RaidEndpoints,
)
from countersign.web.admin.moderation.reviews import ReviewEndpoints
from countersign.web.admin.moderation.spam import SpamEndpoints
from countersign.web.admin.moderation.statistics import StatisticsEndpoints
from countersign.web.admin.moderation.trust import TrustEndpoints
from countersign.web.admin.operation.access import AccessEndpoints
from countersign.web.admin.operation.audit import AuditEndpoints
from countersign.web.admin.operation.backtests import BacktestEndpoints
from countersign.web.admin.operation.communities import CommunityEndpoints
from countersign.web.admin.operation.confirmations import ConfirmationEndpoints
from countersign.web.admin.operation.health import HealthEndpoints
from countersign.web.admin.operation.key_changes import KeyChangeEndpoints
from countersign.web.admin.operation.keys import KeyEndpoints
from countersign.web.admin.operation.policies import PolicyEndpoints
from countersign.web.admin.operation.policy_documents import PolicyDocumentEndpoints
from countersign.web.admin.operation.policy_tests import PolicyTestEndpoints
from countersign.web.admin.operation.privacy import ArchiveEndpoints, PrivacyEndpoints
from countersign.web.admin.operation.protection import ProtectionEndpoints
from countersign.web.admin.operation.rooms import RoomEndpoints
from countersign.web.errors import ErrorAnswers
from countersign.web.health import HealthEndpoint
from countersign.web.json_app import JsonApp
from countersign.web.metrics import MetricsEndpoint
from countersign.web.token_holders import TokenHolders

GROUPS: Final[Sequence[type]] = (
    DescriptionEndpoint,
    HealthEndpoints,
    DecisionEndpoints,
    SpamEndpoints,
    IncidentEndpoints,
    ReviewEndpoints,
    StatisticsEndpoints,
    AppealEndpoints,
    TrustEndpoints,
    RaidEndpoints,
    MuteEndpoints,
    BulkMuteEndpoints,
    GuardEndpoints,
    IndicatorEndpoints,
    ListEndpoints,
    LeakEndpoints,
    UnseenSignaturesEndpoint,
    RoomEndpoints,
    ProtectionEndpoints,
    CommunityEndpoints,
    PolicyEndpoints,
    PolicyTestEndpoints,
    BacktestEndpoints,
    PolicyDocumentEndpoints,
    ConfirmationEndpoints,
    KeyEndpoints,
    KeyChangeEndpoints,
    PrivacyEndpoints,
    ArchiveEndpoints,
    AuditEndpoints,
    AccessEndpoints,
)
"""All groups of endpoints, in the order of the documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminServices:
    """Services behind the admin API."""

    identity: Identity
    token: str
    health: Health
    randomness: Randomness
    metrics: MetricsPage
    commands: Commands


def admin_app(services: AdminServices) -> ASGIApp:
    """Return the application of the admin API; docs/admin-api.md describes it."""
    errors = ErrorAnswers(services.randomness)
    commands = services.commands
    access = AdminAccess(TokenHolders(services.token, commands.register.find_actor))
    routes = DeclaredRoutes(commands.permissions, errors)
    return JsonApp(
        errors,
        check_access=access.check,
        routes=routes.of(
            [
                *_stored_groups(commands),
                *(group(commands) for group in GROUPS if issubclass(group, RunningEndpoints)),
                DescriptionEndpoint(declarations),
                HealthEndpoints(
                    HealthEndpoint(services.health, services.identity.server_name),
                    MetricsEndpoint(services.metrics),
                ),
            ]
        ),
    )


def offline_app(commands: StoredCommands, actor: Actor, randomness: Randomness) -> ASGIApp:
    """Return the application that only `actor` uses, while no server runs."""
    errors = ErrorAnswers(randomness)
    routes = DeclaredRoutes(commands.permissions, errors)
    return JsonApp(errors, check_access=lambda _: actor, routes=routes.of(_stored_groups(commands)))


def declarations() -> list[Declaration]:
    """Return the declarations of all endpoints, in the order of the documentation."""
    return [each.declaration for group in GROUPS for each in endpoints_of(group)]


def _stored_groups(commands: StoredCommands) -> list[object]:
    """Return the endpoints that need no running server."""
    return [group(commands) for group in GROUPS if issubclass(group, StoredEndpoints)]
