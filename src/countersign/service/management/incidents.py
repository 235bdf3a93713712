"""Incidents: refusals by the same step, one soon after the other, told as one."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from countersign.basics.durations import MINUTE_MS
from countersign.policy.decisions import RecordedDecision
from countersign.service.management.speaking import MAX_REFERENCES

OVER_AFTER_MS: Final = 10 * MINUTE_MS
"""After this time without another refusal an incident is over."""
MAX_PEOPLE: Final = 2_000
MAX_ROOMS: Final = 200
MAX_INCIDENTS: Final = 100
"""Maximum number of incidents at a time in one community; a policy has not many more steps."""


@dataclass(slots=True, kw_only=True, eq=False)
class Incident:
    """Refusals by one step of a policy.

    Attributes:
        step: its label.
        harm: what the events would have done, as the first one says.
        first_ts: of the first refusal, in ms since the epoch.
        last_ts: of the last one.
        count: how many events were refused.
        people: senders, as hashes; those beyond `MAX_PEOPLE` are not counted.
        rooms: by ID, how many of them in each; those beyond `MAX_ROOMS` are not counted.
        references: of the first ones.
    """

    step: str
    harm: str
    first_ts: int
    last_ts: int
    count: int = 0
    people: set[int] = field(default_factory=set)
    rooms: Counter[str] = field(default_factory=Counter)
    references: list[str] = field(default_factory=list)

    def add(self, recorded: RecordedDecision) -> None:
        """Take in one more refusal."""
        self.count += 1
        self.last_ts = max(self.last_ts, recorded.decided_ts)
        if len(self.people) < MAX_PEOPLE:
            self.people.add(hash(recorded.sender))
        if recorded.room_id in self.rooms or len(self.rooms) < MAX_ROOMS:
            self.rooms[recorded.room_id] += 1
        if len(self.references) < MAX_REFERENCES:
            self.references.append(recorded.reference)

    def is_over(self, now_ts: int) -> bool:
        """Return True if nothing more has come for a while."""
        return now_ts - self.last_ts > OVER_AFTER_MS


class Incidents:
    """Incidents that go on in one community, by the step that refuses."""

    def __init__(self) -> None:
        self._by_step: dict[str, Incident] = {}

    def add(self, recorded: RecordedDecision) -> Incident | None:
        """Take in a refusal; return its incident, or None if it belongs to none.

        Courtesy, such as a limit of pace, is none: it says nothing against the sender.
        """
        against = recorded.decision.held_against_sender
        if not against:
            return None
        step = against[0].label
        incident = self._by_step.get(step)
        if incident is None:
            if len(self._by_step) >= MAX_INCIDENTS:
                return None
            incident = self._by_step[step] = Incident(
                step=step,
                harm=against[0].harm.value,
                first_ts=recorded.decided_ts,
                last_ts=recorded.decided_ts,
            )
        incident.add(recorded)
        return incident

    def going_on(self) -> list[Incident]:
        """Return all of them, the first one first."""
        return list(self._by_step.values())

    def take_over(self, now_ts: int) -> list[Incident]:
        """Return those that are over, and forget them."""
        over = [each for each in self._by_step.values() if each.is_over(now_ts)]
        for each in over:
            del self._by_step[each.step]
        return over
