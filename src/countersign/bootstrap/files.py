"""What lies in the files that the settings name: our keys, the policy, the database."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from countersign.adapters.files.atomic_files import create_file
from countersign.adapters.files.file_owners import make_folder
from countersign.adapters.files.key_files import (
    SigningKeys,
    create_policy_key,
    create_server_key,
    read_policy_key,
    read_signing_keys,
)
from countersign.adapters.files.secret_files import SecretFileUnusable, read_secret
from countersign.adapters.sql.sqlite import parse_database_url
from countersign.adapters.system import SystemRandomness
from countersign.bootstrap.presets import read_presets
from countersign.bootstrap.registry import read_registry
from countersign.config import Config, ConfigError
from countersign.policy.document.documents import MAX_DOCUMENT_BYTES
from countersign.policy.document.mistakes import Mistake
from countersign.policy.policies.policy_documents import Policy, PolicyInvalid, parse_policy
from countersign.ports.policy_sources import PolicyDocument
from countersign.protocol.keys.signing_keys import PolicySigningKey
from countersign.service.identity import Identity
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY

NOTHING_INSTEAD: Final[Mapping[str, tuple[Path, bytes]]] = MappingProxyType({})
_COMMUNITY_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


class PolicyFileInvalid(PolicyInvalid):
    """The policy file holds mistakes; says each with the file's name.

    Args:
        file: the policy file.
        mistakes: all of them.
    """

    def __init__(self, file: Path, mistakes: Iterable[Mistake]) -> None:
        super().__init__(mistakes)
        self.args = ("\n".join(f"{file}: {mistake}" for mistake in self.mistakes),)


class PolicyFilesInvalid(PolicyInvalid):
    """Several things are wrong with the policy files; says each with its file's name.

    Args:
        troubles: each of them.
    """

    def __init__(self, troubles: Iterable[PolicyInvalid | ConfigError]) -> None:
        troubles = tuple(troubles)
        mistakes = (each.mistakes for each in troubles if isinstance(each, PolicyInvalid))
        super().__init__(mistake for several in mistakes for mistake in several)
        self.args = ("\n".join(map(str, troubles)),)


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
    """Make the keys that are not there yet, and return both.

    Raises:
        KeyFileUnusable: one cannot be written, or the one that is there cannot be used.
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
    """Make the folder of the settings if it is not there.

    Raises:
        OSError: it cannot be made.
    """
    make_folder(config.base, parents=True)


def write_new_file(file: Path, text: str) -> None:
    """Write a file whole or not at all, and never over another; the umask says who may read it.

    Raises:
        FileExistsError: it is there.
        OSError: it cannot be written.
    """
    create_file(file, text.encode(), mode=0o666)


