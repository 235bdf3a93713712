"""The policies that were in force, by revision, and when they came: a folder beside the database.

`documents/COMMUNITY/REVISION.yaml` hold them, `history.jsonl` tells when each came, by
whom and why, `in-force.json` names the set that was in force last.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from countersign.adapters.files.atomic_files import replace_file
from countersign.adapters.files.file_owners import make_folder, open_private_file

MAX_LOG_BYTES: Final = 4_000_000
"""How much of the log is read: its end, some ten thousand entries."""
_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """A policy that came into force.

    Attributes:
        ts: when, in ms since the epoch.
        community: whose policy.
        revision: which edition.
        what: `activated`, `rolled back` or `put back`; `loaded` if the server found it in its file;
            `found` if it stood there when another one was activated.
        who: on whose command; empty if the server found it.
        note: why, in their words.
    """

    ts: int
    community: str
    revision: str
    what: str
    who: str = ""
    note: str = ""


class PolicyHistory:
    """Keeps them.

    Args:
        folder: made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "history.jsonl"
        self._in_force = folder / "in-force.json"

    def keep(self, community: str, revision: str, source: bytes) -> None:
        """Keep a document; nothing happens if it is there.

        Raises:
            OSError: it cannot be written.
        """
        file = self._file(community, revision)
        if file.exists() and file.read_bytes() == source:
            return
        self._make_folder()
        make_folder(file.parent.parent, _FOLDER_MODE)
        make_folder(file.parent, _FOLDER_MODE)
        replace_file(file, source)

    def tell(self, entry: HistoryEntry) -> None:
        """Note that a policy came into force.

        Raises:
            OSError: it cannot be written.
        """
        self._make_folder()
        line = json.dumps(asdict(entry)).encode() + b"\n"
        descriptor = open_private_file(self._log, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def entries(self, community: str) -> list[HistoryEntry]:
        """Return what came into force in a community, the newest first.

        Raises:
            OSError: the log cannot be read.
        """
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - MAX_LOG_BYTES))
                lines = log.read().splitlines()
        except FileNotFoundError:
            return []
        read = [_entry(line) for line in reversed(lines)]
        return [entry for entry in read if entry is not None and entry.community == community]

    def find_source(self, community: str, revision: str) -> bytes | None:
        """Return the document of that revision.

        Raises:
            OSError: it cannot be read.
        """
        try:
            return self._file(community, revision).read_bytes()
        except FileNotFoundError:
            return None

    def put_in_force(self, revisions: Mapping[str, str]) -> None:
        """Note which set is in force: revisions by community.

        Raises:
            OSError: it cannot be written.
        """
        self._make_folder()
        replace_file(self._in_force, json.dumps(dict(revisions), sort_keys=True).encode())

    def in_force(self) -> dict[str, str]:
        """Return the set that was in force last; empty if none is known."""
        try:
            known = json.loads(self._in_force.read_bytes())
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {str(name): str(revision) for name, revision in known.items()}

    def _make_folder(self) -> None:
        # Not its parents: where the database's folder is missing, its operator has to know.
        make_folder(self._folder, _FOLDER_MODE)

    def _file(self, community: str, revision: str) -> Path:
        if not revision.isalnum():
            raise FileNotFoundError(revision)
        return self._folder / "documents" / community / f"{revision}.yaml"


def _entry(line: bytes) -> HistoryEntry | None:
    """Return the entry on a line; None if a crash or a person left something else there."""
    try:
        return HistoryEntry(**json.loads(line))
    except (TypeError, ValueError):
        return None
