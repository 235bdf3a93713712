"""Port: policy documents, found, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from countersign.policy.policies.policy_documents import Policy
from countersign.ports.stores.policies import EarlierPolicy


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy with the document that it was read from."""

    source: bytes
    policy: Policy


class PolicySource(Protocol):
    """The policy documents that an operator writes, one file a community."""

    def read(self) -> dict[str, PolicyDocument]:
        """Return the policies in the files, by community; one of them is the default.

        Raises:
            PolicyInvalid: a file holds mistakes, or two are for the same room.
            CountersignError: a file cannot be read.
        """
        ...

    def check(self, documents: Mapping[str, bytes]) -> dict[str, PolicyDocument]:
        """Return the policies in these documents, checked as if all were in force together.

        Raises:
            PolicyInvalid: one holds mistakes, or two are for the same room.
        """
        ...

    def parse(self, document: bytes) -> Policy:
        """Return the policy in a document, without the definitions in the settings.

        Raises:
            PolicyInvalid: it holds mistakes.
        """
        ...

    def revision_of_file(self, community: str) -> str | None:
        """Return the revision of a community's file; None if the file is invalid or missing."""
        ...

    def replace_file(self, community: str, document: bytes) -> bytes | None:
        """Write `document` to a community's file; return the previous content.

        Raises:
            CountersignError: it cannot be written; nothing has changed.
        """
        ...

    def put_back(self, community: str, before: bytes | None) -> None:
        """Undo `replace_file`.

        Raises:
            CountersignError: it cannot be written.
        """
        ...

    def read_earlier(self) -> list[EarlierPolicy]:
        """Return the history that earlier versions of the program stored in files, oldest first."""
        ...

    def read_last_in_force(self) -> dict[str, bytes]:
        """Return the documents in force by the files of earlier versions, by community."""
        ...
