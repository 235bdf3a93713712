"""Incidents that go on: refusals that are alike, one soon after the other, told as one.

They are alike as `policy.review.incidents` has it, but that few people whom a step refuses are not
told one by one: who was told of an incident must not be told of it again as another.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.incidents import PAUSE_MS, Likeness, likeness_of
from countersign.service.management.speaking import MAX_REFERENCES

MAX_PEOPLE: Final = 2_000
MAX_ROOMS: Final = 200
MAX_INCIDENTS: Final = 100
"""Maximum number of incidents at a time in one community; what is more is counted as one."""


Key: TypeAlias = tuple[Likeness, str]

MANY: Final[Key] = (Likeness.STEP, "")
"""The key of all incidents beyond `MAX_INCIDENTS`."""


@dataclass(slots=True, kw_only=True, eq=False)
class Incident:
    """Refusals that are alike.

    Attributes:
        key: in what: the likeness, and what they have in common.
        step: the label of the step that refused the first one.
        harm: what the events would have done, as the first one says.
        first_ts: of the first refusal, in ms since the epoch.
        last_ts: of the last one.
        count: how many events were refused.
        people: senders, as hashes; those beyond `MAX_PEOPLE` are not counted.
        rooms: by ID, how many of them in each; those beyond `MAX_ROOMS` are not counted.
        references: of the first ones.
    """

    key: Key
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
        return now_ts - self.last_ts > PAUSE_MS


class Incidents:
    """Incidents that go on in one community."""

    def __init__(self) -> None:
        self._by_key: dict[Key, Incident] = {}

    def add(self, recorded: RecordedDecision) -> Incident | None:
        """Take in a refusal; return its incident, or None if it belongs to none.

        Courtesy, such as a limit of pace, is none: it says nothing against the sender.
        """
        against = recorded.decision.held_against_sender
        if not against:
            return None
        key = likeness_of(recorded)
        if key not in self._by_key and len(self._by_key) >= MAX_INCIDENTS:
            key = MANY
        incident = self._by_key.get(key)
        if incident is None:
            incident = self._by_key[key] = Incident(
                key=key,
                step=against[0].label,
                harm=against[0].harm.value,
                first_ts=recorded.decided_ts,
                last_ts=recorded.decided_ts,
            )
        incident.add(recorded)
        return incident

    def going_on(self) -> list[Incident]:
        """Return all of them, the first one first."""
        return list(self._by_key.values())

    def take_over(self, now_ts: int) -> list[Incident]:
        """Return those that are over, and forget them."""
        over = [each for each in self._by_key.values() if each.is_over(now_ts)]
        for each in over:
            del self._by_key[each.key]
        return over