def create_next_policy_key(config: Config, *, may_be_there: bool) -> tuple[Path, PolicySigningKey]:
    """Make a policy key beside the one in use, which stays in use until the settings say otherwise.

    Args:
        config: the settings.
        may_be_there: take the one that was made before, if the settings do not name it yet.

    Returns:
        Its file, spelled as the settings spell the one in use, and the key.

    Raises:
        KeyFileUnusable: the file cannot be written, or the one that is there cannot be used.
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
    """Return the file beside `file` that has its name and the highest number, and that number."""
    found = {
        number: sibling
        for sibling in file.parent.iterdir()
        if (number := _number_of(sibling.name, file.name))
    }
    number = max(found, default=1)
    own = _number_of(file.name, file.name)
    return (found[number], number) if number > own else (None, max(own, number))


def _number_of(name: str, like: str) -> int:
    """Return 2 for `policy-2.signing.key`, 1 for `policy.signing.key`, 0 for another name."""
    stem, rest = _parts(like)
    match = re.fullmatch(rf"{re.escape(stem)}(?:-([1-9][0-9]{{0,5}}))?{re.escape(rest)}", name)
    return int(match[1] or 1) if match else 0


def _numbered(name: str, number: int) -> str:
    stem, rest = _parts(name)
    return f"{stem}-{number}{rest}"


def _parts(name: str) -> tuple[str, str]:
    """Split `policy-2.signing.key` into `policy` and `.signing.key`."""
    stem, dot, rest = name.partition(".")
    return re.sub(r"-[1-9][0-9]{0,5}$", "", stem), dot + rest


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
    return {name: document.policy for name, document in read_documents(config).items()}


def read_documents(
    config: Config, instead: Mapping[str, tuple[Path, bytes]] = NOTHING_INSTEAD
) -> dict[str, PolicyDocument]:
    """Return the policies with their documents, by community, the default one first.

    Args:
        config: the settings.
        instead: documents to be taken in place of a community's file, with the files they are of.

    Raises:
        PolicyFileInvalid: a file holds mistakes, or two are for the same room.
        ConfigError: a file cannot be read, or a checker's secret cannot be used.
        PolicyFilesInvalid: more than one of these.
    """
    documents, troubles = _read_documents(config, instead)
    return _without_troubles(documents, [*troubles, *secret_troubles(config)])


def check_documents(config: Config, documents: Mapping[str, bytes]) -> dict[str, PolicyDocument]:
    """Return the policies that documents are beside each other, wherever they come from.

    Args:
        config: the settings.
        documents: by community.

    Raises:
        PolicyFileInvalid: one holds mistakes, or two are for the same room.
        ConfigError: no community can be called so.
        PolicyFilesInvalid: more than one of these.
    """
    files = {name: find_policy_file(config, name) for name in documents}
    return _without_troubles(*_parsed(config, files, documents.__getitem__))


def _without_troubles(
    documents: dict[str, PolicyDocument], troubles: list[PolicyInvalid | ConfigError]
) -> dict[str, PolicyDocument]:
    if len(troubles) > 1:
        raise PolicyFilesInvalid(troubles)
    if troubles:
        raise troubles[0]
    return documents


def policy_troubles(config: Config) -> list[PolicyInvalid | ConfigError]:
    """Return what is wrong with the policy files, file by file."""
    _, troubles = _read_documents(config, NOTHING_INSTEAD)
    return troubles


def _read_documents(
    config: Config, instead: Mapping[str, tuple[Path, bytes]]
) -> tuple[dict[str, PolicyDocument], list[PolicyInvalid | ConfigError]]:
    """Return the policies that can be read, and what is wrong with the others."""
    troubles: list[PolicyInvalid | ConfigError] = []
    files = {DEFAULT_COMMUNITY: config.path(config.policy)}
    for file in community_files(config):
        if file.stem == DEFAULT_COMMUNITY:
            allowed = "another name: default is all other rooms"
            troubles.append(_misplaced(file, "the name default", allowed))
            continue
        if file.stem in files:
            found = f"the name of {files[file.stem].name} too"
            troubles.append(_misplaced(file, found, "one document for each community"))
            continue
        files[file.stem] = file
    files |= {name: file for name, (file, _) in instead.items()}

    def read(name: str) -> bytes:
        return instead[name][1] if name in instead else _read(files[name])

    in_json = {
        name
        for name, file in files.items()
        if _is_json(file) or _is_json(find_policy_file(config, name))
    }
    documents, more = _parsed(config, files, read, in_json=in_json)
    return documents, troubles + more


def _parsed(
    config: Config,
    files: Mapping[str, Path],
    read: Callable[[str], bytes],
    *,
    in_json: Collection[str] = (),
) -> tuple[dict[str, PolicyDocument], list[PolicyInvalid | ConfigError]]:
    """Return the policies that can be read, and what is wrong with the others.

    Args:
        config: the settings.
        files: by community, the file that mistakes are said to be in.
        read: returns the document of a community, or raises ConfigError.
        in_json: the communities whose documents may be JSON only.
    """
    documents: dict[str, PolicyDocument] = {}
    troubles: list[PolicyInvalid | ConfigError] = []
    for name, file in files.items():
        try:
            documents[name] = _document(file, read(name), config.checkers, is_json=name in in_json)
        except (PolicyInvalid, ConfigError) as error:
            troubles.append(error)
    troubles += _misplaced_rooms(documents, files)
    return documents, troubles


def _misplaced_rooms(
    documents: Mapping[str, PolicyDocument], files: Mapping[str, Path]
) -> Iterator[PolicyFileInvalid]:
    """Yield each policy that is for no rooms, or for those of another one."""
    holders: dict[str, Path] = {}
    for community, document in documents.items():
        rooms, file = document.policy.rooms, files[community]
        if community == DEFAULT_COMMUNITY and not rooms.is_rest:
            found, allowed = "a list of rooms", "no rooms: this policy is for all others"
            yield _misplaced(file, found, allowed)
        elif community != DEFAULT_COMMUNITY and rooms.is_rest:
            yield _misplaced(file, "no rooms", "rooms: the rooms of this community")
        for name in rooms.all_names():
            if (other := holders.setdefault(name, file)) is not file:
                yield _misplaced(file, f"{name}, which {other.name} has too", "each room once")


def find_policy_file(config: Config, community: str) -> Path:
    """Return the file of a community's policy, whether it is there or not.

    Raises:
        ConfigError: no community can be called so.
    """
    if community == DEFAULT_COMMUNITY:
        return config.path(config.policy)
    if not _COMMUNITY_NAME.fullmatch(community):
        raise ConfigError(
            f"{community!r} cannot be a community's name: letters, digits, -, _ and ."
        )
    folder = config.path(config.communities)
    in_json = folder / f"{community}.json"
    return in_json if in_json.exists() else folder / f"{community}.yaml"


def community_files(config: Config) -> list[Path]:
    """Return the policy files of the communities, by name; none if there is no such folder."""
    folder = config.path(config.communities)
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.json")])


def read_policy_file(file: Path) -> Policy:
    """Return the policy that a file describes.

    Raises:
        PolicyFileInvalid: the file holds mistakes; lists all of them.
        ConfigError: the file cannot be read.
    """
    return _document(file, _read(file), is_json=_is_json(file)).policy


def read_source(file: Path) -> bytes:
    """Return a policy document as it was written, valid or not.

    Raises:
        ConfigError: the file cannot be read.
    """
    return _read(file)


def parse_document(
    source: bytes, checkers: Collection[str] | None = None, *, is_json: bool = False
) -> Policy:
    """Return the policy that a document describes.

    Args:
        source: the document.
        checkers: the names of the checkers that the settings define; None if they are not known.
        is_json: whether it may be JSON only.

    Raises:
        PolicyInvalid: lists all mistakes.
    """
    return parse_policy(source, read_registry(), read_presets(), checkers=checkers, is_json=is_json)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as document:
            return document.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"The policy file {file} cannot be read: {error.strerror}.") from error


def _is_json(file: Path) -> bool:
    return file.suffix == ".json"


def _document(
    file: Path,
    source: bytes,
    checkers: Collection[str] | None = None,
    *,
    is_json: bool = False,
) -> PolicyDocument:
    try:
        return PolicyDocument(source, parse_document(source, checkers, is_json=is_json))
    except PolicyInvalid as error:
        raise PolicyFileInvalid(file, error.mistakes) from error


def secret_troubles(config: Config) -> Iterator[ConfigError]:
    """Yield what is wrong with the secrets of checkers: one that is missing, or is a key of ours.

    It is found out when policies are read, not when a secret is needed.
    """
    for name, checker in config.checkers.items():
        if checker.secret_file is None:
            continue
        file = config.path(checker.secret_file)
        place = f"{config.file}: checkers.{name}.secret_file"
        if any(_is_same_file(file, key) for key in _own_secrets(config)):
            yield ConfigError(
                f"{place}: {file} is a secret of this server, which nobody is sent. Put the "
                "checker's own secret into a file of its own."
            )
            continue
        try:
            read_secret(file)
        except SecretFileUnusable as error:
            yield ConfigError(
                f"{place}: {error}. It must be a readable file that holds the secret alone, on one "
                "line."
            )


def _own_secrets(config: Config) -> tuple[Path, ...]:
    keys = config.keys
    further = (*keys.former_policy, *keys.leaked_policy, config.admin.token_file)
    return tuple(config.path(each) for each in (keys.server, keys.policy, *further))


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


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
        former_policy_keys=keys.former_policy,
        leaked_policy_keys=keys.leaked_policy,
        retired_policy_keys=config.keys.retired_policy,
        display_name=config.display_name,
    )
