"""As what an event is settled in the counters."""

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import FindingKind
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.ports.counters import Settlement
from countersign.service.answers.answers import NOTHING_COUNTED, Counted
from countersign.service.answers.asked import Asked
from countersign.service.answers.retries import RETRIES


def settlement_of(
    asked: Asked, decision: Decision, counted: Counted = NOTHING_COUNTED
) -> Settlement:
    """Return as what an event is settled.

    Only evidence of abuse is held against a sender. Rules of moderators and malformed events are
    not, nor courtesy, nor what others brought about: a raid, or a rate that they share.

    Args:
        asked: the event.
        decision: on it.
        counted: what the counters replied, which tells of a retry.
    """
    if decision.verdict is Verdict.SIGN:
        return Settlement.SIGNED
    if decision.is_warning:
        return Settlement.WARNED
    if RETRIES.is_retry(counted):
        return Settlement.RETRIED
    return Settlement.REFUSED if _is_senders_abuse(asked, decision) else Settlement.EXCUSED


def _is_senders_abuse(asked: Asked, decision: Decision) -> bool:
    evidence = (each for each in decision.deciding if each.kind is FindingKind.EVIDENCE)
    labels = {finding.label for finding in evidence}
    if not labels:
        return False
    found = [step for step in asked.policy.pipeline.steps if step.label in labels]
    return not found or any(map(is_senders_own_doing, found))
