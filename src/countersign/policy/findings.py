"""Findings: a filter's objections to an event."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self

from countersign.policy.harms import HARMS, Harm
from countersign.protocol.canonical_json import to_safe_integer

Measured = int | str | None


class Mode(StrEnum):
    """Mode of a step: the effect of its findings."""

    OFF = "off"
    """The filter does not run."""
    SHADOW = "shadow"
    """Findings are recorded for moderators and refuse nothing."""
    WARN = "warn"
    """A finding refuses once; the same text passes when it is sent again."""
    ENFORCE = "enforce"
    """A finding refuses the event."""


class FindingKind(StrEnum):
    """Kind of a finding: the conclusions that it allows."""

    RULE = "rule"
    """A moderator's rule, or a malformed event: decides alone, adds to no score."""
    EVIDENCE = "evidence"
    """Evidence of abuse; with a weight it is added to the score."""
    COURTESY = "courtesy"
    """A limit of form or pace, which honest people reach: never counts against a sender."""


# Pages decode thousands of findings, and a class of values takes longest of all to look one up.
_MODES: Final = {mode.value: mode for mode in Mode}
_KINDS: Final = {kind.value: kind for kind in FindingKind}
_USUAL: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "step": "",
        "weight": None,
        "kind": FindingKind.RULE,
        "points": None,
        "hits": 1,
        "expires_ts": None,
        "rests_on": [],
    }
)
"""Default values that are not stored; earlier versions need all other fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One filter's objection to one event.

    Attributes:
        filter: the filter's name.
        harm: the harm of the event.
        reason: the finding and the limit, for moderators.
        says: friendly text for the sender, which names neither.
        value: what was measured, if it is one number or one word; an integer is brought into the
            canonical range, as events of old rooms may claim more.
        limit: the number that the policy allows, if there is one.
        mode: its effect: the event is refused, refused once, or the finding is only recorded.
        step: the name of the step in the policy; empty if it has none of its own.
        weight: points that it adds to the event's score; None if it decides alone. Filters do not
            set it: it follows from the step's weight, the points and the hits.
        kind: the conclusions that it allows.
        points: weight that the filter gives its evidence, 0 or more: each point multiplies the odds
            of abuse by about 2.5 (4 decibels). None for the step's weight; ignored for other kinds.
        expires_ts: end of a limit that ends by itself, in ms since the epoch, of which the sender
            is told; None for all others.
        hits: the number of different hits, 1 or more; with a weight and no points each adds half as
            much as the one before.
        rests_on: positions in `Event.recent_messages` of the earlier messages that it also follows
            from; empty if it follows from the event alone.
    """

    filter: str
    harm: Harm
    reason: str
    says: str
    value: Measured = None
    limit: Measured = None
    mode: Mode = Mode.ENFORCE
    step: str = ""
    weight: int | None = None
    kind: FindingKind = FindingKind.RULE
    points: int | None = None
    hits: int = 1
    expires_ts: int | None = None
    rests_on: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.value, int):
            object.__setattr__(self, "value", to_safe_integer(self.value))

    @property
    def label(self) -> str:
        """The name under which moderators find the step in their policy."""
        return self.step or self.filter

    @property
    def counts(self) -> bool:
        """True if it is enforced or warns, so that it may refuse the event."""
        return self.mode in (Mode.ENFORCE, Mode.WARN)

    def to_json(self) -> dict[str, Any]:
        """Return all fields as plain JSON."""
        return {
            "filter": self.filter,
            "harm": self.harm.value,
            "reason": self.reason,
            "says": self.says,
            "value": self.value,
            "limit": self.limit,
            "mode": self.mode.value,
            "step": self.step,
            "weight": self.weight,
            "kind": self.kind.value,
            "points": self.points,
            "hits": self.hits,
            "expires_ts": self.expires_ts,
            "rests_on": list(self.rests_on),
        }

    def to_stored(self) -> dict[str, Any]:
        """Return JSON without default values, for databases; `from_json` reads it."""
        return without_usual(self.to_json(), _USUAL)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """Return the finding that `to_json` or `to_stored` wrote.

        Raises:
            KeyError, ValueError: something else wrote it.
        """
        return cls(
            filter=stored["filter"],
            harm=HARMS[stored["harm"]],
            reason=stored["reason"],
            says=stored["says"],
            value=stored["value"],
            limit=stored["limit"],
            mode=_MODES[stored["mode"]],
            step=stored.get("step", ""),
            weight=stored.get("weight"),
            kind=_KINDS[stored.get("kind", "rule")],
            points=stored.get("points"),
            hits=stored.get("hits", 1),
            expires_ts=stored.get("expires_ts"),
            rests_on=tuple(stored.get("rests_on", ())),
        )


def without_usual(json: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items of `json` whose values are not the defaults."""
    return {key: value for key, value in json.items() if key not in usual or value != usual[key]}


def findings_deciding(
    findings: tuple[Finding, ...], modes: tuple[Mode, ...], threshold: int | None
) -> list[Finding]:
    """Return the findings that decide, in the policy's order: alone, or together by weight.

    Where only findings of courtesy decide alone, weights that reach the threshold come first:
    evidence of abuse must not be taken for a mere limit of pace.
    """
    alone = [each for each in findings if each.mode in modes and each.weight is None]
    if threshold is None or any(each.kind is not FindingKind.COURTESY for each in alone):
        return alone
    return [*findings_weighing(findings, modes, threshold), *alone]


def findings_weighing(
    findings: tuple[Finding, ...], modes: tuple[Mode, ...], threshold: int
) -> list[Finding]:
    """Return the findings whose weights reach `threshold` together, the heaviest first."""
    weights = [each for each in findings if each.mode in modes and each.weight]
    weights.sort(key=lambda each: -(each.weight or 0))
    return weights if weights and sum(each.weight or 0 for each in weights) >= threshold else []


def labels_indispensable(deciding: tuple[Finding, ...], threshold: int) -> frozenset[str]:
    """Return the labels of the steps without each of which the event would not be refused.

    Of findings that decide alone these are all. Of weights they are the steps without whose weights
    the others do not reach the threshold.
    """
    weights: Counter[str] = Counter()
    for finding in deciding:
        if finding.weight is None:
            return frozenset(each.label for each in deciding)
        weights[finding.label] += finding.weight
    rest = weights.total()
    return frozenset(label for label, weight in weights.items() if rest - weight < threshold)


def latest_end(findings: tuple[Finding, ...]) -> int | None:
    """Return the latest end of these limits, in ms since the epoch; None if one has no end."""
    ends = [each.expires_ts for each in findings]
    return None if None in ends else max((each for each in ends if each is not None), default=None)


def findings_kept(
    findings: tuple[Finding, ...], deciding: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return findings as they are recorded: see `Decision.for_record`."""
    decide = set(map(id, deciding))

    def kept(finding: Finding) -> Finding:
        if id(finding) in decide:
            return finding
        if finding.mode is Mode.SHADOW:
            return replace(finding, says="")  # nobody ever reads it
        return replace(finding, reason="", says="", value=None, limit=None)

    return tuple(map(kept, findings))
