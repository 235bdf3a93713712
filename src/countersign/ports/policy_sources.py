"""The port through which policy documents are found, read and checked."""

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
        """Return the policies as their files say now, by community; one is the default.

        Raises:
            PolicyInvalid: a file holds mistakes, or two are for the same room.
            CountersignError: a file cannot be read.
        """
        ...

    def check(self, documents: Mapping[str, bytes]) -> dict[str, PolicyDocument]:
        """Return the policies that these documents are, all in force beside each other.

        Raises:
            PolicyInvalid: one holds mistakes, or two are for the same room.
        """
        ...

    def parse(self, document: bytes) -> Policy:
        """Return the policy of a document without the definitions of the settings.

        Raises:
            PolicyInvalid: it holds mistakes.
        """
        ...

    def revision_of_file(self, community: str) -> str | None:
        """Return the revision of a community's file; None if it is no policy now."""
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
        """Return what earlier versions of the program kept in files, the oldest first."""
        ...

    def read_last_in_force(self) -> dict[str, bytes]:
        """Return the documents in force last, as earlier versions kept them, by community."""
        ...
