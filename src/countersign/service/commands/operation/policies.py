"""Commands on policies: status, activation, roll-back, reload."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Final

from countersign.basics.community_names import ALLOWED, is_community_name
from countersign.policy.policies.differences import changes_lists, differences
from countersign.ports.actors import Actor
from countersign.ports.event_loop.busy_threads import in_thread
from countersign.ports.stores.confirmations import Confirmation
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.confirmations import Confirmations
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import Forbidden, WaitsForConfirmation
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY, Policies
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.policy_records import ACTIVATED, ROLLED_BACK, ChangeNote

MAX_NOTE_CHARS: Final = 1_000
MAX_NAMED: Final = 5
"""Maximum number of steps named in the summary of a policy that waits for a second person."""

FROM_FILES: Final = (
    "This server takes its policies from files, which its operator changes. Hand them the document."
)
OTHER_ROOMS: Final = (
    "The document is for other rooms than the policy in force. Only an operator changes which "
    "rooms a community has."
)


class PolicyCommands(CommandGroup):
    """Shows and changes the policies in force.

    Args:
        activation: changes them.
        confirmations: keep changes until a second person confirms them.
    """

    def __init__(
        self,
        needs: CommandNeeds,
        policies: Policies,
        activation: PolicyActivation,
        confirmations: Confirmations,
    ) -> None:
        super().__init__(needs)
        self._policies = policies
        self._activation = activation
        self._confirmations = confirmations
        for command in (Command.POLICY_ACTIVATE, Command.POLICY_ROLLBACK):
            confirmations.on_confirmed(command, self._carry_out)

    async def status(self, actor: Actor) -> JsonObject:
        """Return the revision in force of each community that the actor knows.

        `file_revision` is that of the file when it came into force. Only operators see `trouble`.
        """
        communities = self._permissions.communities(actor, Command.POLICY_STATUS)
        acknowledged = await self._activation.acknowledged()
        return {
            "communities": [
                {
                    "name": each.name,
                    "revision": each.policy.revision,
                    "file_revision": acknowledged.get(each.name, each.policy.revision),
                }
                for each in communities
            ],
            "source": "files" if self._activation.takes_files else "database",
            "trouble": self._policies.trouble if actor.is_operator else None,
        }

    async def reload(self, actor: Actor, change: JsonObject) -> JsonObject:
        """Put the policies of the files in force; return the default one's revision.

        Args:
            actor: the actor.
            change: empty, or what was done to one file: `community`, `what`, `by`, `note`, and as
                `found` its content before.

        Raises:
            BadJson: a field is not what it must be.
            PolicyInvalid: a file has mistakes; the policies in force stay.
        """
        self._permissions.require(actor, Command.POLICY_RELOAD)
        change_note = _change_note(actor, change) if change else None
        async with self._audit.change(
            actor, Command.POLICY_RELOAD, details={"before": self._revisions()}
        ) as details:
            await self._activation.reload(change_note)
            details["after"] = self._revisions()
        return {"revision": self._policies.current.revision}

    async def activate(self, actor: Actor, document: bytes, about: JsonObject) -> JsonObject:
        """Put a document in force as a community's policy; return its revision.

        Args:
            actor: the actor.
            document: the text of the document.
            about: `community`, `by` and `note`, each optional.

        Raises:
            NotFound, Forbidden: the actor may not do that there.
            BadJson: a field is invalid.
            PolicyInvalid: the document has mistakes, or conflicts with other policies.
            WaitsForConfirmation: the settings want a second person to confirm it.
        """
        community, note = self._community(actor, Command.POLICY_ACTIVATE, about), _note(about)
        self._require_rooms_stay(actor, community, document)
        async with self._change(actor, Command.POLICY_ACTIVATE, community, note) as details:
            if await self._needs_second(community, document):
                raise await self._waiting(
                    actor, Command.POLICY_ACTIVATE, community, document, about
                )
            policy = await self._activation.activate(
                community, document, actor=_by(actor, about), note=note
            )
            details["after"] = policy.revision
        return {"revision": policy.revision}

    async def roll_back(self, actor: Actor, about: JsonObject) -> JsonObject:
        """Put an earlier policy of a community in force again; return its revision.

        Going back to the previous policy needs no second person, so that the last change can be
        reverted quickly. Each further step back needs one; otherwise one person could go back to a
        community's first policy.

        Args:
            actor: the actor.
            about: `community`, `to` (a revision or its beginning), `by` and `note`, each optional.

        Raises:
            NotFound, Forbidden: the actor may not do that there, or there is no such revision.
            BadJson: a field is invalid.
            PolicyInvalid: the policy now conflicts with others.
            WaitsForConfirmation: the settings want a second person to confirm it.
        """
        community, note = self._community(actor, Command.POLICY_ROLLBACK, about), _note(about)
        to = _text(about, "to") or None
        _, document = await self._activation.find(community, to)
        self._require_rooms_stay(actor, community, document)
        async with self._change(actor, Command.POLICY_ROLLBACK, community, note) as details:
            is_last = to is None and not await self._activation.records.is_rolled_back(community)
            if not is_last and await self._needs_second(community, document):
                raise await self._waiting(
                    actor, Command.POLICY_ROLLBACK, community, document, about
                )
            policy = await self._activation.activate(
                community, document, actor=_by(actor, about), note=note, what=ROLLED_BACK
            )
            details["after"] = policy.revision
        return {"revision": policy.revision}

    async def _needs_second(self, community: str, document: bytes) -> bool:
        """Return True if the settings want a second person to confirm a document.

        Raises:
            PolicyInvalid: it holds mistakes, and whether it follows other lists is not known.
        """
        rules = self._confirmations.rules
        if community in rules.policy or community not in rules.lists:
            return community in rules.policy
        before = self._policies.find(community)
        after = await in_thread(self._activation.parse, document)
        return before is None or changes_lists(before.policy, after)

    async def _waiting(
        self, actor: Actor, command: Command, community: str, document: bytes, about: JsonObject
    ) -> WaitsForConfirmation:
        """Store a document until a second person confirms it; return the error that reports that.

        Raises:
            PolicyInvalid: the document has mistakes.
            BadJson: too many commands wait.
        """
        policy = await in_thread(self._activation.parse, document)
        before = self._policies.find(community)
        changes = [] if before is None else differences(before.policy, policy)
        names = ", ".join(f"{each.name} {each.kind.value}" for each in changes[:MAX_NAMED])
        others = f" and {len(changes) - MAX_NAMED:,} more" if len(changes) > MAX_NAMED else ""
        return await self._confirmations.ask(
            actor,
            command,
            community=community,
            summary=f"Policy {policy.revision} of {community}: {names or 'decides as now'}{others}",
            parameters={
                "document": document.decode("utf-8-sig"),
                "before": before and before.policy.revision,
                "by": _by(actor, about),
                "note": _note(about),
            },
        )

    async def _carry_out(self, actor: Actor, waiting: Confirmation) -> JsonObject:
        """Activate a document that a second person confirmed.

        Raises:
            BadJson: another policy came into force meanwhile.
        """
        community, parameters = waiting.community or DEFAULT_COMMUNITY, waiting.parameters
        document = parameters["document"].encode()
        self._require_rooms_stay(actor, community, document)
        before = self._policies.find(community)
        if (before and before.policy.revision) != parameters["before"]:
            raise BadJson(
                "Another policy came into force since this was asked for. Decline it, and give it "
                "anew."
            )
        command = Command(waiting.command)
        note = f"{parameters['note']} (confirmed by {actor.name})".strip()
        async with self._change(actor, command, community, note) as details:
            details["asked_by"] = waiting.actor
            kind = {Command.POLICY_ROLLBACK: ROLLED_BACK}.get(command, ACTIVATED)
            policy = await self._activation.activate(
                community, document, actor=parameters["by"], note=note, what=kind
            )
            details["after"] = policy.revision
        return {"revision": policy.revision}

    def _change(
        self, actor: Actor, command: Command, community: str, note: str
    ) -> AbstractAsyncContextManager[dict[str, Any]]:
        before = self._policies.find(community)
        return self._audit.change(
            actor,
            command,
            community=community,
            details={"before": before and before.policy.revision, "note": note},
        )

    def _community(self, actor: Actor, command: Command, about: JsonObject) -> str:
        """Return the name of the community; an operator may name a new one."""
        name = about.get("community")
        self._permissions.require(actor, command)
        if actor.is_operator and isinstance(name, str) and self._policies.find(name) is None:
            if command is Command.POLICY_ACTIVATE and not is_community_name(name):
                raise BadJson(f"The field 'community' must be {ALLOWED}.")
            return name
        return self._permissions.community(actor, command, name).name

    def _require_rooms_stay(self, actor: Actor, community: str, document: bytes) -> None:
        """Check that the document of one community's lead takes over no rooms of others.

        Raises:
            Forbidden: it would, or the policies come from the operator's files.
            PolicyInvalid: the document has mistakes.
        """
        if actor.is_operator:
            return
        if self._activation.takes_files:
            raise Forbidden(FROM_FILES)
        before = self._policies.find(community)
        if before is None or self._activation.parse(document).rooms != before.policy.rooms:
            raise Forbidden(OTHER_ROOMS)

    def _revisions(self) -> dict[str, str]:
        return {each.name: each.policy.revision for each in self._policies.all()}


def _change_note(actor: Actor, change: JsonObject) -> ChangeNote:
    what, document_before = _text(change, "what"), change.get("found")
    if what not in (ACTIVATED, ROLLED_BACK):
        raise BadJson(f"The field 'what' must be {ACTIVATED!r} or {ROLLED_BACK!r}.")
    return ChangeNote(
        community=_text(change, "community") or DEFAULT_COMMUNITY,
        what=what,
        actor=_by(actor, change),
        note=_note(change),
        document_before=(document_before.encode() if isinstance(document_before, str) else None),
    )


def _by(actor: Actor, about: JsonObject) -> str:
    """Return the name for the history; a holder of the operator's token may give a name."""
    return (_text(about, "by") if actor.is_operator else "") or actor.name


def _note(about: JsonObject) -> str:
    return _text(about, "note")


def _text(about: JsonObject, name: str) -> str:
    text = about.get(name, "")
    if not isinstance(text, str) or len(text) > MAX_NOTE_CHARS:
        raise BadJson(f"The field {name!r} must be text of at most {MAX_NOTE_CHARS:,} characters.")
    return text
