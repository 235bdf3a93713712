"""Construction of the change feed and the leadership for processes that share a database."""

from collections.abc import Callable

from countersign.adapters.files.indicator_secrets import ensure_indicator_secret
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.worker_pages import WorkerPages
from countersign.bootstrap.files import find_data_folder
from countersign.bootstrap.measures import Measures
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.places import Place
from countersign.bootstrap.privacy.erasure import forget_erased
from countersign.config import Config
from countersign.ports.clock import Clock
from countersign.ports.metrics import MetricsPage
from countersign.ports.stores.bundle import Stores
from countersign.ports.stores.processes.changes import Topic
from countersign.service.background import BackgroundTasks, Work
from countersign.service.chats.chats import Chats
from countersign.service.commands.actors.access_register import AccessRegister
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.evaluation.takeovers import Takeovers
from countersign.service.health.readiness import Health
from countersign.service.health.worker_health import WorkerHealth
from countersign.service.leaks.outbox import Outbox
from countersign.service.management.rooms import ManagementRooms
from countersign.service.own_events.delivery import OwnEventDelivery
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.room_finder import RoomFinder
from countersign.service.processes.change_feed import ChangeFeed
from countersign.service.processes.leadership import Leadership
from countersign.service.processes.other_clocks import OtherClocks
from countersign.service.processes.other_keys import OtherKeys
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room_changes import RoomChanges


def build_changes(config: Config, stores: Stores) -> ChangeFeed:
    """Return the change feed; call `begin` before anything is read from the stores."""
    return ChangeFeed(stores.changes, is_shared=config.is_database_shared)


def build_leadership(
    config: Config,
    stores: Stores,
    clock: Clock,
    background: BackgroundTasks,
    *,
    process: str,
    may_lead: bool,
) -> Leadership:
    """Return the leadership, which runs work that only one process may do.

    Args:
        config: the settings, which tell whether there may be others.
        stores: keep the lease.
        clock: tells the time.
        background: runs the work.
        process: the unique name of this process.
        may_lead: this process may become the leader.
    """
    lease = stores.lease if config.is_database_shared else None
    return Leadership(process, lease, clock, background, may_lead=may_lead)


def build_machine_trouble(base: BaseServices) -> Callable[[], str | None]:
    """Return a check of other processes: for other keys, and for clocks that differ.

    Without broadcasts no process can tell of its own, and nothing is found.
    """
    if base.broadcasts is None:
        return lambda: None
    folder = find_data_folder(base.config)
    other_keys = OtherKeys(
        base.broadcasts,
        base.clock,
        {
            "policy key": base.identity.policy_key.verify_key.raw,
            "server key": base.identity.server_key.verify_key.raw,
            "indicator secret": ensure_indicator_secret(folder, base.randomness),
        },
    )
    other_clocks = OtherClocks(base.broadcasts, base.clock)
    base.background.keep_running(Work.SHARED_COUNTERS, other_keys.run, "keys")
    base.background.keep_running(Work.SHARED_COUNTERS, other_clocks.run, "clocks")
    return lambda: other_keys.find_trouble() or other_clocks.find_trouble()


def build_metrics_page(
    place: Place, metrics: PrometheusMetrics, background: BackgroundTasks
) -> MetricsPage:
    """Return the metrics page of all workers; its background work is started.

    Args:
        place: the place of this process.
        metrics: the metrics of this process.
        background: serves them to the others.
    """
    if place.pages is None:
        return metrics
    pages = WorkerPages(metrics.collect, place.pages, number=place.number, workers=place.workers)
    background.keep_running(Work.WORKER_METRICS, pages.show)
    return pages


def share_health(
    place: Place, health: Health, clock: Clock, background: BackgroundTasks, rooms: Rooms
) -> None:
    """Have the health report of this worker include that of the others, and share it with them."""
    if place.reports is None:
        health.warn_of("workers", lambda: None)
        return
    shared = WorkerHealth(health, place.reports, clock, is_started=lambda: rooms.is_loaded)
    health.warn_of("workers", shared.find_silent)
    background.keep_running(Work.WORKER_HEALTH, shared.run)


def listen_with_measures(changes: ChangeFeed, measures: Measures) -> None:
    """Have the measures take over what other processes stored."""
    listen = changes.listen
    listen(Topic.ALLOWANCES, measures.allowances.apply_changes)
    listen(Topic.MUTES, measures.mutes.apply_changes)
    listen(Topic.RAIDS, measures.raids.apply_changes)
    listen(Topic.DROPPED_STEPS, lambda _: measures.guard.load())
    listen(Topic.TRUST, measures.trust.apply_changes)
    listen(Topic.INDICATORS, measures.indicators.apply_changes)
    listen(Topic.INDICATORS_TAKEN_BACK, measures.indicators.forget_taken_back)


def listen_to_changes(
    base: BaseServices,
    *,
    rooms: Rooms,
    finder: RoomFinder,
    management_rooms: ManagementRooms,
    activation: PolicyActivation,
    register: AccessRegister,
    outbox: Outbox,
    delivery: OwnEventDelivery,
    decisions: RecentDecisions,
    chats: Chats,
) -> None:
    """Register the listeners for changes by other processes."""
    listen, measures = base.changes.listen, base.measures
    listen(Topic.ACCESS, register.apply_changes)
    listen(Topic.POLICIES, activation.apply_changes)
    room_changes = RoomChanges(rooms, base.stores.rooms)
    listen(Topic.ROOMS, room_changes.apply)
    listen(Topic.ROOMS_FORGOTTEN, room_changes.forget_gone)
    listen(Topic.JOINS, rooms.take_joins)
    listen(Topic.ERASURES, room_changes.forget_gone)
    listen(Topic.FOUND_ROOMS, finder.apply_changes)
    listen(Topic.MANAGEMENT_ROOMS, management_rooms.apply_changes)
    listen_with_measures(base.changes, measures)
    listen(Topic.SERVER_KEYS, base.key_ring.apply_changes)
    listen(Topic.ERASURES, lambda _: forget_erased(measures, decisions))
    listen(Topic.MACHINES, base.other_machines.apply_changes)
    listen(Topic.OUTBOX, outbox.apply_changes)
    listen(Topic.OWN_EVENTS, delivery.apply_changes)
    listen(Topic.CHATS, chats.apply_changes)
    takeovers = Takeovers(decisions, base.stores.decisions, base.changes, base.clock)
    base.stores.on_takeover(takeovers.begin)
    base.background.keep_running(Work.CHANGES, takeovers.run, "takeovers")
    if base.leadership.may_lead:
        base.background.keep_running(Work.LEADERSHIP, base.other_machines.run, "machines")
