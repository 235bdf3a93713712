"""Policy files: reading, replacing, and the history that earlier versions kept beside them."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from getpass import getuser
from pathlib import Path
from typing import Final

from countersign.adapters.files.atomic_files import replace_file
from countersign.adapters.files.file_owners import make_folder, open_private_file
from countersign.adapters.files.policy_history import PolicyHistory
from countersign.adapters.sql.stores.policies import (
    read_policies_in_force,
    read_policies_in_force_at,
)
from countersign.adapters.system import SystemClock
from countersign.basics.os_reasons import reason_of
from countersign.bootstrap.files import find_data_folder, find_database
from countersign.bootstrap.policies.documents import check_documents, parse_document, read_documents
from countersign.bootstrap.policies.locations import find_policy_file, read_source
from countersign.bootstrap.stores import open_stores_for_reading
from countersign.config import Config, ConfigError
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.ports.policy_sources import PolicyDocument
from countersign.ports.stores.policies import EarlierPolicy, PolicyInForce, PolicyStore
from countersign.protocol.errors import CountersignError
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY
from countersign.service.policies.policy_activation import PolicyActivation

FOLDER: Final = "policy-history"
"""Folder where earlier versions kept the history; read once, and holds the lock of commands."""


class PolicyFiles:
    """Implements `ports.policy_sources.PolicySource` by the files that the settings name."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._folder = find_data_folder(config) / FOLDER
        self._kept = PolicyHistory(self._folder)

    def read(self) -> dict[str, PolicyDocument]:
        """Return the policies as their files say now, by community.

        Raises:
            PolicyFileInvalid, ConfigError: see `read_documents`.
        """
        return read_documents(self._config)

    def check(self, documents: Mapping[str, bytes]) -> dict[str, PolicyDocument]:
        """Return the policies that these documents are beside each other.

        Raises:
            PolicyFileInvalid, ConfigError: see `check_documents`.
        """
        return check_documents(self._config, documents)

    def check_beside_files(self, community: str, source: bytes, file: Path) -> Policy:
        """Return the policy that `source` would be beside the files of the other communities.

        Raises:
            PolicyFileInvalid, ConfigError: it holds mistakes, or does not go with the others.
        """
        return read_documents(self._config, {community: (file, source)})[community].policy

    def parse(self, document: bytes) -> Policy:
        """Return the policy in a document, without the definitions in the settings.

        Raises:
            PolicyInvalid: it holds mistakes.
        """
        return parse_document(document)

    def revision_of_file(self, community: str) -> str | None:
        """Return the revision of the community's file; None if it is no policy now."""
        try:
            return parse_document(read_source(find_policy_file(self._config, community))).revision
        except CountersignError:
            return None

    def replace_file(self, community: str, document: bytes) -> bytes | None:
        """Write `document` to the community's file; return its content before.

        Raises:
            ConfigError: it cannot be written; nothing has changed.
        """
        file = find_policy_file(self._config, community)
        try:
            before = file.read_bytes() if file.is_file() else None
            make_folder(file.parent, parents=True)
            replace_file(file, document)
        except OSError as error:
            raise ConfigError(f"{file} cannot be replaced: {reason_of(error)}") from error
        return before

    def put_back(self, community: str, before: bytes | None) -> None:
        """Undo `replace_file`.

        Raises:
            ConfigError: it cannot be written.
        """
        file = find_policy_file(self._config, community)
        try:
            if before is None:
                file.unlink(missing_ok=True)
            else:
                replace_file(file, before)
        except OSError as error:
            raise ConfigError(f"{file} cannot be put back: {reason_of(error)}") from error

    def read_earlier(self) -> list[EarlierPolicy]:
        """Return the documents that earlier versions stored in the folder, oldest first.

        Raises:
            ConfigError: the folder cannot be read.
        """
        try:
            return self._kept.read()
        except OSError as error:
            raise ConfigError(f"{self._folder} cannot be read: {error.strerror}.") from error

    def read_last_in_force(self) -> dict[str, bytes]:
        """Return the documents in force last, as the folder has them; empty if one is missing."""
        return self._kept.read_in_force()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Exclude other commands that exchange policies, within the block.

        Raises:
            ConfigError: one does, or the folder cannot be written.
        """
        try:
            make_folder(self._folder, 0o700)
            descriptor = open_private_file(self._folder / "lock", os.O_RDWR)
        except OSError as error:
            raise ConfigError(f"{self._folder} cannot be written: {reason_of(error)}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise ConfigError("Another command is exchanging a policy; try again.") from None
        finally:
            os.close(descriptor)


def build_policy_activation(config: Config, store: PolicyStore, clock: Clock) -> PolicyActivation:
    """Return the activation of policies, with the source that the settings name."""
    takes_files = config.policies.source == "files"
    return PolicyActivation(store, PolicyFiles(config), clock, takes_files=takes_files)


async def find_earlier_policy(
    config: Config, community: str, revision: str | None
) -> tuple[str, bytes]:
    """Return a revision from the history, and its document; see `PolicyActivation.find`.

    Raises:
        PolicyUnknown: there is none.
        DatabaseUnusable, StoreUnavailable: says what to do about it.
    """
    async with open_policy_history(config) as history:
        return await history.find(community, revision)


@asynccontextmanager
async def open_policy_history(config: Config) -> AsyncIterator[PolicyActivation]:
    """Open the history of policies for reading; the server may run meanwhile.

    Raises:
        DatabaseUnusable: says what to do about it.
    """
    async with open_stores_for_reading(config) as stores:
        yield build_policy_activation(config, stores.policies, SystemClock())


def has_last_policies(config: Config) -> bool:
    """Return True if a server whose policy files are broken could start with the last good ones."""
    last = {row.community: row.document for row in _last_in_force(config)}
    for documents in (last, PolicyFiles(config).read_last_in_force()):
        if DEFAULT_COMMUNITY in documents:
            try:
                check_documents(config, documents)
            except CountersignError:
                continue
            return True
    return False


def _last_in_force(config: Config) -> list[PolicyInForce]:
    database = find_database(config)
    if isinstance(database, Path):
        return read_policies_in_force(database)
    return read_policies_in_force_at(database)


def user_name() -> str:
    """Return who runs this program, for the history."""
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
