"""Construction of the commands of a running server."""

from dataclasses import dataclass, fields

from countersign.bootstrap.archives import find_archived
from countersign.bootstrap.commands.stored import StoredGround, build_stored
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
class CommandGround:
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


async def build_commands(ground: CommandGround) -> Commands:
    """Return the commands of a running server, with tokens and frozen actors loaded.

    Raises:
        StoreUnavailable: they cannot be read.
    """
    policies, rooms, measures = ground.policies, ground.rooms, ground.measures
    names = NamesOfRooms(rooms.get, rooms.all)
    stored = await build_stored(
        StoredGround(
            clock=ground.clock,
            randomness=ground.randomness,
            stores=ground.stores,
            policies=policies,
            measures=measures,
            unseen=ground.unseen,
            find_archived=ground.find_archived,
            activation=ground.activation,
            rooms=rooms.all,
            room_names=lambda: names,
            redact=ground.redact,
            find_account=ground.find_account,
            confirmation_rules=ground.confirmation_rules,
        )
    )
    permissions, audit = stored.permissions, stored.audit_log
    changing = PolicyCommands(policies, ground.activation, permissions, audit, stored.confirmations)
    return Commands(
        **{each.name: getattr(stored, each.name) for each in fields(stored)},
        backtests=BacktestCommands(
            ground.backtests,
            ground.activation,
            settings=ground.settings,
            is_archive_on=ground.is_archive_on,
            permissions=permissions,
            audit=audit,
            clock=ground.clock,
        ),
        browser_sign_ins=BrowserSignIns(
            ground.stores.sign_ins, permissions, ground.clock, ground.randomness
        ),
        keys=KeyCommands(ground.identity, rooms, permissions),
        lists=ListCommands(policies, rooms, permissions, audit),
        policies=changing,
        policy_documents=PolicyDocumentCommands(
            policies, ground.activation, changing, permissions, audit
        ),
        policy_tests=PolicyTestCommands(ground.trials, ground.activation, permissions),
        privacy=PrivacyCommands(ground.erasure, permissions, audit, stored.confirmations),
        community_leave=CommunityLeave(
            ground.identity,
            rooms=rooms,
            policies=policies,
            own_events=ground.own_events,
            checks=ground.checks,
            permissions=permissions,
            audit=audit,
        ),
        protection=ProtectionSteps(
            ground.identity,
            rooms=rooms,
            finder=ground.room_finder,
            federation=ground.federation,
            decisions=ground.stores.decisions,
            permissions=permissions,
            clock=ground.clock,
        ),
        protecting=ProtectCommands(
            ground.identity,
            rooms=rooms,
            own_events=ground.own_events,
            federation=ground.federation,
            permissions=permissions,
            audit=audit,
        ),
        rooms=RoomCommands(
            rooms,
            ground.checks,
            policies=policies,
            room_finder=ground.room_finder,
            raids=measures.raids,
            guard=measures.guard,
            permissions=permissions,
            audit=audit,
            clock=ground.clock,
        ),
    )


def archive_finder(config: Config, archive: ArchiveStore) -> FindArchived:
    """Return a function that finds events in the archive."""
    retention_days = config.archive.retention_days if config.archive.is_on else None

    async def find(recorded: RecordedDecision) -> Archived:
        events = await find_archived(archive, recorded)
        return Archived(events, retention_days)

    return find
