"""Construction of the commands of a running server."""

from dataclasses import dataclass, fields

from countersign.bootstrap.archives import find_archived
from countersign.bootstrap.commands.stored import StoredCommandDependencies, build_stored
from countersign.bootstrap.measures import Measures
from countersign.config import Config
from countersign.policy.decisions import RecordedDecision
from countersign.ports.child_processes import ChildProcesses
from countersign.ports.clock import Clock
from countersign.ports.federation import FederationClient
from countersign.ports.randomness import Randomness
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.bundle import Stores
from countersign.service.commands.actors.browser_sign_ins import BrowserSignIns
from countersign.service.commands.actors.confirmation_rules import NOTHING_WAITS, ConfirmationRules
from countersign.service.commands.actors.confirmations import FindAccount
from countersign.service.commands.every_command import Commands
from countersign.service.commands.moderation.decision_views import (
    Archived,
    FindArchived,
)
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
from countersign.service.commands.review.spam import Redact
from countersign.service.identity import Identity
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.own_events.sending import OwnEvents
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.privacy.erasure import Erasure
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import NamesOfRooms
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.service.trials.backtest_jobs import BacktestJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDependencies:
    """Dependencies of the commands of a running server.

    Attributes:
        find_archived: see `DecisionViews`.
        trials: start processes that try policies.
        settings: the path of the settings.
        is_archive_on: judged events are archived.
        redact: see `SpamCommands`.
        find_account: see `Confirmations`.
    """

    identity: Identity
    clock: Clock
    randomness: Randomness
    stores: Stores
    rooms: Rooms
    checks: StateChecks
    policies: Policies
    activation: PolicyActivation
    room_finder: RoomFinder
    measures: Measures
    unseen: UnseenSignatures
    own_events: OwnEvents
    federation: FederationClient
    find_archived: FindArchived
    erasure: Erasure
    backtests: BacktestJobs
    trials: ChildProcesses
    settings: str
    is_archive_on: bool
    find_account: FindAccount
    redact: Redact | None = None
    confirmation_rules: ConfirmationRules = NOTHING_WAITS


async def build_commands(given: CommandDependencies) -> Commands:
    """Return the commands of a running server, with tokens and frozen actors loaded.

    Raises:
        StoreUnavailable: they cannot be read.
    """
    policies, rooms, measures = given.policies, given.rooms, given.measures
    names = NamesOfRooms(rooms.get, rooms.all)
    stored = await build_stored(
        StoredCommandDependencies(
            clock=given.clock,
            randomness=given.randomness,
            stores=given.stores,
            policies=policies,
            measures=measures,
            unseen=given.unseen,
            find_archived=given.find_archived,
            activation=given.activation,
            rooms=rooms.all,
            room_names=lambda: names,
            redact=given.redact,
            find_account=given.find_account,
            confirmation_rules=given.confirmation_rules,
        )
    )
    permissions, audit = stored.permissions, stored.audit_log
    changing = PolicyCommands(policies, given.activation, permissions, audit, stored.confirmations)
    return Commands(
        **{each.name: getattr(stored, each.name) for each in fields(stored)},
        backtests=BacktestCommands(
            given.backtests,
            given.activation,
            settings=given.settings,
            is_archive_on=given.is_archive_on,
            permissions=permissions,
            audit=audit,
            clock=given.clock,
        ),
        browser_sign_ins=BrowserSignIns(
            given.stores.sign_ins, permissions, given.clock, given.randomness
        ),
        keys=KeyCommands(given.identity, rooms, permissions),
        lists=ListCommands(policies, rooms, permissions, audit),
        policies=changing,
        policy_documents=PolicyDocumentCommands(
            policies, given.activation, changing, permissions, audit
        ),
        policy_tests=PolicyTestCommands(given.trials, given.activation, permissions),
        privacy=PrivacyCommands(given.erasure, permissions, audit, stored.confirmations),
        community_leave=CommunityLeave(
            given.identity,
            rooms=rooms,
            policies=policies,
            own_events=given.own_events,
            checks=given.checks,
            permissions=permissions,
            audit=audit,
        ),
        protection=ProtectionSteps(
            given.identity,
            rooms=rooms,
            finder=given.room_finder,
            federation=given.federation,
            decisions=given.stores.decisions,
            permissions=permissions,
            clock=given.clock,
        ),
        protecting=ProtectCommands(
            given.identity,
            rooms=rooms,
            own_events=given.own_events,
            federation=given.federation,
            permissions=permissions,
            audit=audit,
        ),
        rooms=RoomCommands(
            rooms,
            given.checks,
            policies=policies,
            room_finder=given.room_finder,
            raids=measures.raids,
            guard=measures.guard,
            permissions=permissions,
            audit=audit,
            clock=given.clock,
        ),
    )


def archive_finder(config: Config, archive: ArchiveStore) -> FindArchived:
    """Return a function that finds events in the archive."""
    retention_days = config.archive.retention_days if config.archive.is_on else None

    async def find(recorded: RecordedDecision) -> Archived:
        events = await find_archived(archive, recorded)
        return Archived(events, retention_days)

    return find
