"""What lies in the files that the settings name: our keys, the policy, the database."""

from collections.abc import Iterable
from pathlib import Path

from countersign.adapters.key_files import (
    SigningKeys,
    create_policy_key,
    create_server_key,
    read_signing_keys,
)
from countersign.adapters.sql.sqlite import parse_database_url
from countersign.adapters.system import SystemRandomness
from countersign.config import Config, ConfigError
from countersign.policy.documents import MAX_DOCUMENT_BYTES
from countersign.policy.mistakes import Mistake
from countersign.policy.policies import Policy, PolicyInvalid, parse_policy
from countersign.policy.registry import BUILTIN_FILTERS
from countersign.service.identity import Identity


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


def read_identity(config: Config) -> Identity:
    """Return who we are: names from the settings, keys from their files.

    Raises:
        KeyFileUnusable: says which file, and what to do.
    """
    keys = read_keys(config)
    return Identity(
        server_name=config.server_name,
        user_id=config.user_id,
        server_key=keys.server,
        policy_key=keys.policy,
        display_name=config.display_name,
    )
