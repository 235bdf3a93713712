"""All the services of one running server, built from the ground up."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from countersign.adapters.files.admin_files import AdminAddress, ensure_token
from countersign.adapters.metrics import PrometheusMetrics
from countersign.adapters.public_suffixes import registrable_domain
from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.bootstrap.archives import build_archiving
from countersign.bootstrap.commands.running import CommandGround, archive_finder, build_commands
from countersign.bootstrap.files import read_identity
from countersign.bootstrap.judgement import (
    Measures,
    build_decide,
    build_measures,
    keep_saving,
    load_measures,
)
from countersign.bootstrap.leaks import LeakGround, LeakServices, build_leaks
from countersign.bootstrap.limits import request_limits
from countersign.bootstrap.outside import open_federation, open_outside_checkers
from countersign.bootstrap.policies.found_rooms import take_over_found_rooms
from countersign.bootstrap.policy_files import build_policy_activation
from countersign.bootstrap.privacy.erasure import build_erasure
from countersign.bootstrap.privacy.keeping import (
    build_evidence,
    build_retention,
    build_sender_redactions,
)
from countersign.bootstrap.registry import report_unusable_filters
from countersign.bootstrap.stores import open_stores
from countersign.config import Config
from countersign.ports.clock import Clock
from countersign.ports.randomness import Randomness
from countersign.ports.stores.bundle import Stores
from countersign.protocol.canonical_json import JsonObject
from countersign.service.background import BackgroundTasks, Work
from countersign.service.evaluation.counted_decisions import CountedDecisions
from countersign.service.evaluation.decide import Decide, Observer
from countersign.service.evaluation.recent_decisions import RecentDecisions
from countersign.service.health.readiness import Health
from countersign.service.identity import Identity
from countersign.service.keys.key_fetches import OUTCOMES
from countersign.service.keys.key_ring import KeyRing
from countersign.service.keys.policy_signatures import PolicySignatures
from countersign.service.limits.fair_queue import FairQueue
from countersign.service.limits.known_clients import KnownClients
from countersign.service.limits.request_limits import RequestLimits
from countersign.service.measures.moderation_metrics import show_moderation
from countersign.service.policies.policies_in_force import Policies
from countersign.service.policies.policy_activation import PolicyActivation
from countersign.service.policies.room_finder import MAX_SERVERS_ASKED, RoomFinder
from countersign.service.privacy.evidence import EvidenceKeeper
from countersign.service.privacy.sender_redactions import SenderRedactions
from countersign.service.rooms.invites import Invites
from countersign.service.rooms.protected_rooms import Rooms
from countersign.service.rooms.room_metrics import show_rooms
from countersign.service.rooms.state_check_schedule import StateCheckSchedule
from countersign.service.rooms.sync.state_checks import StateChecks
from countersign.service.signing.published_keys import Publication
from countersign.service.signing.request_auth import RequestAuth
from countersign.service.signing.sign_event import SignEvent
from countersign.service.signing.sign_limits import SignLimits
from countersign.service.signing.transactions import Transactions
from countersign.service.trials.archiving import Archiving
from countersign.web.admin.app import AdminServices
from countersign.web.app import FederationServices
from countersign.web.http.client_addresses import ClientAddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a running server is made of.

    Attributes:
        identity: who we are.
        admin_address: where the command line looks for us.
        key_ring: to be loaded once we listen.
        rooms: likewise.
        rechecks: to be run in the background once we listen.
        leaks: likewise.
        activation: changes which policies are in force.
        room_finder: to be loaded before the rooms, and to be run in the background.
        decisions: their number is to be counted once we listen.
        metrics: what is counted of all this.
        background: for work that goes on for as long as the program.
        federation: what stands behind the endpoints for other servers.
        admin: what stands behind those for the operator.
    """

    identity: Identity
    admin_address: AdminAddress
    key_ring: KeyRing
    rooms: Rooms
    rechecks: StateChecks
    leaks: LeakServices
    activation: PolicyActivation
    room_finder: RoomFinder
    decisions: CountedDecisions
    metrics: PrometheusMetrics
    background: BackgroundTasks
    federation: FederationServices
    admin: AdminServices


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What more than one service stands on."""

    identity: Identity
    clock: Clock
    randomness: Randomness
    stores: Stores
    key_ring: KeyRing
    background: BackgroundTasks
    rooms: Rooms
    rechecks: StateChecks
    policies: Policies
    activation: PolicyActivation
    room_finder: RoomFinder
    measures: Measures
    signatures: PolicySignatures
    decisions: RecentDecisions
    decide: Decide
    metrics: PrometheusMetrics
    leaks: LeakServices
    archiving: Archiving | None
    evidence: EvidenceKeeper | None
    sender_redactions: SenderRedactions

    def find_archive_trouble(self) -> str | None:
        """Return why judged events are not archived; None if they are, or are not to be."""
        trouble = self.background.find_trouble(Work.ARCHIVE)
        return trouble or (self.archiving and self.archiving.trouble) or None


@asynccontextmanager
async def open_services(config: Config) -> AsyncIterator[Services]:
    """Build all services; close them in reverse order.

    Raises:
        CountersignError: a file cannot be used; says which, and what to do.
    """
    clock, randomness = SystemClock(), SystemRandomness()
    metrics = PrometheusMetrics()
    identity = read_identity(config)
    report_unusable_filters()
    async with AsyncExitStack() as stack:
        admin_address = AdminAddress.claim(config.admin_address_file)
        stack.callback(admin_address.release)
        token = ensure_token(config.path(config.admin.token_file), randomness)
        stores = await stack.enter_async_context(open_stores(config))
        checkers = await stack.enter_async_context(open_outside_checkers(config))
        await take_over_found_rooms(config, stores.found_rooms)
        activation = build_policy_activation(config, stores.policies, clock)
        policies = await activation.start()
        client = await stack.enter_async_context(open_federation(config, identity, clock))
        key_ring = KeyRing(
            identity,
            federation=client,
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
        stack.push_async_callback(key_ring.close)
        background = BackgroundTasks(metrics)
        stack.push_async_callback(background.aclose)
        measures = build_measures(stores, clock)
        await load_measures(measures)
        measures.guard.policies_in_force(policies.all())
        policies.on_change(lambda: measures.guard.policies_in_force(policies.all()))
        observers: list[Observer] = []
        if (archiving := build_archiving(config, clock)) is not None:
            observers.append(archiving)
            background.keep_running(Work.ARCHIVE, archiving.run)
        if (evidence := build_evidence(config, stores)) is not None:
            observers.append(evidence)
            background.keep_running(Work.EVIDENCE, evidence.run)
        keep_saving(measures, background)
        failures = metrics.counter(
            "countersign_store_failures_total", "Writes that the database did not take."
        )
        stores.health.on_failure(failures.inc)
        background.keep_running(Work.DATABASE_WATCH, stores.watch)
        schedule = StateCheckSchedule(clock, randomness)
        rooms = Rooms(
            identity,
            store=stores.rooms,
            federation=client,
            key_ring=key_ring,
            clock=clock,
            background=background,
            schedule=schedule,
            on_join=partial(_notice_join, measures, policies),
            is_list=policies.is_list_only,
        )
        policies.on_change(rooms.refresh_alerts)
        rechecks = StateChecks(
            identity,
            rooms=rooms,
            schedule=schedule,
            federation=client,
            key_ring=key_ring,
            clock=clock,
            registrable_domain=registrable_domain,
        )
        room_finder = RoomFinder(
            policies,
            federation=client,
            store=stores.found_rooms,
            servers_in=lambda room_id: _servers_in(rooms, room_id),
            randomness=randomness,
        )
        show_rooms(rooms, metrics)
        show_moderation(measures.raids, measures.guard, metrics)
        counted_decisions = CountedDecisions(stores.decisions, metrics)
        decisions = RecentDecisions(counted_decisions)
        retention = build_retention(
            config,
            stores,
            clock,
            metrics,
            is_clock_in_doubt=key_ring.is_clock_in_doubt,
            forgetful=[decisions],
        )
        background.keep_running(Work.RETENTION, retention.run)
        sender_redactions = build_sender_redactions(config, stores)
        background.keep_running(Work.RETENTION, sender_redactions.run, "redactions by senders")
        signatures = PolicySignatures(identity)
        decide = build_decide(
            identity,
            policies=policies,
            measures=measures,
            decisions=decisions,
            clock=clock,
            find_room=rooms.get,
            checkers=checkers,
            observers=observers,
            is_clock_in_doubt=key_ring.is_clock_in_doubt,
        )
        leaks = await build_leaks(
            config,
            LeakGround(
                identity=identity,
                clock=clock,
                stores=stores,
                federation=client,
                rooms=rooms,
                metrics=metrics,
                decide=decide,
                signatures=signatures,
                language_of=policies.language_of,
            ),
            stack=stack,
        )
        ground = _Ground(
            identity=identity,
            clock=clock,
            randomness=randomness,
            stores=stores,
            key_ring=key_ring,
            background=background,
            rooms=rooms,
            rechecks=rechecks,
            policies=policies,
            activation=activation,
            room_finder=room_finder,
            measures=measures,
            signatures=signatures,
            decisions=decisions,
            decide=decide,
            metrics=metrics,
            leaks=leaks,
            archiving=archiving,
            evidence=evidence,
            sender_redactions=sender_redactions,
        )
        yield Services(
            identity=identity,
            admin_address=admin_address,
            key_ring=key_ring,
            rooms=rooms,
            rechecks=rechecks,
            leaks=leaks,
            activation=activation,
            room_finder=room_finder,
            decisions=counted_decisions,
            metrics=metrics,
            background=background,
            federation=_federation_services(config, ground),
            admin=await _admin_services(config, ground, token),
        )


def _notice_join(
    measures: Measures, policies: Policies, room_id: str, user_id: str, sent_ts: int
) -> None:
    community = policies.for_room(room_id)
    measures.raids.notice_sent_join(
        community.name, community.policy.raid_rules, user_id, sent_ts=sent_ts
    )


def _federation_services(config: Config, ground: _Ground) -> FederationServices:
    auth = RequestAuth(ground.identity.server_name, ground.key_ring)
    limits = request_limits(config, ground.clock, ground.metrics)
    known_clients = KnownClients(ground.clock, ground.rooms.is_member_server, limits.domain_of)
    return FederationServices(
        identity=ground.identity,
        auth=auth,
        sign_event=_sign_event(config, ground, auth, limits, known_clients),
        publication=Publication(
            ground.identity,
            ground.clock,
            delegated_server=config.delegated_server,
            support=_support(config),
        ),
        transactions=Transactions(
            rooms=ground.rooms,
            key_ring=ground.key_ring,
            leaks=ground.leaks.leaks,
            on_arrived=ground.sender_redactions.arrived,
        ),
        invites=Invites(
            ground.identity,
            accept_from=config.invites.accept_from,
            rooms=ground.rooms,
            key_ring=ground.key_ring,
            background=ground.background,
        ),
        randomness=ground.randomness,
        metrics=ground.metrics,
        limits=limits,
        neighbours=ClientAddresses(config.limits.trusted_proxies),
        known_clients=known_clients,
        redactions=ground.leaks.delivery,
        language_of=ground.policies.language_of,
    )


def _sign_event(
    config: Config,
    ground: _Ground,
    auth: RequestAuth,
    limits: RequestLimits,
    known_clients: KnownClients,
) -> SignEvent:
    return SignEvent(
        ground.identity,
        auth=auth,
        limits=SignLimits(
            limits,
            queue=FairQueue(ground.clock, ground.metrics, max_waiting=config.limits.waiting),
            known_clients=known_clients,
            community_of=lambda room_id: ground.policies.for_room(room_id).name,
            check_unseen=ground.leaks.leaks.check_unseen,
        ),
        rooms=ground.rooms,
        key_ring=ground.key_ring,
        decide=ground.decide,
        signatures=ground.signatures,
        observers=(ground.leaks.leaks, ground.sender_redactions),
    )


async def _admin_services(config: Config, ground: _Ground, token: str) -> AdminServices:
    health = Health(
        {
            "rooms": lambda: None if ground.rooms.is_loaded else "still being loaded",
            "signing": ground.signatures.find_trouble,
            "database": ground.stores.health.find,
        },
        warnings={
            "policy": lambda: ground.policies.trouble,
            "disk": ground.stores.health.find_shortage,
            **ground.background.checks(),
            "archive": ground.find_archive_trouble,
        },
    )
    return AdminServices(
        identity=ground.identity,
        token=token,
        health=health,
        randomness=ground.randomness,
        metrics=ground.metrics,
        commands=await build_commands(
            CommandGround(
                identity=ground.identity,
                clock=ground.clock,
                randomness=ground.randomness,
                stores=ground.stores,
                rooms=ground.rooms,
                checks=ground.rechecks,
                policies=ground.policies,
                activation=ground.activation,
                room_finder=ground.room_finder,
                measures=ground.measures,
                unseen=ground.leaks.bank,
                find_archived=archive_finder(config),
                erasure=build_erasure(
                    config,
                    ground.stores,
                    [
                        ground.decisions,
                        ground.measures.trust,
                        ground.measures.allowances,
                        ground.measures.active_people,
                        ground.measures.mutes,
                        ground.measures.raids,
                        *(each for each in (ground.evidence, ground.archiving) if each),
                    ],
                ),
            )
        ),
    )


def _servers_in(rooms: Rooms, room_id: str) -> tuple[str, ...]:
    room = rooms.get(room_id)
    if room is None or not room.is_joined:
        return ()
    return (*room.state.largest_servers(MAX_SERVERS_ASKED), *room.via)


def _support(config: Config) -> JsonObject | None:
    said: JsonObject = config.support.model_dump(exclude_none=True, exclude_defaults=True)
    return said or None
