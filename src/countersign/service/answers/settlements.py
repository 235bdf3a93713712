"""Settlement of a decided event in the counters."""

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import FindingKind
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.ports.counters import Settlement
from countersign.service.answers.answers import NOTHING_COUNTED, Counted
from countersign.service.answers.event_context import EventContext
from countersign.service.answers.retries import RETRIES


def settlement_of(
    context: EventContext, decision: Decision, counted: Counted = NOTHING_COUNTED
) -> Settlement:
    """Return how an event is to be settled.

    Only refusals for evidence of abuse count against a sender. Refusals by moderators' rules, for
    malformed events, for courtesy, and for the behaviour of others (a raid, a shared rate) do not.

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
    return Settlement.REFUSED if _is_senders_abuse(context, decision) else Settlement.EXCUSED


def _is_senders_abuse(context: EventContext, decision: Decision) -> bool:
    evidence = (each for each in decision.deciding if each.kind is FindingKind.EVIDENCE)
    labels = {finding.label for finding in evidence}
    if not labels:
        return False
    found = [step for step in context.policy.pipeline.steps if step.label in labels]
    return not found or any(map(is_senders_own_doing, found))
