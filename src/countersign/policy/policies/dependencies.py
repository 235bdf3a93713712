"""Dependencies of a policy's steps on raid mode, trust, policy lists and other people."""

from collections.abc import Iterable
from typing import Final

from countersign.policy.filters.cel.rules import Rule
from countersign.policy.filters.people.policy_list import PolicyList
from countersign.policy.findings import Mode
from countersign.policy.judging.pipeline import Pipeline
from countersign.policy.judging.steps import EVERYONE, Step
from countersign.policy.measures.trust_records import Trust

_LEVEL: Final = "sender.trust"
_STRICT: Final = "raid.is_strict"


def depends_on_raid(step: Step) -> bool:
    """Return True if raid mode, in which newcomers are untrusted, changes whom the step refuses."""
    return step.tells_untrusted_from_new or (
        isinstance(step.filter, Rule) and step.filter.compares_texts()
    )


def depends_on_trust(step: Step) -> bool:
    """Return True if the step's effect depends on the sender's level of trust."""
    return (
        step.applies_to != EVERYONE
        or step.exemptions.trust is not None
        or (isinstance(step.filter, Rule) and _LEVEL in step.filter.when.reads)
    )


def raid_steps(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the labels of the steps that depend on raid mode, in the policy's order."""
    return _labels(step for step in pipeline.steps if depends_on_raid(step))


def strict_raid_steps(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the labels of the steps that refuse newcomers in strict raid mode."""
    return _labels(
        step
        for step in pipeline.steps
        if (Trust.UNTRUSTED in step.applies_to and Trust.NEW not in step.applies_to)
        or (isinstance(step.filter, Rule) and _STRICT in step.filter.when.reads)
    )


def trust_steps(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the labels of the steps that depend on trust, in the policy's order.

    If the policy exempts a level of trust from everything, all its steps do.
    """
    is_for_all = pipeline.exemptions.trust is not None
    return _labels(step for step in pipeline.steps if is_for_all or depends_on_trust(step))


def droppable_steps(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the labels of the steps that the runaway guard may drop, in the policy's order."""
    return _labels(
        step
        for step in pipeline.steps
        if step.mode in (Mode.ENFORCE, Mode.WARN) and not step.filter.names_people()
    )


def steps_naming_people(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the labels of the steps that refuse named people, such as those on policy lists."""
    return _labels(step for step in pipeline.steps if step.filter.names_people())


def steps_expecting_crowds(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the labels of the steps whose purpose is to refuse many people at once."""
    return _labels(step for step in pipeline.steps if step.filter.expects_crowds)


def followed_lists(pipeline: Pipeline) -> frozenset[str]:
    """Return the room IDs of all policy lists that the policy follows."""
    return frozenset(
        list_id
        for step in pipeline.steps
        if isinstance(step.filter, PolicyList)
        for list_id in step.filter.lists
    )


def is_senders_own_doing(step: Step) -> bool:
    """Return True if refusals by the step depend only on what the sender did.

    They do not if a rate is shared with others, or in a raid.
    """
    return not step.filter.counts_others() and not depends_on_raid(step)


def _labels(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step.label for step in steps))
