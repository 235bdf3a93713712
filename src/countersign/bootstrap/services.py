"""Construction of all services of one running server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from countersign.adapters.files.admin_files import AdminAddress, ensure_token
from countersign.adapters.files.database_lock import locked_database
from countersign.adapters.files.indicator_secrets import ensure_indicator_secret
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.bootstrap.files import find_data_folder, find_database, read_identity
from countersign.bootstrap.measures import open_measures
from countersign.bootstrap.outside_checks import open_federation, open_outside_checkers
from countersign.bootstrap.parts.admin import build_admin_services
from countersign.bootstrap.parts.base_services import BaseServices
from countersign.bootstrap.parts.chats import ChatServices, build_chats, build_known_chats
from countersign.bootstrap.parts.evaluation import build_evaluation
from countersign.bootstrap.parts.keys import build_key_ring
from countersign.bootstrap.parts.leaks import LeakServices, build_leaks
from countersign.bootstrap.parts.management import (
    ManagementServices,
    build_management,
    build_management_rooms,
    build_refusals,
)
from countersign.bootstrap.parts.own_events import OwnEventServices, build_own_events
from countersign.bootstrap.parts.places import ALONE, Place
from countersign.bootstrap.parts.processes import (
    build_changes,
    build_leadership,
    build_metrics_page,
    listen_to_changes,
    share_health,
)
from countersign.bootstrap.parts.reasons import build_reasons
from countersign.bootstrap.parts.rooms import RoomServices, build_rooms
from countersign.bootstrap.parts.sign_in import SignInServices, build_sign_in
from countersign.bootstrap.parts.signing import build_federation_services
from countersign.bootstrap.policies.found_rooms import take_over_found_rooms
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.bootstrap.registry import report_unusable_filters
from countersign.bootstrap.shared_memory import open_shared_memory
from countersign.bootstrap.stores import open_stores
from countersign.config import Config
from countersign.ports.metrics import MetricsPage
from countersign.ports.stores.bundle import Stores
from countersign.service.background import BackgroundTasks, Work
from countersign.service.evaluation.counted_decisions import CountedDecisions
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.processes.other_machines import OtherMachines
from countersign.service.reasons.appeal_metrics import AppealMetrics
from countersign.service.reporting.report_metrics import ReportMetrics
from countersign.web.admin.app import AdminServices
from countersign.web.app import FederationServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Parts of a running server.

    Attributes:
        base: services and stores that all others use; load the key ring after the server listens.
        admin_address: the file with the admin listener's address; None if a supervisor has it.
        rooms: the rooms that we protect.
        leaks: run it in the background after the server listens.
        own_events: likewise.
        management: management rooms; load its rooms before all others.
        chats: direct chats; load them before the rooms, too.
        activation: changes the policies in force.
        decisions: load their number after the server listens.
        metrics_page: shows the metrics of all workers.
        federation: services of the endpoints for other servers.
        admin: services of the admin API.
        sign_in: sign-in to the dashboard by Matrix accounts.
    """

    base: BaseServices
    admin_address: AdminAddress | None
    rooms: RoomServices
    leaks: LeakServices
    own_events: OwnEventServices
    management: ManagementServices
    chats: ChatServices
    activation: PolicyActivation
    decisions: CountedDecisions
    metrics_page: MetricsPage
    federation: FederationServices
    admin: AdminServices
    sign_in: SignInServices


