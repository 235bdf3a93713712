"""Files that the settings name: keys and database."""

import re
from pathlib import Path

from countersign.adapters.files.atomic_files import create_file
from countersign.adapters.files.file_owners import make_folder
from countersign.adapters.files.key_files import (
    SigningKeys,
    create_policy_key,
    create_server_key,
    read_policy_key,
    read_signing_keys,
)
from countersign.adapters.sql.database_files import parse_database_url
from countersign.adapters.sql.postgres.addresses import (
    PostgresAddress,
    is_postgres,
    parse_postgres_url,
)
from countersign.adapters.system import SystemRandomness
from countersign.config import Config
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.service.identity import Identity


def read_keys(config: Config) -> SigningKeys:
    """Return our keys.

    Raises:
        KeyFileUnusable: says which file, and what to do.
    """
    files = config.keys
    return read_signing_keys(
        config.path(files.server),
        config.path(files.policy),
        former_policy_files=[config.path(file) for file in files.former_policy],
        leaked_policy_files=[config.path(file) for file in files.leaked_policy],
    )


def create_keys(config: Config) -> SigningKeys:
    """Create missing keys, and return both.

    Raises:
        KeyFileUnusable: one cannot be written, or an existing one is unusable.
    """
    for file, create in (
        (config.path(config.keys.server), create_server_key),
        (config.path(config.keys.policy), create_policy_key),
    ):
        if not file.exists():
            make_folder(file.parent.parent, parents=True)
            make_folder(file.parent, 0o700)
            create(file, SystemRandomness())
    return read_keys(config)


def make_settings_folder(config: Config) -> None:
    """Create the folder of the settings if it does not exist.

    Raises:
        OSError: it cannot be created.
    """
    make_folder(config.base, parents=True)


def write_new_file(file: Path, text: str) -> None:
    """Write a new file atomically, with the permissions of the umask; never replaces one.

    Raises:
        FileExistsError: it exists.
        OSError: it cannot be written.
    """
    create_file(file, text.encode(), mode=0o666)


def create_next_policy_key(config: Config, *, may_be_there: bool) -> tuple[Path, PolicySigningKey]:
    """Create another policy key; the present one stays in use until the settings change.

    Args:
        config: the settings.
        may_be_there: use a key that was created before, if the settings do not name it yet.

    Returns:
        Its file, relative to the same folder as the present one in the settings, and the key.

    Raises:
        KeyFileUnusable: the file cannot be written, or an existing one is unusable.
    """
    current = config.keys.policy
    newest, number = _newest_successor(config.path(current))
    further = (*config.keys.former_policy, *config.keys.leaked_policy)
    named = {config.path(file) for file in (current, *further)}
    if newest is None or newest in named or not may_be_there:
        newest = config.path(current).with_name(_numbered(current.name, number + 1))
        create_policy_key(newest, SystemRandomness())
    return current.with_name(newest.name), read_policy_key(newest)


def _newest_successor(file: Path) -> tuple[Path | None, int]:
    """Return the numbered successor of `file` with the highest number, and that number."""
    successors = {
        number: sibling
        for sibling in file.parent.iterdir()
        if (number := _number_of(sibling.name, file.name))
    }
    number = max(successors, default=1)
    own = _number_of(file.name, file.name)
    return (successors[number], number) if number > own else (None, max(own, number))


def _number_of(name: str, like: str) -> int:
    """Return 2 for `policy-2.signing.key`, 1 for `policy.signing.key`, 0 for another name."""
    stem, suffix = _parts(like)
    match = re.fullmatch(rf"{re.escape(stem)}(?:-([1-9][0-9]{{0,5}}))?{re.escape(suffix)}", name)
    return int(match[1] or 1) if match else 0


def _numbered(name: str, number: int) -> str:
    stem, suffix = _parts(name)
    return f"{stem}-{number}{suffix}"


def _parts(name: str) -> tuple[str, str]:
    """Split `policy-2.signing.key` into `policy` and `.signing.key`."""
    stem, dot, suffix = name.partition(".")
    return re.sub(r"-[1-9][0-9]{0,5}$", "", stem), dot + suffix


def find_database(config: Config) -> Path | PostgresAddress:
    """Return the database's file or address; the database may not exist.

    Raises:
        DatabaseUnusable: the setting is invalid, or the file with the password can't be read.
    """
    if is_postgres(config.database):
        return parse_postgres_url(config.database, config.base)
    return parse_database_url(config.database, config.base)


def find_database_file(config: Config) -> Path:
    """Return the file of a SQLite database, which may not exist.

    Raises:
        DatabaseUnusable: the setting names none.
    """
    return parse_database_url(config.database, config.base)


def find_data_folder(config: Config) -> Path:
    """Return the folder for files that belong to the database: that of the database or settings.

    Raises:
        DatabaseUnusable: the setting of the database names none.
    """
    return config.base if is_postgres(config.database) else find_database_file(config).parent


def may_have_database(config: Config) -> bool:
    """Return False if it is certain that there is no database yet.

    Raises:
        DatabaseUnusable: the setting names none.
    """
    return is_postgres(config.database) or find_database_file(config).exists()


def read_identity(config: Config) -> Identity:
    """Return our identity: names from the settings, keys from their files.

    Raises:
        KeyFileUnusable: says which file, and what to do.
    """
    keys = read_keys(config)
    return Identity(
        server_name=config.server_name,
        user_id=config.user_id,
        server_key=keys.server,
        policy_key=keys.policy,
        former_policy_keys=keys.former_policy,
        leaked_policy_keys=keys.leaked_policy,
        retired_policy_keys=config.keys.retired_policy,
        display_name=config.display_name,
    )
