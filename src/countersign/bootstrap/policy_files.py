"""Policy files and their history: what is in force, what was, and how one takes another's place."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import Final

import structlog

from countersign.adapters.files.atomic_files import replace_file
from countersign.adapters.files.file_owners import make_folder, open_private_file
from countersign.adapters.files.policy_history import HistoryEntry, PolicyHistory
from countersign.adapters.system import SystemClock
from countersign.bootstrap.files import (
    PolicyDocument,
    find_database,
    find_policy_file,
    parse_document,
    read_documents,
    read_source,
)
from countersign.config import Config, ConfigError
from countersign.policy.policies.policy_documents import Policy
from countersign.ports.clock import Clock
from countersign.protocol.errors import CountersignError

FOLDER: Final = "policy-history"

log = structlog.get_logger()


class PolicyUnknown(CountersignError):
    """The history does not hold what was asked for; says what it holds."""


class PolicyFiles:
    """The policy documents that the settings name, with their history beside the database."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._folder = find_database(config).parent / FOLDER
        self._read: dict[str, PolicyDocument] = {}
        self.history = PolicyHistory(self._folder)

    def read(self) -> dict[str, Policy]:
        """Return the policies as their files say now, by community.

        Raises:
            PolicyFileInvalid, ConfigError: see `read_documents`.
        """
        self._read = read_documents(self._config)
        return {name: document.policy for name, document in self._read.items()}

    def keep(self) -> None:
        """Keep what was read last: it is in force now. A failure is logged, and harms nobody."""
        before = self.history.in_force()
        revisions = {name: each.policy.revision for name, each in self._read.items()}
        try:
            for name, document in self._read.items():
                self.history.keep(name, revisions[name], document.source)
                if before.get(name) != revisions[name] and not self._is_told(name, revisions[name]):
                    self._tell(name, revisions[name], "loaded")
            if before != revisions:
                self.history.put_in_force(revisions)
        except OSError as error:
            log.warning("the policy in force is not in the history", reason=str(error))

    def read_last_good(self) -> dict[str, Policy]:
        """Return the policies that were in force last; empty if they cannot be had."""
        policies = {}
        for name, revision in self.history.in_force().items():
            try:
                source = self.history.find_source(name, revision)
                if source is None:
                    return {}
                policies[name] = parse_document(source, self._config.checkers)
            except (OSError, CountersignError):
                return {}
        return policies

    def check(self, community: str, source: bytes, file: Path) -> Policy:
        """Return the policy that `source` would be, beside those of the other communities.

        Raises:
            PolicyFileInvalid, ConfigError: it holds mistakes, or does not go with the others.
        """
        documents = read_documents(self._config, {community: (file, source)})
        return documents[community].policy

    def replace(
        self, community: str, source: bytes, policy: Policy, *, what: str, note: str
    ) -> bytes | None:
        """Have the community's file hold `source`, and note it; return what it held before.

        Raises:
            ConfigError: it cannot be written; nothing has changed.
        """
        file = find_policy_file(self._config, community)
        try:
            before = file.read_bytes() if file.exists() else None
            if before is not None:
                self._keep_earlier(community, before)
            self.history.keep(community, policy.revision, source)
            make_folder(file.parent, parents=True)
            replace_file(file, source)
            self._tell(community, policy.revision, what, who=_who(), note=note)
        except OSError as error:
            raise ConfigError(f"{file} cannot be replaced: {error.strerror}.") from error
        return before

    def _keep_earlier(self, community: str, source: bytes) -> None:
        """Keep what a file held that no server has loaded yet, so that it can be had again."""
        try:
            revision = parse_document(source).revision
        except CountersignError:
            return  # it holds mistakes: nobody can go back to it
        if not self._is_told(community, revision):
            self.history.keep(community, revision, source)
            self._tell(community, revision, "found")

    def put_back(self, community: str, before: bytes | None, *, note: str) -> None:
        """Undo `replace`.

        Raises:
            ConfigError: it cannot be written.
        """
        file = find_policy_file(self._config, community)
        try:
            if before is None:
                file.unlink(missing_ok=True)
                return
            replace_file(file, before)
            revision = parse_document(before).revision
            self._tell(community, revision, "put back", who=_who(), note=note)
        except OSError as error:
            raise ConfigError(f"{file} cannot be put back: {error.strerror}.") from error
        except CountersignError:
            return  # what was there had mistakes already

    def find(self, community: str, revision: str | None) -> tuple[str, bytes]:
        """Return a revision from the history, and its document.

        Args:
            community: whose.
            revision: its beginning is enough; None for the one before that of the file. One that
                was rolled back is not before any other.

        Raises:
            PolicyUnknown: there is none.
        """
        entries = self.history.entries(community)
        known = list(dict.fromkeys(entry.revision for entry in entries))
        if revision is None:
            before = _earlier(reversed(entries), self.revision_of_file(community))
            fitting = before[-1:]
        else:
            fitting = [each for each in known if revision and each.startswith(revision)]
        source = self.history.find_source(community, fitting[0]) if len(fitting) == 1 else None
        if source is None:
            asked = "no earlier policy"
            if revision is not None:
                asked = f"{'several revisions' if fitting else 'no revision'} {revision}"
            raise PolicyUnknown(
                f"The history of {community} holds {asked}. See: countersign policy list"
            )
        return fitting[0], source

    def read_file(self, community: str) -> tuple[str, bytes]:
        """Return the revision of the community's file, and its document.

        Raises:
            ConfigError: it cannot be read.
            PolicyInvalid: it holds mistakes.
        """
        source = read_source(find_policy_file(self._config, community))
        return parse_document(source).revision, source

    def revision_of_file(self, community: str) -> str | None:
        """Return the revision of the community's file; None if it is no policy now."""
        try:
            return parse_document(find_policy_file(self._config, community).read_bytes()).revision
        except (OSError, CountersignError):
            return None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Have no other command exchange policies meanwhile.

        Raises:
            ConfigError: one does, or the folder cannot be written.
        """
        try:
            make_folder(self._folder, 0o700)
            descriptor = open_private_file(self._folder / "lock", os.O_RDWR)
        except OSError as error:
            raise ConfigError(f"{self._folder} cannot be written: {error.strerror}.") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise ConfigError("Another command is exchanging a policy; try again.") from None
        finally:
            os.close(descriptor)

    def _is_told(self, community: str, revision: str) -> bool:
        newest = next(iter(self.history.entries(community)), None)
        return newest is not None and newest.revision == revision

    def _tell(
        self, community: str, revision: str, what: str, *, who: str = "", note: str = ""
    ) -> None:
        self.history.tell(
            HistoryEntry(
                ts=self._clock.now_ts(),
                community=community,
                revision=revision,
                what=what,
                who=who,
                note=note,
            )
        )


def open_policy_files(config: Config) -> PolicyFiles:
    """Return the policy files of one settings file; the server may run meanwhile."""
    return PolicyFiles(config, SystemClock())


def _earlier(entries: Iterable[HistoryEntry], current: str | None) -> list[str]:
    """Return the revisions that led to the current one, the oldest first, without it.

    Args:
        entries: what came into force, the oldest first.
        current: the revision of the file; None if it is no policy.
    """
    line: list[str] = []
    for entry in entries:
        revision = entry.revision
        if entry.what in ("rolled back", "put back") and revision in line:
            del line[len(line) - line[::-1].index(revision) :]
        elif line[-1:] != [revision]:
            line.append(revision)
    if current in line:
        del line[len(line) - 1 - line[::-1].index(current) :]
    return line


def _who() -> str:
    try:
        return getuser()
    except (KeyError, OSError):
        return str(os.getuid())
