"""Commands on the runaway guard: list dropped steps, and restore them."""

from dataclasses import asdict
from typing import Final

from countersign.policy.policies.dependencies import droppable_steps
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.measures.runaway_guard import RunawayGuard
from countersign.service.policies.policies_in_force import Community

GUARD_IS_OFF: Final = "The guard is switched off in this community's policy (guard: is_on)."
NO_DROPPABLE_STEPS: Final = (
    "No step of this community's policy can be dropped: none refuses, or all name people."
)


class GuardCommands(CommandGroup):
    """Shows dropped steps, and restores them."""

    def __init__(self, needs: CommandNeeds, guard: RunawayGuard) -> None:
        super().__init__(needs)
        self._guard = guard

    def list(self, actor: Actor) -> JsonObject:
        """Return the dropped steps, and those that the guard may drop, by community."""
        communities = self._permissions.communities(actor, Command.GUARD_LIST)
        community_names = {each.name for each in communities}
        dropped = [
            asdict(step)
            for step in self._guard.all()
            if step.community in community_names or actor.is_operator
        ]
        return {"dropped": dropped, "communities": [_guarded(each) for each in communities]}

    async def restore(self, actor: Actor, *, step: object, community: object = None) -> JsonObject:
        """Restore a dropped step; return it.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or it is not dropped.
        """
        target = self._permissions.community(actor, Command.GUARD_RESTORE, community)
        if not isinstance(step, str):
            raise BadJson("Name the step, as the policy does.")
        dropped = [each.step for each in self._guard.all() if each.community == target.name]
        if step not in dropped:
            raise NotFound(f"The step {step} of {target.name} is not dropped.")
        async with self._audit.change(
            actor, Command.GUARD_RESTORE, community=target.name, subject=step
        ) as details:
            restored = await self._guard.restore(target.name, step)
            if restored is None:
                raise NotFound(f"The step {step} of {target.name} is not dropped any more.")
            details["before"] = asdict(restored)
        return {"restored": asdict(restored)}


def _guarded(community: Community) -> JsonObject:
    policy = community.policy
    steps = droppable_steps(policy.pipeline)
    note = None if steps else NO_DROPPABLE_STEPS
    if not policy.guard_rules.is_on:
        steps, note = (), GUARD_IS_OFF
    return {"community": community.name, "steps": steps, "note": note}
