"""The only file that builds adapters and hands them to services."""

import asyncio
import gc
import resource
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import uvloop

from countersign.adapters.admin_files import AdminAddress, ensure_token
from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.client import HttpFederationClient, federation_client
from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.key_files import (
    SigningKeys,
    create_policy_key,
    create_server_key,
    read_signing_keys,
)
from countersign.adapters.logs import configure_logs
from countersign.adapters.memory.event_rates import MemoryEventRates
from countersign.adapters.sql.decisions import SqliteDecisionStore
from countersign.adapters.sql.rooms import SqliteRoomStore
from countersign.adapters.sql.server_keys import SqliteServerKeyStore
from countersign.adapters.sql.sqlite import SqliteDatabase, parse_database_url, prepare_database
from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.config import Config, ConfigError, Listener, read_config
from countersign.policy.documents import MAX_DOCUMENT_BYTES
from countersign.policy.mistakes import Mistake
from countersign.policy.policies import Policy, PolicyInvalid, parse_policy
from countersign.policy.registry import BUILTIN_FILTERS
from countersign.ports.decisions import DecisionStore
from countersign.ports.rooms import RoomStore
from countersign.ports.server_keys import ServerKeyStore
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import CountersignError
from countersign.protocol.policy_servers import room_policy_content
from countersign.service.answer import Answers
from countersign.service.background import BackgroundTasks
from countersign.service.decide import Decide
from countersign.service.doctor import Doctor
from countersign.service.health import Health
from countersign.service.identity import Identity
from countersign.service.invites import Invites
from countersign.service.key_ring import KeyRing
from countersign.service.policies import Policies
from countersign.service.policy_signatures import PolicySignatures
from countersign.service.publish import Publication
from countersign.service.rate_limits import OriginLimits, RateLimit
from countersign.service.request_auth import RequestAuth
from countersign.service.rooms import Rooms
from countersign.service.sign_event import Gatekeepers, SignEvent
from countersign.service.transactions import Transactions
from countersign.web.admin.app import AdminServices, admin_app
from countersign.web.app import FederationServices, federation_app
from countersign.web.listeners import Certificate, ListenAt, Listeners

OPEN_FILES: Final = 65_536
COLLECT_AFTER: Final = (50_000, 20, 100)
"""When the garbage collector looks; a full round stops the event loop for all that lives."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What an operator wants to know of a server that has just started.

    Args:
        urls: where it listens.
        policy_key: the public policy key, unpadded base64.
        room_policy: the content of `m.room.policy` that names this server.
    """

    urls: tuple[str, ...]
    policy_key: str
    room_policy: JsonObject


class PolicyFileInvalid(PolicyInvalid):
    """The policy file holds mistakes; says each with the file's name.

    Args:
        file: the policy file.
        mistakes: all of them.
    """

    def __init__(self, file: Path, mistakes: Iterable[Mistake]) -> None:
        super().__init__(mistakes)
        self.args = ("\n".join(f"{file}: {mistake}" for mistake in self.mistakes),)


def read_keys(config: Config) -> SigningKeys:
    """Return our two keys.

    Raises:
        KeyFileUnusable: says which file, and what to do.
    """
    return read_signing_keys(config.path(config.keys.server), config.path(config.keys.policy))


def create_keys(config: Config) -> SigningKeys:
    """Make the keys that are not there yet, and return both.

    Raises:
        KeyFileUnusable: one cannot be written, or the one that is there cannot be used.
    """
    for file, create in (
        (config.path(config.keys.server), create_server_key),
        (config.path(config.keys.policy), create_policy_key),
    ):
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create(file, SystemRandomness())
    return read_keys(config)


def read_policy(config: Config) -> Policy:
    """Return the policy as its file says now.

    Raises:
        PolicyFileInvalid: the file holds mistakes; lists all of them.
        ConfigError: the file cannot be read.
    """
    file = config.path(config.policy)
    try:
        with file.open("rb") as document:
            text = document.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"The policy file {file} cannot be read: {error.strerror}.") from error
    try:
        return parse_policy(text, BUILTIN_FILTERS)
    except PolicyInvalid as error:
        raise PolicyFileInvalid(file, error.mistakes) from error


def find_database(config: Config) -> Path:
    """Return the database's file, whether it is there or not.

    Raises:
        DatabaseUnusable: the setting names none.
    """
    return parse_database_url(config.database, config.base)


