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
from countersign.bootstrap.presets import read_presets
from countersign.config import Config, ConfigError
from countersign.policy.documents import MAX_DOCUMENT_BYTES
from countersign.policy.mistakes import Mistake
from countersign.policy.policies import Policy, PolicyInvalid, parse_policy
from countersign.policy.registry import BUILTIN_FILTERS
from countersign.service.identity import Identity
from countersign.service.policies import DEFAULT_COMMUNITY


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
    """Return the default policy as its file says now.

    Raises:
        PolicyFileInvalid: the file holds mistakes; lists all of them.
        ConfigError: the file cannot be read.
    """
    return read_policy_file(config.path(config.policy))


def read_policies(config: Config) -> dict[str, Policy]:
    """Return the policies as their files say now: the default one, and one a community.

    Raises:
        PolicyFileInvalid: a file holds mistakes, or two are for the same room.
        ConfigError: a file cannot be read.
    """
    default = config.path(config.policy)
    policies = {DEFAULT_COMMUNITY: read_policy_file(default)}
    if not policies[DEFAULT_COMMUNITY].rooms.is_rest:
        raise _misplaced(default, "a list of rooms", "no rooms: this policy is for all others")
    holders: dict[str, Path] = {}
    for file in community_files(config):
        policy = policies[file.stem] = read_policy_file(file)
        if policy.rooms.is_rest or file.stem == DEFAULT_COMMUNITY:
            raise _misplaced(file, "no rooms", "rooms: the rooms of this community")
        for name in policy.rooms.all_names():
            if (other := holders.setdefault(name, file)) is not file:
                raise _misplaced(file, f"{name}, which {other.name} has too", "each room once")
    return policies


def community_files(config: Config) -> list[Path]:
    """Return the policy files of the communities, by name; none if there is no such folder."""
    return sorted(config.path(config.communities).glob("*.yaml"))


def read_policy_file(file: Path) -> Policy:
    """Return the policy that a file describes.

    Raises:
        PolicyFileInvalid: the file holds mistakes; lists all of them.
        ConfigError: the file cannot be read.
    """
    try:
        with file.open("rb") as document:
            text = document.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"The policy file {file} cannot be read: {error.strerror}.") from error
    try:
        return parse_policy(text, BUILTIN_FILTERS, read_presets())
    except PolicyInvalid as error:
        raise PolicyFileInvalid(file, error.mistakes) from error


def _misplaced(file: Path, found: str, allowed: str) -> PolicyFileInvalid:
    return PolicyFileInvalid(file, [Mistake(path=("rooms",), found=found, allowed=allowed)])


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
