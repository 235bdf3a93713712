"""Files of policies: the place and the content of each community's file."""

import os
from pathlib import Path

from countersign.adapters.files.bounded_reading import read_bounded
from countersign.basics.community_names import ALLOWED, is_community_name
from countersign.config import Config, ConfigError
from countersign.policy.document.documents import MAX_DOCUMENT_BYTES
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY


def find_policy_file(config: Config, community: str) -> Path:
    """Return the file of a community's policy, whether it is there or not.

    Raises:
        ConfigError: no community can be called so.
    """
    if community == DEFAULT_COMMUNITY:
        return config.path(config.policy)
    if not is_community_name(community):
        raise ConfigError(f"{community!r} cannot be a community's name; allowed: {ALLOWED}.")
    folder = config.path(config.communities)
    in_json = folder / f"{community}.json"
    # Unlike the path's method, it raises nothing where the folder may not be searched.
    return in_json if os.path.exists(in_json) else folder / f"{community}.yaml"  # noqa: PTH110


def find_known_policy_file(config: Config, community: str) -> Path:
    """Return the file of a community's policy.

    Raises:
        ConfigError: there is no such file; the message names the communities that have one.
    """
    file = find_policy_file(config, community)
    if community != DEFAULT_COMMUNITY and not os.path.exists(file):  # noqa: PTH110
        names = [DEFAULT_COMMUNITY, *(each.stem for each in community_files(config))]
        raise ConfigError(
            f"There is no policy file {file}. Communities with one: {', '.join(names)}."
        )
    return file


def community_files(config: Config) -> list[Path]:
    """Return the policy files of the communities, by name; none if there is no such folder.

    Hidden ones are those of an editor.

    Raises:
        ConfigError: the folder cannot be read. Its communities would be taken for gone.
    """
    folder = config.path(config.communities)
    try:
        files = list(folder.iterdir())
        os.stat(f"{folder}/.")  # noqa: PTH116 - a path drops the dot, by which it is searched
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(
            f"The communities' policies in {folder} cannot be read: {error.strerror}. It must be a "
            "folder that this user may list and enter."
        ) from error
    return sorted(
        file
        for file in files
        if file.name.endswith((".yaml", ".json")) and not file.name.startswith(".")
    )


def name_trouble(file: Path) -> ConfigError | None:
    """Return an error for an invalid name of a community's file; None if it is valid."""
    if is_community_name(file.stem):
        return None
    # It may hold what no terminal shows.
    file_words = f"{file.parent}: {file.name!r}"
    return ConfigError(
        f"{file_words}: found a name that no community can have; allowed: {ALLOWED}."
    )


def read_source(file: Path) -> bytes:
    """Return a policy document as it was written, valid or not.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        return read_bounded(file, MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"The policy file {file} cannot be read: {error.strerror}.") from error