@asynccontextmanager
async def open_decisions(config: Config) -> AsyncIterator[DecisionStore]:
    """Open the decisions for reading; the server may run meanwhile."""
    async with _open_database(config) as database:
        yield SqliteDecisionStore(database)


@asynccontextmanager
async def open_rooms(config: Config) -> AsyncIterator[RoomStore]:
    """Open the rooms for reading; the server may run meanwhile."""
    async with _open_database(config) as database:
        yield SqliteRoomStore(database)


@asynccontextmanager
async def open_server_keys(config: Config) -> AsyncIterator[ServerKeyStore]:
    """Open what we know of other servers' keys; the server may run meanwhile."""
    async with _open_database(config) as database:
        yield SqliteServerKeyStore(database)


@asynccontextmanager
async def open_doctor(config: Config) -> AsyncIterator[Doctor]:
    """Open what looks at our server from outside; whether it runs makes no difference.

    Raises:
        KeyFileUnusable, CertificatesInvalid: our keys or authorities cannot be used.
    """
    configure_logs()
    identity, clock = _identity(config), SystemClock()
    async with _open_federation(config, identity, clock) as federation:
        yield Doctor(identity, federation=federation, clock=clock)


def run_server(config_file: Path, *, announce: Callable[[Config, Started], None]) -> None:
    """Run the server until SIGTERM or SIGINT.

    Args:
        config_file: the settings.
        announce: told once that the server is ready.

    Raises:
        CountersignError: it cannot start; says why and what to do.
    """
    config = read_config(config_file)
    configure_logs()
    _limit_resources()
    uvloop.run(_serve(config, announce))


async def _serve(config: Config, announce: Callable[[Config, Started], None]) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(_Server.assembled(config))
        await server.start(announce)
        await server.until_told_to_stop()
        log.info("stopping")


@asynccontextmanager
async def _open_database(config: Config) -> AsyncIterator[SqliteDatabase]:
    path = find_database(config)
    prepare_database(path)
    database = SqliteDatabase(path)
    try:
        yield database
    finally:
        await database.close()


def _open_federation(
    config: Config, identity: Identity, clock: SystemClock
) -> AbstractAsyncContextManager[HttpFederationClient]:
    authorities = config.federation.ca_certificates
    return federation_client(
        server_name=identity.server_name,
        key=identity.server_key,
        clock=clock,
        randomness=SystemRandomness(),
        guard=AddressGuard(config.federation.allow_networks),
        tls=make_tls_context(authorities and config.path(authorities)),
    )


def _identity(config: Config) -> Identity:
    keys = read_keys(config)
    return Identity(
        server_name=config.server_name,
        user_id=config.user_id,
        server_key=keys.server,
        policy_key=keys.policy,
        display_name=config.display_name,
    )


