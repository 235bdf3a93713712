"""State of each community's alerts: what was reported to it, and what was not."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from countersign.basics.durations import MINUTE_MS
from countersign.ports.stores.own_user.management import OwnMessage
from countersign.service.management.alerting.incidents import Incident, Incidents, Key
from countersign.service.management.moments import is_within, minute_of_day, weekday
from countersign.service.management.rooms import Management

MAX_MESSAGES: Final = 5
"""Maximum number of alerts of a community within an hour, including the digest."""
EDIT_AFTER_MS: Final = MINUTE_MS // 2
"""Minimum time between two edits of a message."""
MAX_EDITS: Final = 20
"""Maximum number of edits of a message: each is an event in the room."""


@dataclass(slots=True)
class SentAlert:
    """A message of ours about a current incident.

    Attributes:
        message: as it was last sent.
        count: the number of refusals in it.
        sent_ts: the time of its last edit.
    """

    message: OwnMessage
    count: int
    sent_ts: int


@dataclass(slots=True)
class WaitingList:
    """Message on commands or reviews that wait for moderators; it is edited as these change.

    Attributes:
        references: the references of what waits, as in the message.
        message: the last message; None before the first.
        read_ts: the time when what waits was last read, in ms since the epoch.
    """

    references: frozenset[str] = frozenset()
    message: SentAlert | None = None
    read_ts: int = 0


@dataclass(slots=True)
class AlertState:
    """State of one community's alerts.

    Attributes:
        incidents: the current incidents.
        sent_alerts: those with a message of their own, by key.
        digested: those in the digest, by key, with the number of their refusals in it.
        missed: content of the digest: number of refused events, by step.
        missed_since_ts: the digest's beginning.
        digest: the message of the digest.
        sent: when messages were sent within the last hour, by their keys.
        raid_started_ts: start of the last reported raid.
        crowd: the last message on a crowd; its count is that of the crowd's messages.
        dropped: the reported steps that the runaway guard dropped, with the time of each.
        waiting: the list of commands that wait for a second person.
        reported: the list of events that members reported.
        appealed: the list of open appeals.
        not_before_ts: time before which nothing is sent to the room.
    """

    incidents: Incidents = field(default_factory=Incidents)
    sent_alerts: dict[Key, SentAlert] = field(default_factory=dict)
    digested: dict[Key, int] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    missed_since_ts: int = 0
    digest: SentAlert | None = None
    sent: dict[bytes, int] = field(default_factory=dict)
    raid_started_ts: int = 0
    crowd: SentAlert | None = None
    dropped: set[tuple[str, int]] = field(default_factory=set)
    waiting: WaitingList = field(default_factory=WaitingList)
    reported: WaitingList = field(default_factory=WaitingList)
    appealed: WaitingList = field(default_factory=WaitingList)
    not_before_ts: int = 0

    def count_missed(self, incident: Incident) -> None:
        """Add new refusals of an incident without a message to the digest."""
        if incident.key in self.sent_alerts:
            return
        if not self.missed:
            self.missed_since_ts = incident.first_ts
        counted = self.digested.get(incident.key, 0)
        if incident.count > counted:
            self.missed[incident.step] += incident.count - counted
            self.digested[incident.key] = incident.count


def is_quiet(management: Management, now_ts: int) -> bool:
    """Return True if that time is within a community's quiet hours."""
    return management.quiet is not None and is_within(minute_of_day(now_ts), *management.quiet)


def on_duty(management: Management, now_ts: int) -> list[str]:
    """Return the user IDs that an alert mentions now, in the order of the settings."""
    minute, day = minute_of_day(now_ts), weekday(now_ts)
    return [
        user_id
        for user_id, duty in management.duty.items()
        if is_within(minute, duty.begin, duty.end)
        # Hours over midnight belong to the day on which they began.
        and (day - (duty.begin > duty.end and minute < duty.end)) % 7 in duty.days
    ]
