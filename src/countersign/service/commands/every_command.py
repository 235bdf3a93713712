"""All commands of one server in one object, for the faces."""

from dataclasses import dataclass

from countersign.service.commands.actors.access import AccessCommands
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.commands.actors.audit import AuditCommands, AuditLog
from countersign.service.commands.actors.browser_sign_ins import BrowserSignIns
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.permissions import Permissions
from countersign.service.commands.moderation.appeals import AppealCommands
from countersign.service.commands.moderation.decisions import DecisionCommands
from countersign.service.commands.moderation.guard import GuardCommands
from countersign.service.commands.moderation.indicators import IndicatorCommands
from countersign.service.commands.moderation.leaks import LeakCommands
from countersign.service.commands.moderation.lists import ListCommands
from countersign.service.commands.moderation.mutes import MuteCommands
from countersign.service.commands.moderation.raids import RaidCommands
from countersign.service.commands.moderation.trust import TrustCommands
from countersign.service.commands.moderation.undo import UndoCommands
from countersign.service.commands.operation.archive import ArchiveCommands
from countersign.service.commands.operation.community_leave import CommunityLeave
from countersign.service.commands.operation.key_changes import KeyChangeCommands
from countersign.service.commands.operation.keys import KeyCommands
from countersign.service.commands.operation.policies import PolicyCommands
from countersign.service.commands.operation.policy_documents import PolicyDocumentCommands
from countersign.service.commands.operation.policy_tests import PolicyTestCommands
from countersign.service.commands.operation.privacy import PrivacyCommands
from countersign.service.commands.operation.protecting import ProtectCommands
from countersign.service.commands.operation.protection_steps import ProtectionSteps
from countersign.service.commands.operation.rooms import RoomCommands
from countersign.service.commands.review.backtests import BacktestCommands
from countersign.service.commands.review.bulk_mutes import BulkMuteCommands
from countersign.service.commands.review.incidents import IncidentCommands
from countersign.service.commands.review.queue import ReviewCommands
from countersign.service.commands.review.queue_listing import QueueListing
from countersign.service.commands.review.spam import SpamCommands
from countersign.service.commands.review.statistics import StatisticsCommands


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommands:
    """Commands that need only the database, available whether a server runs or not.

    Attributes:
        register: tokens and frozen actors.
        permissions: decide what an actor may do where.
        audit_log: records commands.
    """

    register: AccessRegister
    permissions: Permissions
    audit_log: AuditLog
    access: AccessCommands
    appeals: AppealCommands
    archive: ArchiveCommands
    audit: AuditCommands
    confirmations: Confirmations
    decisions: DecisionCommands
    guard: GuardCommands
    incidents: IncidentCommands
    indicators: IndicatorCommands
    key_changes: KeyChangeCommands
    leaks: LeakCommands
    bulk_mutes: BulkMuteCommands
    mutes: MuteCommands
    raids: RaidCommands
    review_queue: QueueListing
    reviews: ReviewCommands
    spam: SpamCommands
    statistics: StatisticsCommands
    trust: TrustCommands
    undo: UndoCommands


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands(StoredCommands):
    """All commands of a running server."""

    backtests: BacktestCommands
    browser_sign_ins: BrowserSignIns
    keys: KeyCommands
    lists: ListCommands
    policies: PolicyCommands
    policy_documents: PolicyDocumentCommands
    policy_tests: PolicyTestCommands
    privacy: PrivacyCommands
    protecting: ProtectCommands
    protection: ProtectionSteps
    community_leave: CommunityLeave
    rooms: RoomCommands
