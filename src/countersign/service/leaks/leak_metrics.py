"""Metrics of leaks and unseen signatures."""

from countersign.ports.metrics import Metrics
from countersign.service.leaks.detection import Leaks
from countersign.service.leaks.unseen_signatures import UnseenSignatures


def show_leaks(leaks: Leaks, unseen: UnseenSignatures, metrics: Metrics) -> None:
    """Export the numbers of detected leaks and of events that were not checked, since the start."""
    totals = leaks.totals
    metrics.gauge(
        "countersign_leaks",
        "Refused events that were found out in their rooms since the start.",
        lambda: totals.recorded,
    )
    metrics.gauge(
        "countersign_leak_troubles",
        "Events out in their rooms that could not be judged or recorded since the start.",
        lambda: totals.troubled,
    )
    metrics.gauge(
        "countersign_leaks_passed_over",
        "Events out in their rooms that were not looked at since the start: too many at once, or "
        "too many of one room within the hour.",
        lambda: totals.dropped + totals.beyond_ration,
    )
    metrics.gauge(
        "countersign_unseen_signatures",
        "Signatures of the last day whose events nobody has seen, as far as they are remembered.",
        lambda: len(unseen),
    )
    metrics.gauge(
        "countersign_banking_servers",
        "Servers that hold so many of those that somebody should look.",
        lambda: sum(count.is_alarming for count in unseen.counts()),
    )
