"""Commands on policies: which are in force, and putting their sources in force."""

from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.audit import AuditLog
from countersign.service.commands.permissions import Command, Permissions
from countersign.service.policies.policies_in_force import Policies


class PolicyCommands:
    """Shows which policies are in force, and reloads them."""

    def __init__(self, policies: Policies, permissions: Permissions, audit: AuditLog) -> None:
        self._policies = policies
        self._permissions = permissions
        self._audit = audit

    def status(self, actor: Actor) -> JsonObject:
        """Return the revision in force of each community that the actor knows.

        `trouble`, which may name any community, is the operator's to see.

        Raises:
            Forbidden: the actor may see none.
        """
        known = self._permissions.communities(actor, Command.POLICY_STATUS)
        return {
            "communities": [
                {"name": each.name, "revision": each.policy.revision} for each in known
            ],
            "trouble": self._policies.trouble if actor.is_operator else None,
        }

    async def reload(self, actor: Actor) -> JsonObject:
        """Put the policies in force as their sources say now; return the default one's revision.

        Raises:
            Forbidden: the actor is no operator.
            PolicyInvalid: a source holds mistakes; what was in force stays.
        """
        self._permissions.require(actor, Command.POLICY_RELOAD)
        async with self._audit.change(
            actor, Command.POLICY_RELOAD, details={"before": self._revisions()}
        ) as details:
            revision = self._policies.reload().revision
            details["after"] = self._revisions()
        return {"revision": revision}

    def _revisions(self) -> dict[str, str]:
        return {each.name: each.policy.revision for each in self._policies.all()}
