"""Attempts: events that were sent lately, signed or not."""

from dataclasses import dataclass

from countersign.policy.questions import EventCount


@dataclass(frozen=True, slots=True, eq=False)
class Attempts(EventCount):
    """Number of events sent in the last `per_seconds`, signed or not, in all rooms of the policy.

    The event in question is not among them, nor is a retry of what the sender sent last to the
    room, and was not signed. Of `types`, only one name for what is counted is given.
    """

    @property
    def counter(self) -> tuple[str, ...]:
        """Return the name of the counter, without the window, which counters keep apart."""
        return ("attempts", self.per, self.key, *self.types)
