"""Opening of the clients for other servers, and of the doctor's checks from outside."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from countersign.adapters.federation.address_table import AddressGuard
from countersign.adapters.federation.client import HttpFederationClient
from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.federation.open_client import federation_client
from countersign.adapters.logs import configure_logs
from countersign.adapters.posts.http_checkers import (
    HttpCheckers,
    SettingsChecker,
    open_checkers,
)
from countersign.adapters.system import SystemClock, SystemRandomness
from countersign.bootstrap.files import read_identity
from countersign.config import Config
from countersign.ports.clock import Clock
from countersign.service.health.browser_checks import BrowserChecks
from countersign.service.health.doctor import Doctor
from countersign.service.identity import Identity


@dataclass(frozen=True, slots=True)
class OutsideChecks:
    """Checks of our server from outside.

    Attributes:
        doctor: checks as other servers do.
        browsers: checks as clients in browsers do.
    """

    doctor: Doctor
    browsers: BrowserChecks


@asynccontextmanager
async def open_outside_checks(config: Config) -> AsyncIterator[OutsideChecks]:
    """Open the checks of our server from outside; it need not run.

    Raises:
        KeyFileUnusable, CertificatesInvalid: our keys or authorities cannot be used.
    """
    configure_logs()
    identity, clock = read_identity(config), SystemClock()
    async with open_federation(config, identity, clock) as federation:
        yield OutsideChecks(
            Doctor(identity, federation=federation, clock=clock),
            BrowserChecks(identity, federation),
        )


def open_outside_checkers(config: Config) -> AbstractAsyncContextManager[HttpCheckers]:
    """Open the client for external checkers of policies and settings.

    Raises:
        CertificatesInvalid: the file of extra authorities cannot be used.
    """
    authorities = config.federation.ca_certificates
    checkers = {
        name: SettingsChecker(each.url, each.secret_file and config.path(each.secret_file))
        for name, each in config.checkers.items()
    }
    return open_checkers(
        checkers,
        make_tls_context(authorities and config.path(authorities)),
        config.federation.allow_networks,
    )


def open_federation(
    config: Config, identity: Identity, clock: Clock
) -> AbstractAsyncContextManager[HttpFederationClient]:
    """Open the client for requests to other servers.

    Raises:
        CertificatesInvalid: the file of extra authorities cannot be used.
    """
    authorities = config.federation.ca_certificates
    return federation_client(
        server_name=identity.server_name,
        key=identity.server_key,
        clock=clock,
        randomness=SystemRandomness(),
        guard=AddressGuard(config.federation.allow_networks),
        tls=make_tls_context(authorities and config.path(authorities)),
    )
