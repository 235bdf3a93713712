"""Conversion of the limits in the settings."""

from countersign.adapters.public_suffixes import registrable_domain
from countersign.config import Config, Rate
from countersign.ports.broadcasts import Broadcasts
from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.service.limits.request_limits import FairLimits, RequestLimits
from countersign.service.limits.token_buckets import RateLimit
from countersign.web.http.connections import EdgeLimits


def request_limits(
    config: Config, clock: Clock, metrics: Metrics, broadcasts: Broadcasts | None = None
) -> RequestLimits:
    """Return the limits on requests, shared with other processes if there are any."""
    limits, per_day = config.limits, config.limits.decisions_per_day
    return RequestLimits(
        FairLimits(
            per_origin=_rate(limits.per_origin),
            per_host=_rate(limits.per_host),
            per_domain=_rate(limits.per_domain),
            per_network=_rate(limits.per_network),
            in_all=_rate(limits.in_all),
            strangers=_rate(limits.strangers),
            stranger_bodies=_rate(limits.stranger_bodies),
            transactions=_rate(limits.transactions),
            decisions_per_day_per_origin=per_day.per_origin,
            decisions_per_day_per_domain=per_day.per_domain,
            decisions_per_day_in_all=per_day.in_all,
        ),
        clock=clock,
        registrable_domain=registrable_domain,
        metrics=metrics,
        broadcasts=broadcasts,
    )


def edge_limits(config: Config) -> EdgeLimits:
    """Return the limits on connections."""
    connections = config.limits.connections
    return EdgeLimits(
        header_seconds=connections.header_seconds,
        body_seconds=connections.body_seconds,
        idle_seconds=connections.idle_seconds,
        connections=connections.in_all,
        connections_per_address=connections.per_address,
    )


def _rate(rate: Rate) -> RateLimit:
    return RateLimit(per_second=rate.per_second, burst=rate.at_once)
