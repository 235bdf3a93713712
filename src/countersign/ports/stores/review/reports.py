"""Port: store of members' reports of events."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

MAX_REPORTERS: Final = 50
"""Reports of one event that are stored; more would tell moderators nothing new."""

MAX_OF_REPORTER: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Report of one event by one member of its room.

    Attributes:
        key: the key of the decision on the event, which was signed.
        reference: the reference of the decision.
        community: the one that the event's room belongs to.
        room_id: the event's room.
        sender: the sender of the event.
        reporter: the user who reports it; never shown to anybody.
        domain: the registrable domain of the reporter's server.
        is_known: the community knows the reporter for longer.
        text: what is wrong with it, in their words; may be empty.
        made_ts: the time, in ms since the epoch.
    """

    key: bytes
    reference: str
    community: str
    room_id: str
    sender: str
    reporter: str
    domain: str
    is_known: bool
    text: str
    made_ts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvent:
    """Event that members reported, without who they are.

    Attributes:
        key: the key of the decision on it.
        reference: the reference of the decision.
        community: the one that its room belongs to.
        room_id: its room.
        sender: the user who sent it.
        reporters: how many reported it; at most `MAX_REPORTERS`.
        texts: what they wrote about it, the oldest first, without empty ones.
        made_ts: the time when each report was made, the first one first, in ms since the epoch.
    """

    key: bytes
    reference: str
    community: str
    room_id: str
    sender: str
    reporters: int
    texts: tuple[str, ...]
    made_ts: tuple[int, ...]

    @property
    def first_ts(self) -> int:
        """Time of the first report, in ms since the epoch."""
        return self.made_ts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLimits:
    """Limits on the reports that are stored; each counts those of one community.

    Attributes:
        since_ts: the time from which those of a day are counted, in ms since the epoch.
        per_day: so many since then.
        of_strangers: so many of them by reporters whom the community does not know for longer.
        of_domain: so many of those by reporters from one registrable domain.
        of_reporter: so many since then by one reporter.
        of_sender: so many different events of one sender since then.
    """

    since_ts: int
    per_day: int
    of_strangers: int
    of_domain: int
    of_reporter: int
    of_sender: int


class ReportAdded(Enum):
    """Result of the attempt to store a report."""

    ADDED = "added"
    KNOWN = "known"
    """The event was reported by the same person, or by `MAX_REPORTERS`."""
    FULL = "full"
    """A limit is reached."""


class ReportStore(Protocol):
    """Stores reports, one for each event and reporter; durable once a method returns."""

    async def add(self, report: Report, limits: ReportLimits) -> ReportAdded:
        """Store a report, unless it is known, or a limit is reached."""
        ...

    async def events(
        self,
        *,
        communities: Collection[str] | None,
        rooms: Collection[str] = (),
        since_ts: int,
        limit: int,
    ) -> list[ReportedEvent]:
        """Return up to `limit` reported events, the one reported first last.

        Args:
            communities: only those of these; None for all.
            rooms: also those in these rooms, whatever their community.
            since_ts: only events that somebody reported at this moment or later, in ms since the
                epoch; each with all of its reports.
            limit: maximum number; the ones reported last are returned.
        """
        ...

    async def find(self, key: bytes) -> ReportedEvent | None:
        """Return the event of a decision; None if nobody reported it."""
        ...

    async def made_by(self, reporter: str) -> dict[bytes, int]:
        """Return the latest events that somebody reported, up to `MAX_OF_REPORTER`.

        Returns:
            By the key of the decision on each event, when it was reported, in ms since the epoch.
        """
        ...
