"""The commands of one server, over its services."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

from countersign.bootstrap.archives import find_archived
from countersign.bootstrap.measures import Measures
from countersign.config import Config
from countersign.policy.decisions import RecordedDecision
from countersign.ports.clock import Clock
from countersign.ports.federation import FederationClient
from countersign.ports.randomness import Randomness
from countersign.ports.stores.archive import ArchiveStore
from countersign.ports.stores.bundle import Stores
from countersign.service.commands.actors.access import AccessCommands
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.commands.actors.audit import AuditCommands, AuditLog
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.actors.readable_rooms import ReadableRooms, RoomNames
from countersign.service.commands.every_command import Commands, StoredCommands
from countersign.service.commands.moderation.appeals import AppealCommands
from countersign.service.commands.moderation.decision_views import (
    Archived,
    DecisionViews,
    FindArchived,
)
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.service.commands.moderation.guard import GuardCommands
from countersign.service.commands.moderation.indicators import IndicatorCommands
from countersign.service.commands.moderation.leaks import LeakCommands
from countersign.service.commands.moderation.lists import ListCommands
from countersign.service.commands.moderation.mutes import MuteCommands
from countersign.service.commands.moderation.raids import RaidCommands
from countersign.service.commands.moderation.reverts import Reverts
from countersign.service.commands.moderation.trust import TrustCommands
from countersign.service.commands.moderation.undo import UndoCommands
from countersign.service.commands.operation.archive import ArchiveCommands
from countersign.service.commands.operation.keys import KeyCommands
from countersign.service.commands.operation.policies import PolicyCommands
from countersign.service.commands.operation.policy_documents import PolicyDocumentCommands
from countersign.service.commands.operation.privacy import PrivacyCommands
from countersign.service.commands.operation.protecting import ProtectCommands
from countersign.service.commands.operation.protection_steps import ProtectionSteps
from countersign.service.commands.operation.rooms import RoomCommands
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.commands.review.reverts import ReviewReverts
from countersign.service.commands.review.spam import Redact, SpamCommands
from countersign.service.commands.review.statistics import StatisticsCommands
from countersign.service.identity import Identity
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.measures.spam_marks import SpamMarks
from countersign.service.own_events.sending import OwnEvents
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.privacy.erasure import Erasure
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room import Room
from countersign.service.rooms.sync.state_checks import StateChecks


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGround:
    """Dependencies of the commands that need no running server.

    Attributes:
        find_archived: see `DecisionViews`.
        activation: None while no server runs.
        rooms: returns the rooms that we are or were in.
        room_names: likewise, their names by their IDs.
        redact: see `SpamCommands`.
    """

    clock: Clock
    randomness: Randomness
    stores: Stores
    policies: Policies
    measures: Measures
    unseen: UnseenSignatures
    find_archived: FindArchived
    activation: PolicyActivation | None
    rooms: Callable[[], Iterable[Room]]
    room_names: RoomNames
    redact: Redact | None = None


async def build_stored(ground: StoredGround) -> StoredCommands:
    """Return the commands that need no running server, who has access taken up.

    Raises:
        StoreUnavailable: it cannot be read.
    """
    clock, policies, stores = ground.clock, ground.policies, ground.stores
    register = AccessRegister(stores.access, clock)
    await register.load()
    audit = AuditLog(stores.audit, clock)
    permissions = Permissions(policies, register.require_active)
    readable = ReadableRooms(permissions, ground.room_names)
    measures = ground.measures
    decisions = DecisionCommands(
        stores.decisions,
        outcomes=stores.outcomes,
        views=DecisionViews(
            outcomes=stores.outcomes,
            evidence=stores.evidence,
            find_archived=ground.find_archived,
            room_names=ground.room_names,
        ),
        allowances=measures.allowances,
        rooms=readable,
        policies=policies,
        permissions=permissions,
        audit=audit,
    )
    marks = SpamMarks(
        stores.outcomes,
        known=measures.indicators,
        lessons=measures.lessons,
        records=measures.trust,
        clock=clock,
    )
    return StoredCommands(
        register=register,
        permissions=permissions,
        audit_log=audit,
        access=AccessCommands(register, permissions, audit, clock, ground.randomness),
        appeals=AppealCommands(
            stores.appeals,
            decisions=stores.decisions,
            decision_commands=decisions,
            outcomes=stores.outcomes,
            audit_store=stores.audit,
            room_names=ground.room_names,
            permissions=permissions,
            audit=audit,
            clock=clock,
        ),
        archive=ArchiveCommands(stores.archive, permissions, audit),
        audit=AuditCommands(stores.audit, permissions),
        decisions=decisions,
        guard=GuardCommands(measures.guard, permissions, audit),
        incidents=IncidentCommands(
            stores.decisions, rooms=readable, permissions=permissions, audit=audit, clock=clock
        ),
        indicators=IndicatorCommands(measures.indicators, permissions, audit, clock),
        leaks=LeakCommands(stores.leaks, ground.unseen, ground.room_names, permissions, audit),
        mutes=MuteCommands(measures.mutes, permissions, audit),
        raids=RaidCommands(measures.raids, policies, permissions, audit),
        trust=TrustCommands(
            measures.trust,
            stores.trust,
            measures.raids,
            ground.rooms,
            permissions,
            audit,
            clock,
        ),
        spam=SpamCommands(
            stores.decisions,
            marks=marks,
            lessons=measures.lessons,
            evidence=stores.evidence,
            find_archived=ground.find_archived,
            find_room=lambda room_id: next(
                (each for each in ground.rooms() if each.room_id == room_id), None
            ),
            redact=ground.redact,
            permissions=permissions,
            audit=audit,
        ),
        statistics=StatisticsCommands(
            stores.decisions,
            stores.moderation,
            policies=policies,
            permissions=permissions,
            audit=audit,
            clock=clock,
        ),
        undo=UndoCommands(
            stores.audit,
            planners={
                **Reverts(
                    register=register,
                    records=measures.trust,
                    raids=measures.raids,
                    guard=measures.guard,
                    indicators=measures.indicators,
                    allowances=measures.allowances,
                    policies=policies,
                    activation=ground.activation,
                    clock=clock,
                ).planners,
                **ReviewReverts(
                    decisions=stores.decisions,
                    marks=marks,
                    indicators=measures.indicators,
                    mutes=measures.mutes,
                    clock=clock,
                ).planners,
            },
            permissions=permissions,
            audit=audit,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGround:
    """Dependencies of the commands of a running server.

    Attributes:
        find_archived: see `DecisionViews`.
        redact: see `SpamCommands`.
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
    redact: Redact | None = None


async def build_commands(ground: CommandGround) -> Commands:
    """Return the commands of a running server, who has access taken up.

    Raises:
        StoreUnavailable: it cannot be read.
    """
    policies, rooms, measures = ground.policies, ground.rooms, ground.measures
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
            room_names=lambda: {room.room_id: room.state.name for room in rooms.all()},
            redact=ground.redact,
        )
    )
    permissions, audit = stored.permissions, stored.audit_log
    changing = PolicyCommands(policies, ground.activation, permissions, audit)
    return Commands(
        **{each.name: getattr(stored, each.name) for each in fields(stored)},
        keys=KeyCommands(ground.identity, rooms, permissions),
        lists=ListCommands(policies, rooms, permissions, audit),
        policies=changing,
        policy_documents=PolicyDocumentCommands(
            policies, ground.activation, changing, permissions, audit
        ),
        privacy=PrivacyCommands(ground.erasure, permissions, audit),
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
    """Return what finds events in the archive."""
    retention_days = config.archive.retention_days if config.archive.is_on else None

    async def find(recorded: RecordedDecision) -> Archived:
        events = await find_archived(archive, recorded)
        return Archived(events, retention_days)

    return find
