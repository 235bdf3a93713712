"""Commands on policy documents: show, history, comparison with another one, a step's mode."""

from typing import Final

from countersign.policy.findings import Mode
from countersign.policy.policies.differences import Difference, Kind, differences
from countersign.policy.policies.lint import lint_policy
from countersign.policy.policies.mode_edits import BY_HAND, CannotEdit, with_mode
from countersign.policy.policies.policy_documents import Policy, PolicyInvalid
from countersign.ports.actors import Actor
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.commands.operation.policies import PolicyCommands
from countersign.service.errors import NotFound
from countersign.service.policies.policies_in_force import Community, Policies
from countersign.service.policies.policy_activation import PolicyActivation

MAX_HISTORY: Final = 200


class PolicyDocumentCommands(CommandGroup):
    """Shows policy documents and their history, and checks and compares other documents.

    Args:
        activation: has their documents and history.
        changing: activates documents.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        policies: Policies,
        activation: PolicyActivation,
        changing: PolicyCommands,
    ) -> None:
        super().__init__(needs)
        self._policies = policies
        self._activation = activation
        self._changing = changing

    async def show(
        self, actor: Actor, *, community: object = None, revision: str | None = None
    ) -> JsonObject:
        """Return a community's policy document: the one in force, or an earlier one.

        Args:
            actor: the actor.
            community: see `Permissions.community`.
            revision: its beginning is enough; None for the one in force.

        Returns:
            `community`, `revision`, `document` (text), `is_in_force`; `actor`, `ts` and `note` of
            the one in force; `steps` of the one in force: `label`, `mode`, `filter`, `weight`.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or there is no such revision.
        """
        target = self._permissions.community(actor, Command.POLICY_SHOW, community)
        await self._audit.read(
            actor, Command.POLICY_SHOW, community=target.name, subject=revision or None
        )
        row = await self._activation.find_in_force(target.name)
        current = target.policy.revision
        if row is None and revision is None:
            raise NotFound(f"The document of {target.name} is not kept; see its policy file.")
        if row is not None and (revision is None or row.revision.startswith(revision)):
            shown, document = row.revision, row.document
        else:
            shown, document = await self._activation.find(target.name, revision)
        is_in_force = row is not None and shown == row.revision
        return {
            "community": target.name,
            "revision": shown,
            "document": document.decode("utf-8-sig", "replace"),
            "is_in_force": is_in_force,
            "actor": row.actor if row is not None and is_in_force else None,
            "ts": row.ts if row is not None and is_in_force else None,
            "note": row.note if row is not None and is_in_force else None,
            "steps": _steps(target.policy) if shown == current else [],
        }

    async def history(self, actor: Actor, *, community: object = None) -> JsonObject:
        """Return the policy changes of a community, newest first."""
        target = self._permissions.community(actor, Command.POLICY_LIST, community)
        await self._audit.read(actor, Command.POLICY_LIST, community=target.name)
        changes = await self._activation.changes(target.name)
        return {
            "community": target.name,
            "changes": [
                {
                    "ts": each.ts,
                    "revision": each.revision,
                    "what": each.what,
                    "actor": each.actor or None,
                    "note": each.note,
                    "is_in_force": each.revision == target.policy.revision,
                }
                for each in changes[:MAX_HISTORY]
            ],
        }

    async def compare(self, actor: Actor, document: str, *, community: object = None) -> JsonObject:
        """Return the mistakes in a document, and its differences from the policy in force.

        Nothing is changed.

        Args:
            actor: the actor.
            document: the text of the document.
            community: the community that it is for; see `Permissions.community`.

        Returns:
            `community`; `revision`, null if the document is invalid; `mistakes`, each a sentence
            with its line; `warnings`, likewise; `differences`: `kind`, `name` and `details` of each
            step and section that differs from the policy in force.
        """
        target = self._permissions.community(actor, Command.POLICY_COMPARE, community)
        try:
            policy = await in_thread(self._activation.parse, document.encode())
        except PolicyInvalid as error:
            return {
                "community": target.name,
                "revision": None,
                "mistakes": [str(mistake) for mistake in error.mistakes],
                "warnings": [],
                "differences": [],
            }
        return {
            "community": target.name,
            "revision": policy.revision,
            "mistakes": [],
            "warnings": list(lint_policy(policy)),
            "differences": [_difference(each) for each in differences(target.policy, policy)],
        }

    async def set_mode(
        self, actor: Actor, *, step: str, mode: object, community: object = None, note: str = ""
    ) -> JsonObject:
        """Change the mode of a step in the document; return the new revision.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community` and `PolicyCommands.activate`;
                there is no such step or mode, or the document must be changed by hand.
        """
        target = self._permissions.community(actor, Command.POLICY_ACTIVATE, community)
        if not isinstance(mode, str) or mode not in set(Mode):
            raise BadJson(f"The mode must be one of {', '.join(Mode)}.")
        if step not in {each.label for each in target.policy.pipeline.steps}:
            raise NotFound(f"There is no step {step!r} in the policy of {target.name}.")
        shown = await self.show(actor, community=target.name)
        if shown["revision"] != target.policy.revision:
            raise BadJson("The policy is changing just now. Try again.")
        document = str(shown["document"]).encode()
        changed = await in_thread(self._edited, target, document, step, Mode(mode))
        about = {"community": target.name, "note": note or f"{step}: {mode}"}
        return await self._changing.activate(actor, changed, about)

    def _edited(self, community: Community, document: bytes, step: str, mode: Mode) -> bytes:
        """Return the document with another mode of a step, otherwise unchanged.

        Raises:
            BadJson: the document must be changed by hand.
        """
        try:
            changed = with_mode(document, step, mode)
            policy = self._activation.parse(changed)
        except (CannotEdit, PolicyInvalid) as error:
            raise BadJson(f"The step {step!r} was not changed. {error}") from error
        changes = differences(community.policy, policy)
        if not changes:
            raise BadJson(f"The step {step!r} is in mode {mode.value} already.")
        if len(changes) != 1 or not _is_mode(changes[0], step, mode):
            raise BadJson(f"The step {step!r} stands in a place that cannot be changed. {BY_HAND}")
        return changed


def _is_mode(difference: Difference, step: str, mode: Mode) -> bool:
    """Return True if a difference is only the mode of one step, or that it is off."""
    if difference.name != step:
        return False
    if mode is Mode.OFF:
        return difference.kind is Kind.REMOVED
    is_changed = difference.kind is Kind.CHANGED
    return is_changed and all(each.startswith("mode:") for each in difference.details)


def _difference(difference: Difference) -> JsonObject:
    return {
        "kind": difference.kind.value,
        "name": difference.name,
        "details": list(difference.details),
    }


def _steps(policy: Policy) -> list[JsonObject]:
    return [
        {
            "label": step.label,
            "filter": step.filter.name,
            "mode": step.mode.value,
            "weight": step.most_weight or None,
        }
        for step in policy.pipeline.steps
    ]
