"""Construction of the counters and broadcasts in a Valkey or Redis server."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.files.secret_files import SecretFileUnusable, read_secret
from countersign.adapters.memory.counters import MemoryCounters
from countersign.adapters.system import SystemRandomness
from countersign.adapters.valkey import operations
from countersign.adapters.valkey.broadcasts import ValkeyBroadcasts
from countersign.adapters.valkey.client import ValkeyClient
from countersign.adapters.valkey.counters import SharedCounters
from countersign.adapters.valkey.scripts import counting_library
from countersign.config import Config, ConfigError
from countersign.ports.clock import Clock
from countersign.ports.metrics import Metrics
from countersign.service.background import BackgroundTasks, Work

START_WITHIN_SECONDS: Final = 1.0
"""Time for which the start waits for the Valkey server; after it, the start goes on without."""

_PROCESS_NAME_BYTES: Final = 8

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedMemory:
    """Memory that several processes share.

    Attributes:
        address: the address of the server, without a password.
        counters: count there.
        broadcasts: tell other processes.
    """

    address: str
    client: ValkeyClient
    counters: SharedCounters
    broadcasts: ValkeyBroadcasts

    def find_trouble(self) -> str | None:
        """Return a sentence on why this process counts on its own; None if it does not."""
        if self.client.trouble is None:
            return None
        return (
            f"This process counts on its own, since {self.address} is not to be had: "
            f"{self.client.trouble}."
        )


async def open_shared_memory(
    config: Config,
    clock: Clock,
    metrics: Metrics,
    background: BackgroundTasks,
    communities: Callable[[], Iterable[str]],
) -> SharedMemory | None:
    """Return the shared memory; None if the settings name no Valkey server.

    An unreachable server does not prevent the start.

    Args:
        config: the settings.
        clock: tells the time.
        metrics: show whether the server is reachable.
        background: keeps the connection.
        communities: returns the names of all communities.

    Raises:
        ConfigError: the file with the password cannot be used.
        CertificatesInvalid: the file of extra authorities cannot be used.
    """
    losses = metrics.counter(
        "countersign_shared_counters_losses_total",
        "Times that the server of shared counters was lost, or was not found at the start.",
    )
    counted_alone = metrics.counter(
        "countersign_counted_alone_total",
        "Events that were counted by this process on its own while the server was lost.",
    )
    shared: SharedMemory | None = None
    metrics.gauge(
        "countersign_shared_counters_lost",
        "The settings name a server of shared counters, and it is not to be had: 1.",
        lambda: float(shared is not None and not shared.client.is_up),
    )
    settings = config.shared_counters
    if settings is None:
        return None
    address, authorities = settings.url, settings.ca_certificates
    if settings.password_file is not None:
        try:
            password = read_secret(config.path(settings.password_file))
        except SecretFileUnusable as error:
            setting = f"{config.file}: shared_counters.password_file"
            raise ConfigError(f"{setting}: {error}.") from error
        address = replace(address, password=password)
    is_there = asyncio.Event()

    def lost(reason: str) -> None:
        losses.inc()
        log.warning(
            "shared counters are lost, and this process counts on its own",
            server=str(address),
            reason=reason,
        )

    def there() -> None:
        log.info("counting together with other processes", server=str(address))
        is_there.set()
        counters.note_connected()

    key_prefix = f"countersign:{config.server_name}:"
    client = ValkeyClient(
        address,
        library=counting_library(),
        name="countersign",
        probe_prefix=f"{key_prefix}{{probe}}:",
        probe=operations.probe(),
        channel=f"{key_prefix}told",
        tls=make_tls_context(
            authorities and config.path(authorities), setting="shared_counters: ca_certificates"
        )
        if address.is_tls
        else None,
        on_lost=lost,
        on_up=there,
    )
    counters = SharedCounters(
        client,
        MemoryCounters(clock),
        key_prefix=key_prefix,
        counted_alone=counted_alone,
        communities=communities,
    )
    process = SystemRandomness().random_bytes(_PROCESS_NAME_BYTES).hex()
    broadcasts = ValkeyBroadcasts(client, process=process)
    shared = SharedMemory(
        address=str(address), client=client, counters=counters, broadcasts=broadcasts
    )
    background.keep_running(Work.SHARED_COUNTERS, client.run)
    try:
        async with asyncio.timeout(START_WITHIN_SECONDS):
            await is_there.wait()
    except TimeoutError:
        pass  # it was reported already
    return shared
