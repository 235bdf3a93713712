"""Request limits with the shipped values, some of them reduced for tests."""

from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.public_suffixes import registrable_domain
from countersign.service.limits.request_limits import FairLimits, RequestLimits
from countersign.service.limits.token_buckets import RateLimit

PLENTY = RateLimit(per_second=1_000, burst=10_000)
LEVELS = ("per_origin", "per_host", "per_domain", "per_network", "in_all", "strangers")


def make_limits(clock, *, metrics=None, broadcasts=None, **limits):
    """Return request limits; those that are not named are practically unlimited."""
    days = ("per_origin", "per_domain", "in_all")
    plenty = dict.fromkeys((*LEVELS, "transactions"), PLENTY)
    plenty |= dict.fromkeys((f"decisions_per_day_{level}" for level in days), 1_000_000)
    # As shipped, for one long body is worth thousands of tokens.
    plenty["stranger_bodies"] = RateLimit(per_second=128, burst=2_048)
    return RequestLimits(
        FairLimits(**{**plenty, **limits}),
        clock=clock,
        registrable_domain=registrable_domain,
        metrics=metrics or PrometheusMetrics(),
        broadcasts=broadcasts,
    )
