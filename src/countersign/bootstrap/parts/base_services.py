"""Services and stores that all parts of a running server use."""

from dataclasses import dataclass

from countersign.adapters.metrics import PrometheusMetrics
from countersign.bootstrap.measures import Measures
from countersign.bootstrap.parts.places import Place
from countersign.bootstrap.shared_memory import SharedMemory
from countersign.config import Config
from countersign.ports.broadcasts import Broadcasts
from countersign.ports.clock import Clock
from countersign.ports.external_checkers import Checkers
from countersign.ports.federation import FederationClient
from countersign.ports.randomness import Randomness
from countersign.ports.stores.bundle import Stores
from countersign.service.background import BackgroundTasks
from countersign.service.identity import Identity
from countersign.service.keys.key_ring import KeyRing
from countersign.service.policies.policies_in_force import Policies
from countersign.service.processes.change_feed import ChangeFeed
from countersign.service.processes.leadership import Leadership
from countersign.service.processes.other_machines import OtherMachines


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseServices:
    """Services and stores that all parts of a running server use.

    Attributes:
        federation: the client for other servers.
        checkers: the client for external checkers.
        key_ring: the keys of other servers.
        changes: the feed of changes by other processes.
        leadership: runs work that only one process may do.
        other_machines: knows whether other machines share the database.
        place: the place of this process among those of the server.
        measures: state of communities.
        shared: memory shared with other processes; None if there is one process.
    """

    config: Config
    identity: Identity
    clock: Clock
    randomness: Randomness
    metrics: PrometheusMetrics
    stores: Stores
    federation: FederationClient
    checkers: Checkers
    key_ring: KeyRing
    background: BackgroundTasks
    changes: ChangeFeed
    leadership: Leadership
    other_machines: OtherMachines
    place: Place
    policies: Policies
    measures: Measures
    shared: SharedMemory | None = None

    @property
    def broadcasts(self) -> Broadcasts | None:
        """Broadcasts to other processes; None if there are none."""
        return None if self.shared is None else self.shared.broadcasts

    def has_other_processes(self) -> bool:
        """Return True if other processes answer for the same server name, as far as is known."""
        return self.place.workers > 1 or self.other_machines.are_there()
