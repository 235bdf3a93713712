"""Policy documents in the files that the settings name: found, read and checked together."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from countersign.bootstrap.policies.checker_secrets import secret_troubles
from countersign.bootstrap.policies.locations import (
    community_files,
    find_policy_file,
    name_trouble,
    read_source,
)
from countersign.bootstrap.presets import read_presets
from countersign.bootstrap.registry import read_registry
from countersign.config import Config, ConfigError
from countersign.policy.document.mistakes import Mistake
from countersign.policy.policies.policy_documents import Policy, PolicyInvalid, parse_policy
from countersign.ports.policy_sources import PolicyDocument
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY

NOTHING_INSTEAD: Final[Mapping[str, tuple[Path, bytes]]] = MappingProxyType({})


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
    """Several policy files have mistakes; the message names each with its file.

    Args:
        troubles: each of them.
    """

    def __init__(self, troubles: Iterable[PolicyInvalid | ConfigError]) -> None:
        troubles = tuple(troubles)
        mistakes = (each.mistakes for each in troubles if isinstance(each, PolicyInvalid))
        super().__init__(mistake for several in mistakes for mistake in several)
        self.args = ("\n".join(map(str, troubles)),)


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
    """Parse the documents of all communities, and check that they fit together.

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
    """Return the errors in the policy files, by file."""
    _, troubles = _read_documents(config, NOTHING_INSTEAD)
    return troubles


def _read_documents(
    config: Config, instead: Mapping[str, tuple[Path, bytes]]
) -> tuple[dict[str, PolicyDocument], list[PolicyInvalid | ConfigError]]:
    """Return the policies that can be read, and what is wrong with the others."""
    troubles: list[PolicyInvalid | ConfigError] = []
    files = {DEFAULT_COMMUNITY: config.path(config.policy)}
    try:
        found_files = community_files(config)
    except ConfigError as error:
        troubles.append(error)
        found_files = []
    for file in found_files:
        if (trouble := name_trouble(file)) is not None:
            troubles.append(trouble)
            continue
        if file.stem == DEFAULT_COMMUNITY:
            allowed = "another name: default is all other rooms"
            troubles.append(_misplaced(file, "the name default", allowed))
            continue
        if file.stem in files:
            conflict = f"the name of {files[file.stem].name} too"
            troubles.append(_misplaced(file, conflict, "one document for each community"))
            continue
        files[file.stem] = file
    files |= {name: file for name, (file, _) in instead.items()}

    def read(name: str) -> bytes:
        return instead[name][1] if name in instead else read_source(files[name])

    in_json = {
        name
        for name, file in files.items()
        if _is_json(file) or _is_json(find_policy_file(config, name))
    }
    documents, extra = _parsed(config, files, read, in_json=in_json)
    return documents, troubles + extra


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
            value, allowed = "a list of rooms", "no rooms: this policy is for all others"
            yield _misplaced(file, value, allowed)
        elif community != DEFAULT_COMMUNITY and rooms.is_rest:
            yield _misplaced(file, "no rooms", "rooms: the rooms of this community")
        for name in rooms.all_names():
            if (other := holders.setdefault(name, file)) is not file:
                yield _misplaced(file, f"{name}, which {other.name} has too", "each room once")


def read_policy_file(file: Path) -> Policy:
    """Return the policy that a file describes.

    Raises:
        PolicyFileInvalid: the file holds mistakes; lists all of them.
        ConfigError: the file cannot be read.
    """
    return _document(file, read_source(file), is_json=_is_json(file)).policy


def parse_document(
    source: bytes, checkers: Collection[str] | None = None, *, is_json: bool = False
) -> Policy:
    """Return the policy that a document describes.

    Args:
        source: the document.
        checkers: the names of the checkers that the settings define; None if they are not known.
        is_json: True if it may be JSON only.

    Raises:
        PolicyInvalid: lists all mistakes.
    """
    return parse_policy(source, read_registry(), read_presets(), checkers=checkers, is_json=is_json)


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


def _misplaced(file: Path, value: str, allowed: str) -> PolicyFileInvalid:
    return PolicyFileInvalid(file, [Mistake(path=("rooms",), found=value, allowed=allowed)])