class _Server:
    """All the services of one running server, and its two faces."""

    def __init__(
        self,
        config: Config,
        identity: Identity,
        *,
        key_ring: KeyRing,
        rooms: Rooms,
        policies: Policies,
        federation: Listeners,
        admin: Listeners,
        admin_address: AdminAddress,
    ) -> None:
        self._config = config
        self._identity = identity
        self._key_ring = key_ring
        self._rooms = rooms
        self._policies = policies
        self._federation = federation
        self._admin = admin
        self._admin_address = admin_address
        self._stop = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def assembled(cls, config: Config) -> AsyncIterator["_Server"]:
        """Build everything, from the ground up; close it all, from the roof down."""
        clock, randomness = SystemClock(), SystemRandomness()
        identity = _identity(config)
        policies = Policies(lambda: read_policy(config))
        async with AsyncExitStack() as stack:
            admin_address = AdminAddress.claim(config.admin_address_file)
            stack.callback(admin_address.release)
            token = ensure_token(config.path(config.admin.token_file), randomness)
            database = await stack.enter_async_context(_open_database(config))
            client = await stack.enter_async_context(_open_federation(config, identity, clock))
            key_ring = KeyRing(
                identity,
                federation=client,
                store=SqliteServerKeyStore(database),
                clock=clock,
                own_networks=config.federation.allow_networks,
            )
            stack.push_async_callback(key_ring.close)
            background = BackgroundTasks()
            stack.push_async_callback(background.aclose)
            rooms = Rooms(
                identity,
                store=SqliteRoomStore(database),
                federation=client,
                key_ring=key_ring,
                clock=clock,
                background=background,
            )
            auth = RequestAuth(identity.server_name, key_ring)
            per_origin = config.limits.per_origin
            limit = RateLimit(per_second=per_origin.per_second, burst=per_origin.burst)
            decide = Decide(
                identity,
                policies=policies,
                answers=Answers(MemoryEventRates(), clock),
                decisions=SqliteDecisionStore(database),
                clock=clock,
            )
            signatures = PolicySignatures(identity)
            sign_event = SignEvent(
                identity,
                Gatekeepers(auth=auth, limits=OriginLimits(limit, clock)),
                rooms=rooms,
                key_ring=key_ring,
                decide=decide,
                signatures=signatures,
            )
            federation = FederationServices(
                identity=identity,
                auth=auth,
                sign_event=sign_event,
                publication=Publication(
                    identity,
                    clock,
                    delegated_server=config.delegated_server,
                    support=_support(config),
                ),
                transactions=Transactions(rooms=rooms, key_ring=key_ring),
                invites=Invites(
                    identity,
                    accept_from=config.invites.accept_from,
                    rooms=rooms,
                    key_ring=key_ring,
                    background=background,
                ),
                randomness=randomness,
            )
            health = Health(
                {
                    "rooms": lambda: None if rooms.is_loaded else "still being loaded",
                    "signing": signatures.find_trouble,
                }
            )
            admin = AdminServices(
                identity=identity,
                token=token,
                health=health,
                rooms=rooms,
                policies=policies,
                randomness=randomness,
            )
            server = cls(
                config,
                identity,
                key_ring=key_ring,
                rooms=rooms,
                policies=policies,
                federation=Listeners(federation_app(federation)),
                admin=Listeners(admin_app(admin)),
                admin_address=admin_address,
            )
            stack.push_async_callback(server.close)
            yield server

    async def start(self, announce: Callable[[Config, Started], None]) -> None:
        """Listen, then load: who asks meanwhile is told to come back.

        Raises:
            CountersignError: an address cannot be listened at, or the database cannot be read.
        """
        self._heed_signals()
        bound = await self._federation.start(
            [_listen_at(self._config, listener) for listener in self._config.listen]
        )
        settings = self._config.admin
        (admin,) = await self._admin.start([ListenAt(address=settings.address, port=settings.port)])
        self._admin_address.write(admin.address, admin.port)
        await self._key_ring.load()
        await self._rooms.load()
        _spare_garbage_collector()
        policy_key = self._identity.policy_key.verify_key
        announce(
            self._config,
            Started(
                urls=tuple(address.url for address in bound),
                policy_key=policy_key.to_base64(),
                room_policy=room_policy_content(self._identity.server_name, policy_key),
            ),
        )

    async def until_told_to_stop(self) -> None:
        """Wait for SIGTERM or SIGINT."""
        await self._stop.wait()

    async def close(self) -> None:
        """Accept nothing more, and finish what is being answered."""
        await asyncio.gather(self._federation.stop(), self._admin.stop())

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _reload(self) -> None:
        with _reported("the policy file is not in force; the last good policy stays"):
            self._policies.reload()
        with _reported("the TLS certificates were not read again; the old ones stay"):
            self._federation.reload_certificates()


@contextmanager
def _reported(trouble: str) -> Iterator[None]:
    try:
        yield
    except PolicyInvalid as error:
        log.warning(trouble, mistakes=[str(mistake) for mistake in error.mistakes])
    except CountersignError as error:
        log.warning(trouble, reason=str(error))


def _listen_at(config: Config, listener: Listener) -> ListenAt:
    certificate = None
    if listener.tls is not None:
        certificate = Certificate(
            chain=config.path(listener.tls.certificate),
            private_key=config.path(listener.tls.private_key),
        )
    return ListenAt(address=listener.address, port=listener.port, certificate=certificate)


def _support(config: Config) -> JsonObject | None:
    said: JsonObject = config.support.model_dump(exclude_none=True, exclude_defaults=True)
    return said or None


def _spare_garbage_collector() -> None:
    """Have it leave alone what stays for good, rooms and word lists, and look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _limit_resources() -> None:
    """A core dump would hold our keys; and each connection is an open file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
