"""Reports of backtests as JSON."""

from typing import Any

from countersign.policy.policies.policy_documents import Policy
from countersign.service.trials.backtests import Group, Report


def report_to_json(policy: Policy, report: Report) -> dict[str, Any]:
    """Return a backtest's report as JSON, with examples."""
    return {
        "revision": policy.revision,
        "events": report.events,
        "refused_before": report.refused_before,
        "refused_now": report.refused_now,
        "broken": report.broken,
        "not_asked": dict(report.not_asked.most_common()),
        "recomputed": dict(report.recomputed.most_common()),
        "unrecorded": report.unrecorded,
        "of_revision": report.of_revision,
        "differing": report.differing,
        "newly_refused": _group_to_json(report.newly_refused),
        "newly_passed": _group_to_json(report.newly_passed),
    }


def _group_to_json(group: Group) -> dict[str, Any]:
    return {
        "count": group.count,
        "by_step": dict(group.by_step.most_common()),
        "by_trust": {trust.value: count for trust, count in group.by_trust.items()},
        "examples": [
            {
                "ts": each.archived.decided_ts,
                "room_id": each.archived.event.room_id,
                "sender": each.archived.event.sender,
                "trust": each.trust.value,
                "type": each.archived.event.type,
                "content": each.archived.event.content,
                "labels": list(each.labels),
            }
            for each in group.examples
        ],
    }
