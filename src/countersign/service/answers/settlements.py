"""Settlement of a decided event in the counters."""

from collections.abc import Sequence

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.events import Event
from countersign.policy.findings import FindingKind
from countersign.policy.judging.steps import Step
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.policy.questions.crowds import Crowd, SimilarBefore
from countersign.ports.counters import Settlement
from countersign.service.answers.answers import NOTHING_COUNTED, Counted
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.retries import RETRIES


def settlement_of(
    context: EventContext, decision: Decision, counted: Counted = NOTHING_COUNTED
) -> Settlement:
    """Return how an event is to be settled.

    Only refusals for evidence of abuse count against a sender. Refusals by moderators' rules, for
    malformed events, for courtesy, and for the behaviour of others (a raid, a shared rate) do not;
    nor does a text that others wrote, too, if nothing in it looks like fraud.

    Args:
        context: the event with its community and policy.
        decision: the decision on it.
        counted: the counters' replies, which show whether it is a retry.
    """
    if decision.verdict is Verdict.SIGN:
        return Settlement.SIGNED
    if decision.is_warning:
        return Settlement.WARNED
    if RETRIES.is_retry(counted):
        return Settlement.RETRIED
    evidence = {each.label for each in decision.deciding if each.kind is FindingKind.EVIDENCE}
    steps = [step for step in context.policy.pipeline.steps if step.label in evidence]
    own = [step for step in steps if is_senders_own_doing(step)]
    if not evidence or (steps and not own):
        return Settlement.EXCUSED
    if own and _is_only_alike(context, decision, own) and _did_others_write(context.event, counted):
        return Settlement.ALIKE
    return Settlement.REFUSED


def _is_only_alike(context: EventContext, decision: Decision, own: Sequence[Step]) -> bool:
    """Return True if only likeness to other texts is held against a text that leads nowhere.

    Other evidence that makes half of the threshold is held against it, too.
    """
    event = context.event
    if event.indicators or event.seen.links or event.seen.media:
        return False
    steps = context.policy.pipeline.steps
    waves = {step.label for step in steps if step.filter.finds_likeness}
    if any(step.label not in waves for step in own):
        return False
    crowds = waves | {step.label for step in steps if not is_senders_own_doing(step)}
    weights = [each.weight or 0 for each in decision.findings if each.label not in crowds]
    return 2 * sum(weights) < (decision.threshold or 1)


def _did_others_write(event: Event, counted: Counted) -> bool:
    """Return True if other people wrote nearly the same text lately."""
    return any(
        not reply.senders <= {event.sender}
        for question, reply in zip(counted.asking, counted.replies, strict=False)
        if isinstance(question, SimilarBefore) and isinstance(reply, Crowd)
    )
