"""Comparison of the policy files with the policies that a running server has in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from countersign.bootstrap.policies.documents import parse_document, read_documents
from countersign.bootstrap.policies.locations import (
    community_files,
    find_policy_file,
    name_trouble,
    read_source,
)
from countersign.config import Config
from countersign.policy.policies.policy_documents import PolicyInvalid
from countersign.protocol.errors import CountersignError
from countersign.service.policies.policies_in_force import DEFAULT_COMMUNITY

NOTHING_ACKNOWLEDGED: Final[Mapping[str, str | None]] = MappingProxyType({})


class FileState(StrEnum):
    """State of a policy file, compared with the policy in force."""

    SAME = "same"
    DIFFERS = "differs"
    BROKEN = "broken"
    MISSING = "missing"
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPolicy:
    """A community's policy in force, compared with its file.

    Attributes:
        community: its name.
        file: its file, whether it is there or not.
        in_force: the revision in force; None if the server does not know the community.
        in_file: the revision of the file; None if there is none, or it cannot be used.
        mistakes: the reasons why the file cannot be used, a line each.
        state: how they go together.
    """

    community: str
    file: Path
    in_force: str | None
    in_file: str | None
    mistakes: tuple[str, ...]
    state: FileState


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All communities, compared.

    Attributes:
        policies: each of them, the default one first.
        conflict: the reason why valid files cannot be used together, or None.
    """

    policies: tuple[ComparedPolicy, ...]
    conflict: str | None

    @property
    def is_same(self) -> bool:
        """The files are what is in force, or have nothing new."""
        return self.conflict is None and all(each.state is FileState.SAME for each in self.policies)

    @property
    def changed_by_command(self) -> tuple[str, ...]:
        """The communities whose policy commands changed since its file was taken over."""
        return tuple(
            each.community
            for each in self.policies
            if each.state is FileState.SAME and each.in_force != each.in_file
        )


def compare_policies(
    config: Config,
    in_force: Mapping[str, str],
    acknowledged: Mapping[str, str | None] = NOTHING_ACKNOWLEDGED,
) -> Comparison:
    """Compare the policy files with the policies in force.

    Args:
        config: the settings.
        in_force: revisions by community.
        acknowledged: by community, the revision that its file may have although another one is in
            force, as that was put in force by command; None if there need be no file.
    """
    # What no community can be called is told with what the files say beside each other.
    files = {file.stem: file for file in community_files(config) if name_trouble(file) is None}
    other_names = sorted((in_force.keys() | files.keys()) - {DEFAULT_COMMUNITY})
    names = (DEFAULT_COMMUNITY, *other_names)
    policies = tuple(
        _compare(
            config,
            name,
            files.get(name, find_policy_file(config, name)),
            in_force.get(name),
            acknowledged,
        )
        for name in names
    )
    conflict = None
    if not any(each.state is FileState.BROKEN for each in policies):
        try:
            read_documents(config)
        except CountersignError as error:
            conflict = str(error)
    return Comparison(policies=policies, conflict=conflict)


def _compare(
    config: Config,
    community: str,
    file: Path,
    in_force: str | None,
    acknowledged: Mapping[str, str | None],
) -> ComparedPolicy:
    in_file: str | None = None
    mistakes: tuple[str, ...] = ()
    may_be_gone = community != DEFAULT_COMMUNITY or community in acknowledged
    is_gone = may_be_gone and not file.exists()
    if not is_gone:
        try:
            in_file = parse_document(read_source(file), config.checkers).revision
        except PolicyInvalid as error:
            mistakes = tuple(f"{file}: {mistake}" for mistake in error.mistakes)
        except CountersignError as error:
            mistakes = (str(error),)
    if in_force is not None and not mistakes and acknowledged.get(community, in_force) == in_file:
        state = FileState.SAME
    elif is_gone:
        state = FileState.MISSING
    elif mistakes:
        state = FileState.BROKEN
    elif in_force is None:
        state = FileState.NEW
    else:
        state = FileState.SAME if in_file == in_force else FileState.DIFFERS
    return ComparedPolicy(
        community=community,
        file=file,
        in_force=in_force,
        in_file=in_file,
        mistakes=mistakes,
        state=state,
    )