@asynccontextmanager
async def open_services(config: Config, place: Place = ALONE) -> AsyncIterator[Services]:
    """Build all services; close them in reverse order.

    Args:
        config: the settings.
        place: the place of this process among those of the server.

    Raises:
        CountersignError: a file cannot be used; says which, and what to do.
    """
    async with AsyncExitStack() as stack:
        admin_address = None
        if not place.is_supervised:  # the supervisor holds it
            admin_address = AdminAddress.claim(config.admin_address_file)
            stack.callback(admin_address.release)
        database = find_database(config)
        if isinstance(database, Path):
            stack.enter_context(locked_database(database))
        token = ensure_token(config.path(config.admin.token_file), SystemRandomness())
        process = place.process or (admin_address and admin_address.process_name) or ""
        base, activation = await _open_base(config, place, process, stack)
        management_rooms = build_management_rooms(config, base.stores, base.federation)
        chats = build_known_chats(base)
        rooms = build_rooms(base, management_rooms, chats)
        refusals = build_refusals(management_rooms)
        evaluation = build_evaluation(
            base,
            rooms.rooms,
            # With several processes, the leader reads the refusals of all of them from the store.
            [refusals] if management_rooms.all and base.leadership.is_alone else (),
        )
        own = build_own_events(base, rooms.rooms, evaluation)
        leaks = await build_leaks(base, rooms.rooms, evaluation, own.own_events, stack)
        sign_in = build_sign_in(base, management_rooms, rooms.rooms)
        admin = await build_admin_services(
            base,
            rooms,
            evaluation,
            leaks,
            own.own_events,
            management_rooms,
            sign_in.accounts,
            activation=activation,
            token=token,
            metrics_page=(pages := build_metrics_page(place, base.metrics, base.background)),
        )
        share_health(place, admin.health, base.clock, base.background, rooms.rooms)
        reasons = build_reasons(base, rooms.rooms)
        _count_appeals(base)
        chat_services = build_chats(base, chats, rooms.rooms, own.own_events, reasons)
        management = build_management(
            base,
            management_rooms,
            rooms.rooms,
            own.own_events,
            admin.commands,
            refusals,
            chat_services,
        )
        listen_to_changes(
            base,
            rooms=rooms.rooms,
            finder=rooms.finder,
            management_rooms=management_rooms,
            activation=activation,
            register=admin.commands.register,
            outbox=leaks.outbox,
            delivery=own.delivery,
            decisions=evaluation.recent,
            chats=chats,
        )
        yield Services(
            base=base,
            admin_address=admin_address,
            rooms=rooms,
            leaks=leaks,
            own_events=own,
            activation=activation,
            decisions=evaluation.counted,
            metrics_page=pages,
            management=management,
            chats=chat_services,
            federation=build_federation_services(
                base,
                rooms.rooms,
                evaluation,
                leaks,
                own.delivery,
                management,
                chat_services,
                reasons,
            ),
            admin=admin,
            sign_in=sign_in,
        )


async def _open_base(
    config: Config, place: Place, process: str, stack: AsyncExitStack
) -> tuple[BaseServices, PolicyActivation]:
    """Open what all other services use; return it, and what changes the policies in force.

    Args:
        config: the settings.
        place: the place of this process.
        process: its unique name.
        stack: closes what is opened here.
    """
    clock, randomness = SystemClock(), SystemRandomness()
    metrics = PrometheusMetrics()
    identity = read_identity(config)
    report_unusable_filters()
    stores = await stack.enter_async_context(open_stores(config))
    changes = build_changes(config, stores)
    await changes.begin()
    checkers = await stack.enter_async_context(open_outside_checkers(config))
    await take_over_found_rooms(config, stores.found_rooms)
    activation = build_policy_activation(config, stores.policies, clock)
    policies = await activation.start()
    federation = await stack.enter_async_context(open_federation(config, identity, clock))
    key_ring = build_key_ring(
        config, identity, federation=federation, stores=stores, clock=clock, metrics=metrics
    )
    stack.push_async_callback(key_ring.close)
    background = BackgroundTasks(metrics)
    stack.push_async_callback(background.aclose)
    _watch_database(stores, metrics, background)
    shared = await open_shared_memory(
        config, clock, metrics, background, lambda: [each.name for each in policies.all()]
    )
    leadership = build_leadership(
        config, stores, clock, background, process=process, may_lead=place.is_first
    )
    measures = await open_measures(
        stores,
        clock,
        policies,
        background,
        indicator_secret=ensure_indicator_secret(find_data_folder(config), randomness),
        is_shared=config.is_database_shared,
        counters=None if shared is None else shared.counters,
        broadcasts=None if shared is None else shared.broadcasts,
    )
    base = BaseServices(
        config=config,
        identity=identity,
        clock=clock,
        randomness=randomness,
        metrics=metrics,
        stores=stores,
        federation=federation,
        checkers=checkers,
        key_ring=key_ring,
        background=background,
        changes=changes,
        place=place,
        leadership=leadership,
        other_machines=OtherMachines(leadership, stores.changes, clock),
        policies=policies,
        measures=measures,
        shared=shared,
    )
    return base, activation


def _count_appeals(base: BaseServices) -> None:
    """Show numbers of appeals and reports in the metrics of the first process."""
    if not base.place.is_first:  # to whose metrics all others' are added
        return
    appeals = AppealMetrics(base.stores.appeals, base.clock, base.metrics)
    reports = ReportMetrics(base.stores.reports, base.stores.reviews, base.clock, base.metrics)
    base.background.keep_running(Work.APPEALS, appeals.run)
    base.background.keep_running(Work.APPEALS, reports.run, "reports")


def _watch_database(
    stores: Stores, metrics: PrometheusMetrics, background: BackgroundTasks
) -> None:
    failures = metrics.counter(
        "countersign_store_failures_total", "Writes that the database did not take."
    )
    stores.health.on_failure(failures.inc)
    background.keep_running(Work.DATABASE_WATCH, stores.watch)
    background.keep_running(Work.DATABASE_WATCH, stores.keep_searchable, "searches")
