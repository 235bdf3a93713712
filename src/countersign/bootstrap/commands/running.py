"""Construction of the commands of a running server."""

from dataclasses import dataclass, fields

from countersign.bootstrap.archives import find_archived
from countersign.bootstrap.commands.stored import StoredCommandDependencies, build_stored
from countersign.config import Config
from countersign.policy.decisions import RecordedDecision
from countersign.ports.child_processes import ChildProcesses
from countersign.ports.federation import FederationClient
from countersign.ports.stores.archive import ArchiveStore
from countersign.service.commands.actors.browser_sign_ins import BrowserSignIns
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.every_command import Commands
from countersign.service.commands.moderation.decision_views import Archived, FindArchived
from countersign.service.commands.moderation.lists import ListCommands
from countersign.service.commands.operation.community_leave import CommunityLeave
from countersign.service.commands.operation.keys import KeyCommands
from countersign.service.commands.operation.policies import PolicyCommands
from countersign.service.commands.operation.policy_documents import PolicyDocumentCommands
from countersign.service.commands.operation.policy_tests import PolicyTestCommands
from countersign.service.commands.operation.privacy import PrivacyCommands
from countersign.service.commands.operation.protecting import ProtectCommands
from countersign.service.commands.operation.protection_steps import ProtectionSteps
from countersign.service.commands.operation.rooms import RoomCommands
from countersign.service.commands.review.backtests import BacktestCommands
from countersign.service.identity import Identity
from countersign.service.own_events.sending import OwnEvents
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.privacy.erasure import Erasure
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.service.trials.backtest_jobs import BacktestJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDependencies:
    """Dependencies of the commands of a running server.

    Attributes:
        stored: those of the commands that need no running server.
        activation: changes the policies in force.
        trials: start processes that try policies.
        settings: the path of the settings.
        is_archive_on: judged events are archived.
    """

    stored: StoredCommandDependencies
    activation: PolicyActivation
    identity: Identity
    rooms: Rooms
    checks: StateChecks
    room_finder: RoomFinder
    own_events: OwnEvents
    federation: FederationClient
    erasure: Erasure
    backtests: BacktestJobs
    trials: ChildProcesses
    settings: str
    is_archive_on: bool


async def build_commands(dependencies: CommandDependencies) -> Commands:
    """Return the commands of a running server, with tokens and frozen actors loaded.

    Raises:
        StoreUnavailable: they cannot be read.
    """
    database_dependencies, rooms = dependencies.stored, dependencies.rooms
    policies, measures = database_dependencies.policies, database_dependencies.measures
    stored = await build_stored(database_dependencies)
    needs = CommandNeeds(stored.permissions, stored.audit_log, database_dependencies.clock)
    changing = PolicyCommands(needs, policies, dependencies.activation, stored.confirmations)
    return Commands(
        **{each.name: getattr(stored, each.name) for each in fields(stored)},
        backtests=BacktestCommands(
            needs,
            dependencies.backtests,
            dependencies.activation,
            settings=dependencies.settings,
            is_archive_on=dependencies.is_archive_on,
        ),
        browser_sign_ins=BrowserSignIns(
            needs, database_dependencies.stores.sign_ins, database_dependencies.randomness
        ),
        keys=KeyCommands(needs, dependencies.identity, rooms),
        lists=ListCommands(needs, policies, rooms),
        policies=changing,
        policy_documents=PolicyDocumentCommands(needs, policies, dependencies.activation, changing),
        policy_tests=PolicyTestCommands(needs, dependencies.trials, dependencies.activation),
        privacy=PrivacyCommands(needs, dependencies.erasure, stored.confirmations),
        community_leave=CommunityLeave(
            needs,
            dependencies.identity,
            rooms=rooms,
            policies=policies,
            own_events=dependencies.own_events,
            checks=dependencies.checks,
        ),
        protection=ProtectionSteps(
            needs,
            dependencies.identity,
            rooms=rooms,
            finder=dependencies.room_finder,
            federation=dependencies.federation,
            decisions=database_dependencies.stores.decisions,
        ),
        protecting=ProtectCommands(
            needs,
            dependencies.identity,
            rooms=rooms,
            own_events=dependencies.own_events,
            federation=dependencies.federation,
        ),
        rooms=RoomCommands(
            needs,
            rooms,
            dependencies.checks,
            policies=policies,
            room_finder=dependencies.room_finder,
            raids=measures.raids,
            guard=measures.guard,
        ),
    )


def archive_finder(config: Config, archive: ArchiveStore) -> FindArchived:
    """Return a function that finds events in the archive."""
    retention_days = config.archive.retention_days if config.archive.is_on else None

    async def find(recorded: RecordedDecision) -> Archived:
        events = await find_archived(archive, recorded)
        return Archived(events, retention_days)

    return find
