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
from countersign.service.identity import Identity
from countersign.service.keys.key_ring import KeyRing
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.processes.change_feed import ChangeFeed
from countersign.service.processes.leadership import Leadership
from countersign.service.processes.other_machines import OtherMachines
from countersign.service.reasons.appeal_metrics import AppealMetrics
from countersign.service.reporting.report_metrics import ReportMetrics
from countersign.web.admin.app import AdminServices
from countersign.web.app import FederationServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Parts of a running server.

    Attributes:
        admin_address: the file with the admin listener's address; None if a supervisor has it.
        key_ring: other servers' keys; load it after the server listens.
        rooms: the rooms that we protect.
        leaks: run it in the background after the server listens.
        own_events: likewise.
        management: management rooms; load its rooms before all others.
        chats: direct chats; load them before the rooms, too.
        activation: changes the policies in force.
        decisions: load their number after the server listens.
        metrics: the metrics of this process.
        metrics_page: shows the metrics of all workers.
        changes: the feed of changes by other processes.
        leadership: runs work that only one process may do.
        federation: services of the endpoints for other servers.
        admin: services of the admin API.
        sign_in: sign-in to the dashboard by Matrix accounts.
    """

    identity: Identity
    admin_address: AdminAddress | None
    key_ring: KeyRing
    rooms: RoomServices
    leaks: LeakServices
    own_events: OwnEventServices
    management: ManagementServices
    chats: ChatServices
    activation: PolicyActivation
    decisions: CountedDecisions
    metrics: PrometheusMetrics
    metrics_page: MetricsPage
    background: BackgroundTasks
    changes: ChangeFeed
    leadership: Leadership
    federation: FederationServices
    admin: AdminServices
    sign_in: SignInServices
    stores: Stores


@asynccontextmanager
async def open_services(config: Config, place: Place = ALONE) -> AsyncIterator[Services]:
    """Build all services; close them in reverse order.

    Args:
        config: the settings.
        place: the place of this process among those of the server.

    Raises:
        CountersignError: a file cannot be used; says which, and what to do.
    """
    clock, randomness = SystemClock(), SystemRandomness()
    metrics = PrometheusMetrics()
    identity = read_identity(config)
    report_unusable_filters()
    async with AsyncExitStack() as stack:
        admin_address = None
        if not place.is_supervised:  # the supervisor holds it
            admin_address = AdminAddress.claim(config.admin_address_file)
            stack.callback(admin_address.release)
        database = find_database(config)
        if isinstance(database, Path):
            stack.enter_context(locked_database(database))
        token = ensure_token(config.path(config.admin.token_file), randomness)
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
            config,
            stores,
            clock,
            background,
            process=place.process or (admin_address and admin_address.process_name) or "",
            may_lead=place.is_first,
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
            measures=await open_measures(
                stores,
                clock,
                policies,
                background,
                indicator_secret=ensure_indicator_secret(find_data_folder(config), randomness),
                is_shared=config.is_database_shared,
                counters=None if shared is None else shared.counters,
                broadcasts=None if shared is None else shared.broadcasts,
            ),
            shared=shared,
        )
        management_rooms = build_management_rooms(config, stores, federation)
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
        sign_in = build_sign_in(
            config, management_rooms, rooms.rooms, policies, federation, stores.sign_ins, clock
        )
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
            metrics_page=(pages := build_metrics_page(place, metrics, background)),
        )
        share_health(place, admin.health, clock, background, rooms.rooms)
        reasons = build_reasons(base, rooms.rooms)
        if place.is_first:  # whose metrics all others are added to
            appeal_metrics = AppealMetrics(stores.appeals, clock, metrics)
            background.keep_running(Work.APPEALS, appeal_metrics.run)
            report_metrics = ReportMetrics(stores.reports, stores.reviews, clock, metrics)
            background.keep_running(Work.APPEALS, report_metrics.run, "reports")
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
            identity=identity,
            admin_address=admin_address,
            key_ring=key_ring,
            rooms=rooms,
            leaks=leaks,
            own_events=own,
            activation=activation,
            decisions=evaluation.counted,
            metrics=metrics,
            metrics_page=pages,
            background=background,
            changes=changes,
            leadership=base.leadership,
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
            stores=stores,
        )


def _watch_database(
    stores: Stores, metrics: PrometheusMetrics, background: BackgroundTasks
) -> None:
    failures = metrics.counter(
        "countersign_store_failures_total", "Writes that the database did not take."
    )
    stores.health.on_failure(failures.inc)
    background.keep_running(Work.DATABASE_WATCH, stores.watch)
    background.keep_running(Work.DATABASE_WATCH, stores.keep_searchable, "searches")
