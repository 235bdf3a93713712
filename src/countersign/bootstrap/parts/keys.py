"""The keys of other servers."""

from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.public_suffixes import registrable_domain
from countersign.config import Config
from countersign.ports.clock import Clock
from countersign.ports.federation import FederationClient
from countersign.ports.stores.bundle import Stores
from countersign.service.identity import Identity
from countersign.service.keys.key_fetches import OUTCOMES
from countersign.service.keys.key_ring import KeyRing


def build_key_ring(
    config: Config,
    identity: Identity,
    *,
    federation: FederationClient,
    stores: Stores,
    clock: Clock,
    metrics: PrometheusMetrics,
) -> KeyRing:
    """Return the key ring; its caller closes it."""
    key_ring = KeyRing(
        identity,
        federation=federation,
        store=stores.server_keys,
        clock=clock,
        notaries=[settings.notary for settings in config.federation.notaries],
        own_networks=config.federation.allow_networks,
        on_outcome=metrics.counter(
            "countersign_key_fetches_total",
            "Attempts to get another server's keys.",
            outcome=OUTCOMES,
        ).inc,
        registrable_domain=registrable_domain,
    )
    metrics.gauge(
        "countersign_key_fetches_in_flight",
        "Servers that are being asked for their keys.",
        lambda: key_ring.fetches_in_flight,
    )
    return key_ring
