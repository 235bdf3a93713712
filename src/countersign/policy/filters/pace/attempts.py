"""Attempts: events that were sent lately, signed or not."""

from dataclasses import dataclass, field

from countersign.policy.questions import Per, Question


@dataclass(frozen=True, slots=True)
class Attempts(Question[int]):
    """Number of events sent in the last `per_seconds`, signed or not, in all rooms of the policy.

    The event in question is not among them, nor is a retry of what the sender sent last to the
    room, and was not signed. Otherwise as `SignedEvents`.

    Attributes:
        per: whose events.
        key: which one: a user ID, server name or room ID; empty for the community.
        types: a name for what is counted, see `SignedEvents.types`.
        per_seconds: how far back, 1 or more.
    """

    per: Per
    key: str
    types: tuple[str, ...]
    per_seconds: int
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.per, self.key, self.types, self.per_seconds)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def counter(self) -> tuple[str, ...]:
        """Return the name of the counter, without the window, which counters keep apart."""
        return ("attempts", self.per, self.key, *self.types)
