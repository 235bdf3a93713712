"""Construction of the services that keep personal data for a while and delete them in time."""

from collections.abc import Callable, Sequence

from countersign.config import Config
from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.personal_data import DataKind
from countersign.service.privacy.evidence import EvidenceKeeper
from countersign.service.privacy.retention import Forgetful, Retention
from countersign.service.privacy.sender_redactions import SenderRedactions


def build_evidence(config: Config, stores: Stores) -> EvidenceKeeper | None:
    """Return the service that stores texts of refused events; None if the settings turn it off."""
    return None if config.retention.evidence == 0 else EvidenceKeeper(stores.evidence)


def build_sender_redactions(stores: Stores) -> SenderRedactions:
    """Return the service that deletes stored texts after their senders redacted them."""
    return SenderRedactions(
        stores.decisions, stores.evidence, stores.archive, empty_log=stores.retention.empty_log
    )


def build_retention(
    config: Config,
    stores: Stores,
    clock: Clock,
    metrics: Metrics,
    *,
    is_clock_in_doubt: Callable[[], bool],
    forgetful: Sequence[Forgetful],
) -> Retention:
    """Return the service that deletes personal data after their retention."""
    return Retention(
        stores.retention,
        clock,
        kept_ms={kind: getattr(config.retention, kind.value) for kind in DataKind},
        is_clock_in_doubt=is_clock_in_doubt,
        forgetful=forgetful,
        metrics=metrics,
    )
