"""Current incidents: similar refusals that follow each other closely, reported as one.

They are grouped as in `policy.review.incidents`, except that a step that refuses few people is one
incident, not one for each person: otherwise the same refusals would be reported a second time when
more people are refused.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from countersign.policy.decisions import RecordedDecision
from countersign.policy.review.incidents import PAUSE_MS, Likeness, likeness_of
from countersign.service.management.messenger import MAX_REFERENCES

MAX_PEOPLE: Final = 2_000
MAX_ROOMS: Final = 200
MAX_INCIDENTS: Final = 100
"""Maximum number of current incidents of one community; all further ones are counted as one."""


Key: TypeAlias = tuple[Likeness, str]

MANY: Final[Key] = (Likeness.STEP, "")
"""The key of all incidents beyond `MAX_INCIDENTS`."""


@dataclass(slots=True, kw_only=True, eq=False)
class Incident:
    """Similar refusals.

    Attributes:
        key: the kind of similarity, and what the refusals have in common.
        step: the label of the step that refused the first one.
        harm: the harm of the first one.
        first_ts: time of the first refusal, in ms since the epoch.
        last_ts: time of the last one.
        count: number of refused events.
        people: hashes of the senders; those beyond `MAX_PEOPLE` are not counted.
        rooms: number of refusals by room ID; rooms beyond `MAX_ROOMS` are not counted.
        references: references of the first ones.
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
        """Add a refusal."""
        self.count += 1
        self.last_ts = max(self.last_ts, recorded.decided_ts)
        if len(self.people) < MAX_PEOPLE:
            self.people.add(hash(recorded.sender))
        if recorded.room_id in self.rooms or len(self.rooms) < MAX_ROOMS:
            self.rooms[recorded.room_id] += 1
        if len(self.references) < MAX_REFERENCES:
            self.references.append(recorded.reference)

    def has_ended(self, now_ts: int) -> bool:
        """Return True if there was no refusal for some time."""
        return now_ts - self.last_ts > PAUSE_MS


class Incidents:
    """The current incidents of one community."""

    def __init__(self) -> None:
        self._by_key: dict[Key, Incident] = {}

    def add(self, recorded: RecordedDecision) -> Incident | None:
        """Add a refusal; return its incident, or None if it belongs to none.

        Refusals for courtesy, such as a limit of pace, belong to none.
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
        """Return all current incidents, oldest first."""
        return list(self._by_key.values())

    def pop_ended(self, now_ts: int) -> list[Incident]:
        """Remove and return the incidents that are over."""
        over = [each for each in self._by_key.values() if each.has_ended(now_ts)]
        for each in over:
            del self._by_key[each.key]
        return over
