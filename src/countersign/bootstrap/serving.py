"""Running the server: listening, signals, and the limits of its process."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import uvloop

from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.bootstrap.limits import edge_limits
from countersign.bootstrap.own_process import GarbageRounds, keep_loaded, prepare_process
from countersign.bootstrap.parts.dashboard import build_dashboard_services
from countersign.bootstrap.parts.places import (
    ADMIN,
    ALONE,
    DASHBOARD,
    METRICS,
    Place,
    federation_at,
)
from countersign.bootstrap.parts.started import Started
from countersign.bootstrap.services import Services, open_services
from countersign.bootstrap.signals.running import ServerSignals
from countersign.bootstrap.start_checks import listen_at, read_startable
from countersign.bootstrap.worker_applications import for_worker
from countersign.config import Config
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.ports.actors import Actor, ActorKind, Face
from countersign.ports.errors import StoreUnavailable
from countersign.protocol.errors import CountersignError
from countersign.protocol.rooms.policy_servers import room_policy_content
from countersign.service.background import Work
from countersign.service.commands.actors.access_register import SERVER_NAME
from countersign.service.health.loop_holders import held_counter, watch_loop_holders
from countersign.service.health.loop_watch import loop_lag, watch_event_loop
from countersign.web.admin.app import admin_app
from countersign.web.app import federation_app, federation_bodies
from countersign.web.dashboard.app import dashboard_app
from countersign.web.health import HealthEndpoint
from countersign.web.http.listeners import ListenAt, Listeners
from countersign.web.metrics import metrics_app

BY_SIGNAL: Final = Actor.unlimited(SERVER_NAME, ActorKind.SERVER, Face.SIGNAL)
"""The actor in the audit log for reloads by a signal."""

log = structlog.get_logger()


def run_server(config_file: Path, *, announce: Callable[[Config, Started], None]) -> None:
    """Run the server until SIGTERM or SIGINT.

    Args:
        config_file: the settings.
        announce: told once that the server is ready.

    Raises:
        CountersignError: it cannot start; says why and what to do.
    """
    run_in_place(read_startable(config_file), announce, ALONE)


def run_in_place(config: Config, announce: Callable[[Config, Started], None], place: Place) -> None:
    """Run one process of a server until SIGTERM, SIGINT, or the end of its supervisor.

    Args:
        config: the settings.
        announce: told once that the process is ready.
        place: the place of this process.

    Raises:
        CountersignError: it cannot start; says why and what to do.
    """
    prepare_process(config)
    uvloop.run(serve(config, announce, place))


async def serve(
    config: Config, announce: Callable[[Config, Started], None], place: Place = ALONE
) -> None:
    """Run a server, as `run_in_place` does, on the running event loop."""
    signals = ServerSignals(place.alive)
    place.begin_beats()
    rounds = GarbageRounds(asyncio.get_running_loop())
    try:
        async with open_services(config, place) as services:
            server = _Server(config, services, place)
            try:
                await server.start(signals, announce)
                await signals.wait_for_stop()
                log.info("stopping")
            finally:
                await server.close()
    except asyncio.CancelledError:
        if not signals.is_stop_wanted:
            raise
        log.info("stopped before it was ready")
    finally:
        rounds.end()


class _Server:
    """The listeners of one running server."""

    def __init__(self, config: Config, services: Services, place: Place) -> None:
        self._config = config
        self._services = services
        self._place = place
        self._federation = Listeners(
            federation_app(services.federation),
            edge_limits(config),
            metrics=services.base.metrics,
            is_member=services.federation.known_clients.is_member_at,
            is_proxy=services.federation.client_addresses.is_trusted,
            bodies=federation_bodies(services.federation),
            background=services.base.background,
            turns=place.turns,
        )
        warn = partial(self._federation.warn_of_certificates, SystemClock())
        services.admin.health.warn_of("certificates", warn)
        apps = for_worker(
            {
                ADMIN: admin_app(services.admin),
                DASHBOARD: dashboard_app(
                    build_dashboard_services(
                        config, services.admin, services.sign_in, services.base.stores
                    )
                ),
            },
            place,
            changes=services.base.changes,
            background=services.base.background,
        )
        self._admin = Listeners(apps[ADMIN], background=services.base.background)
        hosts = config.metrics.hosts if config.metrics is not None else ()
        self._metrics = Listeners(
            metrics_app(
                services.metrics_page,
                SystemRandomness(),
                HealthEndpoint(services.admin.health, config.server_name),
                hosts=hosts,
            ),
            background=services.base.background,
        )
        self._dashboard = Listeners(apps[DASHBOARD], background=services.base.background)
        self._is_reload_wanted = asyncio.Event()

    async def start(
        self, signals: ServerSignals, announce: Callable[[Config, Started], None]
    ) -> None:
        """Load the state, then listen: every request is answered with the state before a restart.

        Args:
            signals: of which a reload is done once everything runs.
            announce: told that the server is ready.

        Raises:
            CountersignError: an address cannot be listened at, or the database cannot be read.
        """
        await self._services.base.key_ring.load()
        await self._services.rooms.finder.load()
        await self._services.management.rooms.load()
        await self._services.chats.chats.load()
        await self._services.rooms.rooms.load()
        keep_loaded()
        bound = await self._federation.start(
            self._place.at(federation_at(index), listen_at(self._config, listener))
            for index, listener in enumerate(self._config.listen)
        )
        dashboard = await self._open_for_people()
        self._begin_counting()
        await self._begin_duties()
        self._watch_leaks()
        signals.on_reload(self._reload)
        identity = self._services.base.identity
        policy_key = identity.policy_key.verify_key
        announce(
            self._config,
            Started(
                urls=tuple(address.url for address in bound),
                policy_key=policy_key.to_base64(),
                room_policy=room_policy_content(identity.server_name, policy_key),
                dashboard=dashboard,
            ),
        )

    async def _open_for_people(self) -> str | None:
        """Listen for operators and moderators; return the dashboard's address, if there is one."""
        settings, place = self._config.admin, self._place
        at = ListenAt(address=settings.address, port=settings.port)
        (admin,) = await self._admin.start([place.at(ADMIN, at)])
        # Homeservers are answered all the same: on a full disk nothing can be written.
        with _reported("the command line will not find this server"):
            if self._services.admin_address is not None:
                self._services.admin_address.write(admin.address, admin.port)
        shown_at = self._config.metrics
        if shown_at is not None and place.is_first:
            at = ListenAt(address=shown_at.address, port=shown_at.port)
            await self._metrics.start([place.at(METRICS, at)])
        return await self._open_dashboard()

    async def _open_dashboard(self) -> str | None:
        """Start the dashboard's listener; return its address, None if it is off.

        If the port is in use, the server starts without the dashboard.
        """
        settings, place = self._config.dashboard, self._place
        is_of_first = place.is_supervised and DASHBOARD not in place.sockets  # its port was taken
        if settings is None or (is_of_first and not place.is_first):
            return None
        at = ListenAt(address=settings.listen.address, port=settings.listen.port)
        with _reported("there is no dashboard") as troubles:
            self._services.admin.health.warn_of("dashboard", lambda: "".join(troubles) or None)
            (bound,) = await self._dashboard.start([place.at(DASHBOARD, at)])
            return settings.public_url or bound.url
        return None

    async def close(self) -> None:
        """Accept no more connections, and complete current requests."""
        listeners = (self._federation, self._admin, self._metrics, self._dashboard)
        await asyncio.gather(*(each.stop() for each in listeners))

    def _begin_counting(self) -> None:
        services = self._services
        background, statistics = services.base.background, services.admin.commands.statistics
        background.run_until_done(Work.DECISION_COUNT, services.decisions.load)
        if self._config.is_database_shared:
            background.keep_running(Work.DECISION_COUNT, services.decisions.follow, "others")
        background.keep_running(Work.DECISION_COUNT, statistics.count_continuously, "days")
        background.keep_running(Work.POLICY_RELOAD, self._reload_policies)
        lag, held_seconds = loop_lag(services.base.metrics), held_counter(services.base.metrics)
        background.keep_running(Work.LOOP_WATCH, partial(watch_event_loop, lag, SystemClock()))
        background.keep_running(Work.LOOP_HOLDERS, partial(watch_loop_holders, held_seconds))

    async def _begin_duties(self) -> None:
        """Register the work that only one of several processes may do."""
        services, leadership = self._services, self._services.base.leadership
        rooms = services.rooms
        leadership.on_begin(rooms.rooms.resume_joins)
        leadership.keep_running(Work.ROOM_CHECKS, rooms.checks.run)
        leadership.keep_running(Work.COMMUNITY_ROOMS, rooms.finder.run)
        leadership.keep_running(
            Work.KEY_RENEWAL, partial(services.base.key_ring.keep_fresh, rooms.rooms.joined_servers)
        )
        services.leaks.outbox.start(leadership)
        services.management.start(leadership)
        services.chats.start(leadership)
        leadership.keep_running(Work.REDACTIONS, services.own_events.delivery.run)
        await leadership.begin()
        services.base.background.keep_running(Work.LEADERSHIP, leadership.run)
        services.base.background.keep_running(Work.CHANGES, services.base.changes.run)

    def _watch_leaks(self) -> None:
        background, watch = self._services.base.background, self._services.leaks
        background.keep_running(Work.LEAKS, watch.leaks.run)
        background.keep_running(
            Work.LEAKS,
            partial(watch.split_messages.run, watch.outbox.recipients, watch.outbox.wake),
            "split messages",
        )
        background.keep_running(Work.UNSEEN_SIGNATURES, watch.unseen.watch)

    async def _reload_policies(self) -> None:
        """Read the policy files at each signal, until cancelled."""
        while True:
            await self._is_reload_wanted.wait()
            self._is_reload_wanted.clear()
            with _reported("the policy file is not in force; the last good policy stays"):
                await self._reload_audited()

    async def _reload_audited(self) -> None:
        try:
            await self._services.admin.commands.policies.reload(BY_SIGNAL, {})
        except StoreUnavailable as error:
            # A full disk must not prevent a policy file from taking effect.
            log.error(  # noqa: TRY400 - no fault of the program
                "a reload by SIGHUP is not in the audit log", reason=str(error)
            )
            await self._services.activation.reload()

    def _reload(self) -> None:
        if self._place.is_first:  # other processes learn of it by the change feed
            self._is_reload_wanted.set()
        with _reported("the TLS certificates were not read again; the old ones stay"):
            self._federation.reload_certificates()


@contextmanager
def _reported(trouble: str) -> Iterator[list[str]]:
    troubles: list[str] = []
    try:
        yield troubles
    except PolicyInvalid as error:
        log.warning(trouble, mistakes=[str(mistake) for mistake in error.mistakes])
    except CountersignError as error:
        log.warning(trouble, reason=str(error))
        troubles.append(str(error))
