"""The port that keeps judged events, so that policies can be tried on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from countersign.policy.events import Event
from countersign.policy.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedEvent:
    """An event as filters saw it, and what was decided.

    Attributes:
        community: whose policy judged it.
        event: the event, with its sender's trust and power as they were.
        decided_ts: when, in ms since the epoch.
        is_refused: whether it was refused, a warning included.
        labels: of the steps whose findings were not only recorded.
    """

    community: str
    event: Event
    decided_ts: int
    is_refused: bool
    labels: tuple[str, ...]


def deciding_labels(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the labels of the steps whose findings were not only recorded, each once."""
    return tuple(dict.fromkeys(each.label for each in findings if each.mode.value != "shadow"))


class ArchiveWriter(Protocol):
    """Keeps judged events. Nothing waits for it: what cannot be kept is lost, and nothing else."""

    async def add(self, events: Sequence[ArchivedEvent]) -> None:
        """Keep events.

        Raises:
            StoreUnavailable: none of them is kept.
        """
        ...

    async def forget_before(self, ts: int) -> int:
        """Forget what was decided before `ts`; return how many.

        Raises:
            StoreUnavailable: nothing is forgotten.
        """
        ...


class ArchiveReader(Protocol):
    """Reads them again; blocks while it does."""

    def count(self, *, community: str, since_ts: int, room_id: str | None) -> int:
        """Return how many there are.

        Raises:
            StoreUnavailable: they cannot be read.
        """
        ...

    def find(self, *, sender: str, room_id: str, decided_ts: int) -> list[ArchivedEvent]:
        """Return what a user sent to a room and was decided at that moment: one event or none.

        More than one if the user's events were decided in the same millisecond.

        Raises:
            StoreUnavailable: it cannot be read.
        """
        ...

    def read(
        self, *, community: str, since_ts: int, room_id: str | None, limit: int
    ) -> Iterator[ArchivedEvent]:
        """Yield at most `limit`, the latest ones, in the order of their decisions.

        Raises:
            StoreUnavailable: they cannot be read.
        """
        ...
