"""Secrets of external checkers: whether the files that the settings name can be used."""

from collections.abc import Iterator
from pathlib import Path

from countersign.adapters.files.secret_files import SecretFileUnusable, read_secret
from countersign.config import Config, ConfigError


def secret_troubles(config: Config) -> Iterator[ConfigError]:
    """Yield an error for each secret of a checker that is missing, or is one of our key files.

    It is found out when policies are read, not when a secret is needed.
    """
    for name, checker in config.checkers.items():
        if checker.secret_file is None:
            continue
        file = config.path(checker.secret_file)
        setting = f"{config.file}: checkers.{name}.secret_file"
        if any(_is_same_file(file, key) for key in _own_secrets(config)):
            yield ConfigError(
                f"{setting}: {file} is a secret of this server, which nobody is sent. Put the "
                "checker's own secret into a file of its own."
            )
            continue
        try:
            read_secret(file)
        except SecretFileUnusable as error:
            yield ConfigError(
                f"{setting}: {error}. It must be a readable file that holds the secret alone, on "
                "one line."
            )


def _own_secrets(config: Config) -> tuple[Path, ...]:
    keys = config.keys
    further = (*keys.former_policy, *keys.leaked_policy, config.admin.token_file)
    return tuple(config.path(each) for each in (keys.server, keys.policy, *further))


def _is_same_file(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return first.resolve() == second.resolve()
