"""Checks before a start, which report all problems with files and ports at once."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pwd import getpwuid
from typing import Final

from countersign.adapters.federation.guarded_connect import make_tls_context
from countersign.adapters.files.admin_files import check_token, is_server_running
from countersign.adapters.files.database_lock import require_free
from countersign.adapters.sql.database_files import has_database
from countersign.adapters.sql.errors import DatabaseUnusable
from countersign.adapters.sql.postgres.addresses import PostgresAddress
from countersign.adapters.sql.postgres.schema import has_schema_blocking
from countersign.bootstrap.files import find_database, read_keys
from countersign.bootstrap.parts.leaks import webhook_secret
from countersign.bootstrap.policies.checker_secrets import secret_troubles
from countersign.bootstrap.policies.documents import policy_troubles
from countersign.bootstrap.policy_files import has_last_policies
from countersign.config import Config, ConfigError, Listener, read_config
from countersign.ports.errors import StoreOutdated
from countersign.protocol.errors import CountersignError
from countersign.web.http.certificates import Certificate, certificate_troubles
from countersign.web.http.listeners import ListenAt, port_troubles

PARTS: Final = ("keys", "policy", "secrets", "TLS", "ports", "folders", "database")
"""Parts that a start needs, in the order of the report."""


class CannotStart(CountersignError):
    """Several problems prevent the start; the message has each, with its file and what to do."""


@dataclass(frozen=True, slots=True)
class StartTrouble:
    """A problem that prevents the start.

    Attributes:
        part: one of `PARTS`.
        message: what is wrong, and what to do.
    """

    part: str
    message: str


def require_startable(config: Config, settings_error: ConfigError | None = None) -> None:
    """Check all that a start needs, before anything is opened.

    Args:
        config: the valid settings.
        settings_error: the mistakes in the others.

    Raises:
        CannotStart: there are several problems.
        CountersignError: there is one problem.
    """
    left_out = frozenset() if settings_error is None else settings_error.left_out
    if settings_error is None and is_server_running(config.admin_address_file):
        return  # a second server reports only this
    troubles = list(find_start_troubles(config, left_out=left_out, may_use_last_policy=True))
    messages = [trouble.message for trouble in troubles]
    if settings_error is not None:
        messages.insert(0, str(settings_error))
    if messages:
        raise CannotStart("\n".join(messages))


def find_start_troubles(
    config: Config,
    *,
    left_out: frozenset[str] = frozenset(),
    may_use_last_policy: bool = False,
) -> Iterator[StartTrouble]:
    """Yield everything that would prevent the start of a server with these settings.

    Nothing is created or changed. The ports of a running server are not checked.

    Args:
        config: the settings.
        left_out: settings with mistakes, whose values are not the intended ones.
        may_use_last_policy: a policy with mistakes is no problem if the last valid one is stored.
    """
    if "keys" not in left_out:
        yield from _raised("keys", lambda: read_keys(config))
    if not left_out & {"policy", "communities", "checkers"}:
        yield from _policy_troubles(config, may_use_last_policy=may_use_last_policy)
    if "redactions" not in left_out:
        yield from _webhook_troubles(config)
    for listener in config.listen:
        if listener.tls is not None:
            for message in certificate_troubles(_certificate(config, listener)):
                yield StartTrouble("TLS", message)
    authorities = config.federation.ca_certificates
    if authorities is not None:
        yield from _raised("TLS", lambda: make_tls_context(config.path(authorities)))
    if not is_server_running(config.admin_address_file):
        for message in port_troubles(_addresses(config, left_out)):
            yield StartTrouble("ports", message)
    if "database" not in left_out:
        yield from _storage_troubles(config)
    if "admin" not in left_out:
        yield from _raised("secrets", lambda: check_token(config.path(config.admin.token_file)))
        yield from _folder_troubles(config.admin_address_file.parent, "the admin token")


def read_startable(config_file: Path) -> Config:
    """Return the settings, after a check of everything that they name.

    Raises:
        CountersignError: the message has all problems that prevent the start.
    """
    try:
        config = read_config(config_file)
    except ConfigError as error:
        if error.sound is not None:
            require_startable(error.sound, error)
        raise
    require_startable(config)
    return config


def listen_at(config: Config, listener: Listener) -> ListenAt:
    """Return an address of the settings, with its certificate."""
    certificate = None if listener.tls is None else _certificate(config, listener)
    return ListenAt(address=listener.address, port=listener.port, certificate=certificate)


def _certificate(config: Config, listener: Listener) -> Certificate:
    assert listener.tls is not None
    return Certificate(
        chain=config.path(listener.tls.certificate),
        private_key=config.path(listener.tls.private_key),
    )


def _policy_troubles(config: Config, *, may_use_last_policy: bool) -> Iterator[StartTrouble]:
    troubles = policy_troubles(config)
    # A server with an invalid policy file starts with the last valid policy, and logs that.
    if may_use_last_policy and has_last_policies(config):
        return
    for trouble in troubles:
        yield StartTrouble("policy", str(trouble))
    for trouble in secret_troubles(config):
        yield StartTrouble("secrets", str(trouble))


def _webhook_troubles(config: Config) -> Iterator[StartTrouble]:
    for webhook in config.redactions.webhooks:
        yield from _raised("secrets", partial(webhook_secret, config, webhook))


def _addresses(config: Config, left_out: frozenset[str]) -> Iterator[ListenAt]:
    """Yield the addresses at which the server will listen."""
    if "listen" not in left_out:
        for listener in config.listen:
            yield ListenAt(address=listener.address, port=listener.port)
    if "admin" not in left_out:
        yield ListenAt(address=config.admin.address, port=config.admin.port)
    if config.metrics is not None:
        yield ListenAt(address=config.metrics.address, port=config.metrics.port)


def _storage_troubles(config: Config) -> Iterator[StartTrouble]:
    try:
        file = find_database(config)
    except DatabaseUnusable as error:
        yield StartTrouble("database", str(error))
        return
    if isinstance(file, Path) and not is_server_running(config.admin_address_file):
        yield from _raised("database", lambda: require_free(file))
    if isinstance(file, PostgresAddress):
        yield from _folder_troubles(config.base, "the settings")
        try:
            yield from _database_troubles(lambda: has_schema_blocking(file))
        except StoreOutdated as error:  # others may use it, so only a command migrates it
            yield StartTrouble("database", str(error))
        return
    if file.parent.is_dir():
        yield from _folder_troubles(file.parent, "the database")
        for each in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))):
            if each.exists() and not os.access(each, os.R_OK | os.W_OK):
                yield StartTrouble("database", f"{each} cannot be written: {_owner_of(each)}")
                return
    with suppress(StoreOutdated):  # the server migrates it when it starts
        yield from _database_troubles(lambda: has_database(file))


def _database_troubles(look: Callable[[], bool]) -> Iterator[StartTrouble]:
    try:
        look()
    except DatabaseUnusable as error:
        yield StartTrouble("database", str(error))


def _folder_troubles(folder: Path, whose: str) -> Iterator[StartTrouble]:
    if not folder.is_dir():
        message = f"There is no folder {folder} for {whose}. Make it, or run `countersign init`."
        yield StartTrouble("folders", message)
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        message = f"The folder {folder} of {whose} cannot be written: {_owner_of(folder)}"
        yield StartTrouble("folders", message)


def _owner_of(path: Path) -> str:
    """Return a sentence on the owner of a path that we may not write, and what to do."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return "its file system is read-only. Mount it for writing, or name another place."
    owner = _user_name(path.stat().st_uid)
    own_name = _user_name(os.geteuid())
    if owner == own_name:
        return f"its mode forbids it. Run: chmod u+rwX {path}"
    return (
        f"it belongs to {owner}, and this is {own_name}. Run the command as {owner} "
        f"(sudo -u {owner} ...), or give it away: chown {own_name} {path}"
    )


def _user_name(number: int) -> str:
    try:
        return getpwuid(number).pw_name
    except KeyError:
        return f"the user {number}"


def _raised(part: str, look: Callable[[], object]) -> Iterator[StartTrouble]:
    try:
        look()
    except CountersignError as error:
        yield StartTrouble(part, str(error))
