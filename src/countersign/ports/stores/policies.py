"""Port: store of the policies in force, and their history."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyInForce:
    """The policy in force in a community.

    Attributes:
        community: its name.
        revision: the revision of the document.
        document: as it was written.
        file_revision: of what the community's file held when this came into force; None if it held
            no policy. A file with another revision than this and `revision` waits to be taken over.
        actor: on whose command it came; empty if the server took it from its file.
        ts: the time, in ms since the epoch.
        note: the reason, in the actor's words.
    """

    community: str
    revision: str
    document: bytes
    file_revision: str | None
    actor: str
    ts: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """A policy that came into force.

    Attributes:
        ts: the time, in ms since the epoch.
        community: the community of the policy.
        revision: of its document.
        what: `activated`, `rolled back` or `put back`; `loaded` if the server took it from its
            file; `found` if its file held it when another one was activated.
        actor: on whose command; empty if the server found it.
        note: the reason, in the actor's words.
    """

    ts: int
    community: str
    revision: str
    what: str
    actor: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPolicy:
    """A change with the document that came into force by it; None if that is not known."""

    change: PolicyChange
    document: bytes | None


class PolicyStore(Protocol):
    """Stores the policy in force of each community, and their history; durable on return.

    If two processes change a community's policy, the later one is in force and both are in the
    history.
    """

    async def in_force(self) -> list[PolicyInForce]:
        """Return the policies in force, by community."""
        ...

    async def put_in_force(
        self,
        policies: Sequence[PolicyInForce],
        changes: Sequence[PolicyChange],
        *,
        gone: Collection[str] = (),
    ) -> None:
        """Replace policies in force, and add the changes to the history, all or none.

        Args:
            policies: each in place of its community's last one.
            changes: what the history says of it, the oldest first. One without an actor is left
                out if the community's newest change has its revision.
            gone: communities that have no policy of their own any more; their history stays.
        """
        ...

    async def add_earlier(self, earlier: Sequence[EarlierPolicy]) -> None:
        """Add policies that were in force, or could have been, to the history, all or none."""
        ...

    async def changes(self, community: str, *, limit: int = 10_000) -> list[PolicyChange]:
        """Return the policies that were in force in a community, the newest first."""
        ...

    async def document(self, community: str, revision: str) -> bytes | None:
        """Return a document from the history; None if it is not there."""
        ...

    async def has_history(self) -> bool:
        """Return True if any policy was ever in force."""
        ...
