"""Shifts: what each community was told of what goes on, and what it was not."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from countersign.basics.durations import MINUTE_MS
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.service.management.alerting.incidents import Incident, Incidents, Key
from countersign.service.management.moments import is_within, minute_of_day, weekday
from countersign.service.management.rooms import Management

MAX_MESSAGES: Final = 5
"""Maximum number of alerts that a community gets within an hour, its digest among them."""
EDIT_AFTER_MS: Final = MINUTE_MS // 2
"""Least time between two edits of a message."""
MAX_EDITS: Final = 20
"""Maximum number of edits of a message: each is an event in the room."""


@dataclass(slots=True)
class Told:
    """A message of ours about something that goes on.

    Attributes:
        message: as it was last sent.
        count: how many refusals it told of then.
        told_ts: when that was.
    """

    message: OwnMessage
    count: int
    told_ts: int


@dataclass(slots=True)
class Shift:
    """Record of what one community was told and what it was not, as far as it matters now.

    Attributes:
        incidents: those that go on.
        told: of them those that have a message, by key.
        digested: of them those that go into the digest, by key; how many refusals are in it.
        missed: what the digest tells: how many events each step refused.
        missed_since_ts: since when.
        digest: the message of the digest.
        sent: when messages were sent within the last hour, by their keys.
        raid_started_ts: of the last raid that was told.
        dropped: the steps dropped by the runaway guard that were told, and when each was dropped.
        waiting: the commands of which a message tells that they wait for a second person.
        waiting_message: that message.
        waiting_read_ts: when it was last read which wait.
        not_before_ts: until when the room is left alone.
    """

    incidents: Incidents = field(default_factory=Incidents)
    told: dict[Key, Told] = field(default_factory=dict)
    digested: dict[Key, int] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    missed_since_ts: int = 0
    digest: Told | None = None
    sent: dict[bytes, int] = field(default_factory=dict)
    raid_started_ts: int = 0
    dropped: set[tuple[str, int]] = field(default_factory=set)
    waiting: frozenset[str] = frozenset()
    waiting_message: Told | None = None
    waiting_read_ts: int = 0
    not_before_ts: int = 0

    def count_missed(self, incident: Incident) -> None:
        """Count for the digest what an incident without a message has refused since last time."""
        if incident.key in self.told:
            return
        if not self.missed:
            self.missed_since_ts = incident.first_ts
        counted = self.digested.get(incident.key, 0)
        if incident.count > counted:
            self.missed[incident.step] += incident.count - counted
            self.digested[incident.key] = incident.count


def is_quiet(management: Management, now_ts: int) -> bool:
    """Return True if a community wants no alerts at that time of day."""
    return management.quiet is not None and is_within(minute_of_day(now_ts), *management.quiet)


def on_duty(management: Management, now_ts: int) -> list[str]:
    """Return whom an alert calls now, in the order of the settings."""
    minute, day = minute_of_day(now_ts), weekday(now_ts)
    return [
        user_id
        for user_id, duty in management.duty.items()
        if is_within(minute, duty.begin, duty.end)
        # What began before midnight is of the day before.
        and (day - (duty.begin > duty.end and minute < duty.end)) % 7 in duty.days
    ]
