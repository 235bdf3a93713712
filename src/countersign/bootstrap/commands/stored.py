"""Construction of the commands that need only the database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from countersign.bootstrap.measures import Measures
from countersign.config import Config
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.ports.stores.bundle import Stores
from countersign.service.commands.actors.access import AccessCommands
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.commands.actors.audit import AuditCommands, AuditLog
from countersign.service.commands.actors.command_group import CommandNeeds
from countersign.service.commands.actors.confirmation_rules import NOTHING_WAITS, ConfirmationRules
from countersign.service.commands.actors.confirmations import Confirmations, FindAccount
from countersign.service.commands.actors.entry_numbers import EntryNumbers
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.actors.readable_rooms import ReadableRooms, RoomNames
from countersign.service.commands.every_command import StoredCommands
from countersign.service.commands.moderation.appeals import AppealCommands
from countersign.service.commands.moderation.decision_views import (
    DecisionViews,
    FindArchived,
)
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.service.commands.moderation.guard import GuardCommands
from countersign.service.commands.moderation.indicators import IndicatorCommands
from countersign.service.commands.moderation.leaks import LeakCommands
from countersign.service.commands.moderation.mutes import MuteCommands
from countersign.service.commands.moderation.raids import RaidCommands
from countersign.service.commands.moderation.reverts import Reverts
from countersign.service.commands.moderation.trust import TrustCommands
from countersign.service.commands.moderation.undo import UndoCommands
from countersign.service.commands.operation.archive import ArchiveCommands
from countersign.service.commands.operation.key_changes import KeyChangeCommands
from countersign.service.commands.review.bulk_mutes import BulkMuteCommands
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.commands.review.people_choices import PeopleChoices
from countersign.service.commands.review.queue import ReviewCommands
from countersign.service.commands.review.queue_answers import ReviewAnswers
from countersign.service.commands.review.queue_listing import QueueListing
from countersign.service.commands.review.reported_events import ReportedEvents
from countersign.service.commands.review.reverts import ReviewReverts
from countersign.service.commands.review.spam import Redact, SpamCommands
from countersign.service.commands.review.statistics import StatisticsCommands
from countersign.service.leaks.unseen_signatures import UnseenSignatures
from countersign.service.measures.spam_marks import SpamMarks
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.rooms.room import Room


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommandDependencies:
    """Dependencies of the commands that need no running server.

    Attributes:
        find_archived: see `DecisionViews`.
        entry_numbers: encrypt the numbers of audit entries for moderators.
        activation: None while no server runs.
        rooms: returns the rooms that we are or were in.
        room_names: returns their names by room ID.
        redact: see `SpamCommands`.
        find_account: see `Confirmations`.
    """

    clock: Clock
    randomness: Randomness
    stores: Stores
    policies: Policies
    measures: Measures
    unseen: UnseenSignatures
    find_archived: FindArchived
    entry_numbers: EntryNumbers
    activation: PolicyActivation | None
    rooms: Callable[[], Iterable[Room]]
    room_names: RoomNames
    redact: Redact | None = None
    find_account: FindAccount | None = None
    confirmation_rules: ConfirmationRules = NOTHING_WAITS


def confirmation_rules(config: Config) -> ConfirmationRules:
    """Return which commands wait for a second person, from the settings."""
    settings = config.confirmations
    return ConfirmationRules(
        policy=frozenset(settings.policy),
        lists=frozenset(settings.lists),
        erasure=settings.erasure,
        mutes_above=settings.mutes_above,
    )


async def build_stored(dependencies: StoredCommandDependencies) -> StoredCommands:
    """Return the commands that need only the database, with tokens and frozen actors loaded.

    Raises:
        StoreUnavailable: they cannot be read.
    """
    clock, policies, stores, measures = (
        dependencies.clock,
        dependencies.policies,
        dependencies.stores,
        dependencies.measures,
    )
    register = AccessRegister(stores.access, clock)
    await register.load()
    audit = AuditLog(stores.audit, clock)
    permissions = Permissions(policies, register.require_active)
    needs = CommandNeeds(permissions, audit, clock)
    confirmations = Confirmations(
        needs,
        stores.confirmations,
        dependencies.confirmation_rules,
        register=register,
        find_account=dependencies.find_account,
        randomness=dependencies.randomness,
    )
    readable = ReadableRooms(permissions, dependencies.room_names)
    marks = SpamMarks(
        stores.outcomes,
        indicators=measures.indicators,
        lessons=measures.lessons,
        records=measures.trust,
        clock=clock,
    )
    decisions = _decision_commands(needs, readable, dependencies)
    spam = _spam_commands(needs, marks, dependencies)
    incidents = IncidentCommands(needs, stores.decisions, rooms=readable)
    reported = ReportedEvents(stores.reports, stores.decisions, readable)
    queue = QueueListing(
        needs, stores.reviews, appeals=stores.appeals, incidents=incidents, reported=reported
    )
    choices = PeopleChoices(
        needs, measures.trust, measures.mutes, incidents=incidents, rooms=dependencies.rooms
    )
    return StoredCommands(
        register=register,
        permissions=permissions,
        audit_log=audit,
        access=AccessCommands(needs, register, dependencies.randomness, dependencies.room_names),
        appeals=AppealCommands(
            needs,
            stores.appeals,
            decisions=stores.decisions,
            decision_commands=decisions,
            outcomes=stores.outcomes,
            audit_store=stores.audit,
            room_names=dependencies.room_names,
        ),
        archive=ArchiveCommands(needs, stores.archive, confirmations),
        audit=AuditCommands(stores.audit, permissions, dependencies.entry_numbers),
        decisions=decisions,
        guard=GuardCommands(needs, measures.guard),
        incidents=incidents,
        indicators=IndicatorCommands(needs, measures.indicators),
        key_changes=KeyChangeCommands(needs),
        leaks=LeakCommands(needs, stores.leaks, dependencies.unseen, readable),
        bulk_mutes=BulkMuteCommands(
            needs, measures.trust, measures.mutes, choices=choices, confirmations=confirmations
        ),
        mutes=MuteCommands(needs, measures.mutes),
        confirmations=confirmations,
        raids=RaidCommands(needs, measures.raids, measures.crowds, policies, confirmations),
        trust=TrustCommands(
            needs, measures.trust, stores.trust, measures.raids, dependencies.rooms
        ),
        review_queue=queue,
        reviews=ReviewCommands(
            needs,
            stores.reviews,
            queue=queue,
            incidents=incidents,
            reported=reported,
            answers=ReviewAnswers(decisions, spam),
        ),
        spam=spam,
        statistics=StatisticsCommands(
            needs, stores.decisions, stores.moderation, costs=measures.costs, policies=policies
        ),
        undo=_undo_commands(needs, register, marks, dependencies),
    )


def _decision_commands(
    needs: CommandNeeds, readable: ReadableRooms, dependencies: StoredCommandDependencies
) -> DecisionCommands:
    stores = dependencies.stores
    return DecisionCommands(
        needs,
        stores.decisions,
        outcomes=stores.outcomes,
        appeals=stores.appeals,
        views=DecisionViews(
            outcomes=stores.outcomes,
            evidence=stores.evidence,
            find_archived=dependencies.find_archived,
            room_names=dependencies.room_names,
        ),
        allowances=dependencies.measures.allowances,
        rooms=readable,
        policies=dependencies.policies,
    )


def _spam_commands(
    needs: CommandNeeds, marks: SpamMarks, dependencies: StoredCommandDependencies
) -> SpamCommands:
    return SpamCommands(
        needs,
        dependencies.stores.decisions,
        marks=marks,
        lessons=dependencies.measures.lessons,
        evidence=dependencies.stores.evidence,
        find_archived=dependencies.find_archived,
        find_room=lambda room_id: next(
            (each for each in dependencies.rooms() if each.room_id == room_id), None
        ),
        redact=dependencies.redact,
    )


def _undo_commands(
    needs: CommandNeeds,
    register: AccessRegister,
    marks: SpamMarks,
    dependencies: StoredCommandDependencies,
) -> UndoCommands:
    measures = dependencies.measures
    reverts = Reverts(
        register=register,
        records=measures.trust,
        raids=measures.raids,
        guard=measures.guard,
        indicators=measures.indicators,
        allowances=measures.allowances,
        policies=dependencies.policies,
        activation=dependencies.activation,
        confirmed_policies=dependencies.confirmation_rules.changing_policies,
        clock=dependencies.clock,
    )
    review_reverts = ReviewReverts(
        decisions=dependencies.stores.decisions,
        marks=marks,
        indicators=measures.indicators,
        mutes=measures.mutes,
        records=measures.trust,
        clock=dependencies.clock,
    )
    return UndoCommands(
        needs,
        dependencies.stores.audit,
        planners={**reverts.planners, **review_reverts.planners},
        numbers=dependencies.entry_numbers,
    )
