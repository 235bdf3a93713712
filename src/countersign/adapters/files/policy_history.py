"""The history of policies as earlier versions kept it: a folder beside the database, read only.

`documents/COMMUNITY/REVISION.yaml` hold the policies, `history.jsonl` tells when each came into
force, by whom and why, `in-force.json` names the set that was in force last.
"""

import json
import os
from pathlib import Path
from typing import Final

from countersign.ports.stores.policies import EarlierPolicy, PolicyChange

MAX_LOG_BYTES: Final = 4_000_000
"""Limit on how much of the log is read: its end, some ten thousand entries."""


class PolicyHistory:
    """Reads the folder, which may not exist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> list[EarlierPolicy]:
        """Return the policy changes of all communities, oldest first.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with (self._folder / "history.jsonl").open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - MAX_LOG_BYTES))
                lines = log.read().splitlines()
        except FileNotFoundError:
            return []
        changes = [change for change in map(_change, lines) if change is not None]
        documents: dict[tuple[str, str], bytes | None] = {}
        for change in changes:
            key = change.community, change.revision
            if key not in documents:
                documents[key] = self._find_document(*key)
        return [
            EarlierPolicy(change=change, document=documents[change.community, change.revision])
            for change in changes
        ]

    def read_in_force(self) -> dict[str, bytes]:
        """Return the documents that were in force last; empty if one is missing."""
        try:
            revisions = json.loads((self._folder / "in-force.json").read_bytes())
            if not isinstance(revisions, dict):
                return {}
            documents = {
                str(name): self._find_document(str(name), str(revision))
                for name, revision in revisions.items()
            }
        except (OSError, ValueError):
            return {}
        read_documents = {
            name: document for name, document in documents.items() if document is not None
        }
        return read_documents if len(read_documents) == len(documents) else {}

    def _find_document(self, community: str, revision: str) -> bytes | None:
        if not revision.isalnum() or "/" in community or community in ("", ".", ".."):
            return None
        try:
            file = self._folder / "documents" / community / f"{revision}.yaml"
            return file.read_bytes()
        except FileNotFoundError:
            return None


def _change(line: bytes) -> PolicyChange | None:
    """Parse the change on a line; None if the line is malformed."""
    try:
        record = json.loads(line)
        return PolicyChange(
            ts=int(record["ts"]),
            community=str(record["community"]),
            revision=str(record["revision"]),
            what=str(record["what"]),
            actor=str(record.get("who", "")),
            note=str(record.get("note", "")),
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        return None
