"""All commands of one server in one place, for the faces over them."""

from dataclasses import dataclass

from countersign.service.commands.access import AccessCommands, AccessRegister
from countersign.service.commands.audit import AuditCommands, AuditLog
from countersign.service.commands.decisions import DecisionCommands
from countersign.service.commands.guard import GuardCommands
from countersign.service.commands.keys import KeyCommands
from countersign.service.commands.leaks import LeakCommands
from countersign.service.commands.lists import ListCommands
from countersign.service.commands.permissions import Permissions
from countersign.service.commands.policies import PolicyCommands
from countersign.service.commands.privacy import PrivacyCommands
from countersign.service.commands.raids import RaidCommands
from countersign.service.commands.rooms import RoomCommands
from countersign.service.commands.trust import TrustCommands
from countersign.service.commands.undo import UndoCommands


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCommands:
    """Commands that need only the database, available whether a server runs or not.

    Attributes:
        register: knows whom a token lets in.
        permissions: what an actor may do where.
        audit_log: where commands are written down.
    """

    register: AccessRegister
    permissions: Permissions
    audit_log: AuditLog
    access: AccessCommands
    audit: AuditCommands
    decisions: DecisionCommands
    guard: GuardCommands
    leaks: LeakCommands
    raids: RaidCommands
    trust: TrustCommands
    undo: UndoCommands


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands(StoredCommands):
    """Everything that a person can ask of a running server."""

    keys: KeyCommands
    lists: ListCommands
    policies: PolicyCommands
    privacy: PrivacyCommands
    rooms: RoomCommands
