"""As what an event is settled in the counters."""

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.policies.dependencies import is_senders_own_doing
from countersign.ports.counters import Settlement
from countersign.service.answers.asked import Asked


def settlement_of(asked: Asked, decision: Decision) -> Settlement:
    """Return as what an event is settled.

    What others brought about is not held against its sender: a raid, or a rate that they share. Nor
    is what was refused for courtesy alone.
    """
    if decision.verdict is Verdict.SIGN:
        return Settlement.SIGNED
    if decision.is_warning:
        return Settlement.WARNED
    if decision.is_courtesy or _is_others_doing(asked, decision):
        return Settlement.EXCUSED
    return Settlement.REFUSED


def _is_others_doing(asked: Asked, decision: Decision) -> bool:
    labels = {finding.label for finding in decision.held_against_sender}
    found = [step for step in asked.policy.pipeline.steps if step.label in labels]
    return bool(found) and not any(map(is_senders_own_doing, found))
