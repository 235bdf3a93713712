"""Incidents: groups of refusals that people review together.

Refusals of one community are grouped by the first of these that they have in common: a link,
contact or wallet; a wave; a step that refused several people in a short time; the sender. An
incident ends after a pause.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from countersign.basics.durations import HOUR_MS
from countersign.policy.decisions import RecordedDecision
from countersign.policy.findings import Finding

PAUSE_MS: Final = HOUR_MS // 2
"""Time without another refusal after which an incident ends."""
ENOUGH_PEOPLE: Final = 3
"""Minimum number of people refused by a step for its refusals to be one incident."""
_INDICATOR: Final = "indicator"
_WAVE: Final = "wave"


class Likeness(StrEnum):
    """Property that the refusals of an incident have in common."""

    INDICATOR = "indicator"
    """The same link, contact or wallet."""
    WAVE = "wave"
    """Near duplicates."""
    STEP = "step"
    """The same step, with several senders."""
    SENDER = "sender"
    """The same sender."""


class _Key(NamedTuple):
    """Key of an incident."""

    community: str
    likeness: Likeness
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A group of refusals.

    Attributes:
        community: the community's name.
        likeness: the kind of property that they have in common.
        name: its value: the label of an indicator or step, or a user ID.
        refusals: one or more refusals, oldest first.
    """

    community: str
    likeness: Likeness
    name: str
    refusals: tuple[RecordedDecision, ...]

    @property
    def first(self) -> RecordedDecision:
        """The first refusal, whose reference names the incident."""
        return self.refusals[0]

    @property
    def last(self) -> RecordedDecision:
        """The last refusal, shown as the example."""
        return self.refusals[-1]

    @property
    def senders(self) -> Counter[str]:
        """Count the refusals of each sender."""
        return Counter(each.sender for each in self.refusals)

    @property
    def rooms(self) -> Counter[str]:
        """Count the refusals in each room."""
        return Counter(each.room_id for each in self.refusals)

    @property
    def steps(self) -> Counter[str]:
        """Count the events that each step refused, alone or with others."""
        return Counter(
            label
            for each in self.refusals
            for label in {finding.label for finding in each.decision.deciding}
        )

    @property
    def harms(self) -> Counter[str]:
        """Count the events that would have done each harm."""
        return Counter(harm.value for each in self.refusals for harm in each.decision.harms)


def group_refusals(
    refusals: Iterable[RecordedDecision], community_of: Callable[[str], str]
) -> list[Incident]:
    """Return refusals grouped into incidents, the one with the latest refusal first.

    Args:
        refusals: refusals with their details, in any order.
        community_of: a function that returns the community of a room ID.
    """
    in_order = sorted(refusals, key=lambda each: (each.decided_ts, each.key))
    grouped: defaultdict[_Key, list[RecordedDecision]] = defaultdict(list)
    by_step: defaultdict[_Key, list[RecordedDecision]] = defaultdict(list)
    for each in in_order:
        community = community_of(each.room_id)
        likeness, name = likeness_of(each)
        groups = by_step if likeness is Likeness.STEP else grouped
        groups[_Key(community, likeness, name)].append(each)
    incidents = [_incident(key, some) for key, all_ in grouped.items() for some in _runs(all_)]
    by_sender: defaultdict[_Key, list[RecordedDecision]] = defaultdict(list)
    for key, all_ in by_step.items():
        for some in _runs(all_):
            if len({each.sender for each in some}) >= ENOUGH_PEOPLE:
                incidents.append(_incident(key, some))
                continue
            for each in some:
                by_sender[_Key(key.community, Likeness.SENDER, each.sender)].append(each)
    for key, all_ in by_sender.items():
        in_time = sorted(all_, key=lambda each: (each.decided_ts, each.key))
        incidents += [_incident(key, some) for some in _runs(in_time)]
    return sorted(incidents, key=lambda each: (each.last.decided_ts, each.last.key), reverse=True)


def _incident(key: _Key, refusals: Sequence[RecordedDecision]) -> Incident:
    return Incident(
        community=key.community, likeness=key.likeness, name=key.name, refusals=tuple(refusals)
    )


def likeness_of(refusal: RecordedDecision) -> tuple[Likeness, str]:
    """Return the property by which a refusal is grouped, and its value."""
    against = refusal.decision.deciding
    indicator = _found_by(_INDICATOR, against)
    if indicator is not None and isinstance(indicator.value, str):
        return Likeness.INDICATOR, indicator.value
    wave = _found_by(_WAVE, against)
    if wave is not None:
        return Likeness.WAVE, wave.label
    return Likeness.STEP, against[0].label if against else ""


def _found_by(filter_name: str, findings: Iterable[Finding]) -> Finding | None:
    return next((each for each in findings if each.filter == filter_name), None)


def _runs(in_order: Sequence[RecordedDecision]) -> list[list[RecordedDecision]]:
    """Return the refusals split at pauses of `PAUSE_MS`."""
    runs: list[list[RecordedDecision]] = []
    for each in in_order:
        if not runs or each.decided_ts - runs[-1][-1].decided_ts > PAUSE_MS:
            runs.append([])
        runs[-1].append(each)
    return runs
