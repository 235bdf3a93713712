"""Port: store of the texts of refused events, to explain the refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Texts of a refused event.

    Attributes:
        key: the key of the decision.
        sender: the event's sender.
        kept_ts: the time since which it is kept, in ms since the epoch.
        texts: what was read of it.
        is_cut: there was more.
    """

    key: bytes
    sender: str
    kept_ts: int
    texts: tuple[str, ...]
    is_cut: bool = False

    @property
    def size_bytes(self) -> int:
        """The size of its texts in UTF-8."""
        return sum(len(text.encode("utf-8", "surrogatepass")) for text in self.texts)


class EvidenceStore(Protocol):
    """Stores texts for a while. Requests do not wait; texts that cannot be stored are lost."""

    async def add(self, evidence: Sequence[Evidence], *, max_total_bytes: int) -> None:
        """Store texts, and delete the oldest beyond a limit on their total size."""
        ...

    async def find(self, key: bytes) -> Evidence | None:
        """Return the kept texts of a decision's event."""
        ...

    async def forget(self, key: bytes) -> bool:
        """Delete the texts of an event; return True if there were any."""
        ...
