"""Commands that are grouped by subject, and what all of them need."""

from dataclasses import dataclass

from countersign.ports.clock import Clock
from countersign.service.commands.actors.audit import AuditLog
from countersign.service.commands.actors.permissions import Permissions


@dataclass(frozen=True, slots=True)
class CommandNeeds:
    """Dependencies of every command.

    Attributes:
        permissions: decide what an actor may do where.
        audit: records commands.
    """

    permissions: Permissions
    audit: AuditLog
    clock: Clock


class CommandGroup:
    """Commands on one subject, one method for each.

    Args:
        needs: what every command needs.
    """

    def __init__(self, needs: CommandNeeds) -> None:
        self._permissions = needs.permissions
        self._audit = needs.audit
        self._clock = needs.clock
