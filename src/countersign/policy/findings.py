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
    """Mode of a step: how much its findings weigh."""

    OFF = "off"
    """The filter does not run."""
    SHADOW = "shadow"
    """Findings are recorded for moderators and refuse nothing."""
    WARN = "warn"
    """A finding refuses once, with its reason; the same words pass when they are sent again."""
    ENFORCE = "enforce"
    """A finding refuses the event."""


class FindingKind(StrEnum):
    """Kind of a finding, which determines what it may be used for."""

    RULE = "rule"
    """A decision of moderators, or something malformed: it decides alone, and adds to no score."""
    EVIDENCE = "evidence"
    """A sign of abuse; with a weight it adds up with others."""
    COURTESY = "courtesy"
    """A limit of form or pace, which honest people reach: never held against a sender."""


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
"""Not stored of a finding; earlier versions want the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One filter's objection to one event.

    Attributes:
        filter: the filter's name.
        harm: what the event would do.
        reason: for moderators: what was found, and the limit.
        says: for the sender: friendly words that give away neither.
        value: what was measured, if it is one number or one word; an integer is brought into the
            canonical range, as events of old rooms may claim more.
        limit: what the policy allows, if it is one number.
        mode: what the finding does: refuses the event, refuses it once, or is only recorded.
        step: what the policy calls this use of the filter; empty if it has no name of its own.
        weight: how much it adds to the event's score; None if it decides by itself. A filter leaves
            it alone: the pipeline fills it in from the step's weight, the points and the hits.
        kind: what it may be used for.
        points: what the filter itself takes its evidence to be worth, from 0 on: each point
            multiplies the odds of abuse by about 2.5 (4 decibels). None if the step's weight alone
            says so; ignored if the finding is no evidence.
        expires_ts: of a limit that ends by itself, from when on the same passes, in ms since the
            epoch; None of anything else. The sender is told.
        hits: how many different things the filter found, from 1 on; with a weight and no points,
            each adds half of what the one before it added.
        rests_on: which of the sender's messages before it also rests on, as positions in
            `Event.recent_messages`; empty if it rests on the event alone.
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
        """True if it may refuse the event, alone or with others."""
        return self.mode in (Mode.ENFORCE, Mode.WARN)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
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

    Where only courtesy decides alone, weights that reach the threshold come first: what is evidence
    of abuse by itself is not excused by a limit that it meets as well.
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
    """Return the labels of the steps without which the others do not decide.

    Of steps that decide alone each is one. Of weights, those of a step are left out by turns: it is
    one if the others do not reach the threshold.
    """
    weights: Counter[str] = Counter()
    for finding in deciding:
        if finding.weight is None:
            return frozenset(each.label for each in deciding)
        weights[finding.label] += finding.weight
    rest = weights.total()
    return frozenset(label for label, weight in weights.items() if rest - weight < threshold)


def latest_end(findings: tuple[Finding, ...]) -> int | None:
    """Return when the last of these limits ends, in ms since the epoch; None if one does not."""
    ends = [each.expires_ts for each in findings]
    return None if None in ends else max((each for each in ends if each is not None), default=None)


def findings_kept(
    findings: tuple[Finding, ...], deciding: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return findings as they are recorded: those that decide, and what adds up of the others."""
    decide = set(map(id, deciding))

    def kept(finding: Finding) -> Finding:
        if id(finding) in decide:
            return finding
        if finding.mode is Mode.SHADOW:
            return replace(finding, says="")  # nobody ever reads it
        return replace(finding, reason="", says="", value=None, limit=None)

    return tuple(map(kept, findings))
