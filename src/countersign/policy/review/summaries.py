"""Summary of a decision: the data for statistics of steps and scores.

It is stored beside each decision with findings, because reading it is much faster than reading the
decision. It contains no personal data, except what moderators write into labels of steps.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, Self

from countersign.policy.decisions import ALLOWED_AS, Decision, Verdict
from countersign.policy.findings import FindingKind, Mode
from countersign.policy.measures.trust_records import Trust

MAX_BYTES: Final = 1_000
"""Maximum size of a stored summary in UTF-8: PostgreSQL limits entries of an index."""
MAX_READ: Final = 4_096
"""Maximum number of parsed summaries in the cache."""


class Group(StrEnum):
    """Group of an event by its verdict and moderators' actions."""

    SIGNED = "signed"
    """Signed, and so presumed honest."""
    ALLOWED = "allowed"
    """Refused, and later allowed by a moderator: honest."""
    REFUSED = "refused"
    """Refused or warned about because of the sum of evidence."""
    ALONE = "refused_alone"
    """Refused by a step that decides alone, whatever the threshold is."""


class Effect(StrEnum):
    """Effect of a step's finding on a decision."""

    REFUSED = "refused"
    """It refused the event, alone or with others."""
    WARNED = "warned"
    """It refused the event once, as a warning."""
    SPARED = "spared"
    """It would have refused the event, had it not been warned about or allowed before."""
    SHADOW = "shadow"
    """It was only recorded."""
    NONE = "none"
    """It was enforced and did not decide."""


@dataclass(frozen=True, slots=True)
class StepEffect:
    """A step's part in a decision.

    Attributes:
        label: the step's label in the policy.
        effect: the effect of its finding.
        kind: the kind of its finding.
    """

    label: str
    effect: Effect
    kind: FindingKind


@dataclass(frozen=True, slots=True)
class DecisionSummary:
    """A decision's summary.

    Attributes:
        level: the sender's trust; `new` where it was not recorded.
        group: the group that the decision alone puts the event into.
        score: the sum of evidence.
        steps: the effects of its steps, by label.
    """

    level: Trust
    group: Group
    score: int
    steps: tuple[StepEffect, ...]

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """Return the summary of a decision."""
        deciding = {finding.label for finding in decision.deciding}
        last_of = {finding.label: finding for finding in decision.findings}
        return cls(
            decision.trust or Trust.NEW,
            group_of(decision),
            decision.score,
            tuple(
                StepEffect(
                    label,
                    Effect.SHADOW
                    if last_of[label].mode is Mode.SHADOW
                    else _effect(decision, is_deciding=label in deciding),
                    last_of[label].kind,
                )
                for label in sorted(last_of)
            ),
        )

    def to_text(self) -> str:
        """Return the summary as text for a database; empty if it would be too long."""
        steps = [(step.label, step.effect._value_, step.kind._value_) for step in self.steps]
        text = json.dumps(
            (self.level._value_, self.group._value_, self.score, steps),
            ensure_ascii=False,
            separators=(",", ":"),
        )
        return text if len(text.encode(errors="surrogatepass")) <= MAX_BYTES else ""


@lru_cache(MAX_READ)
def read_summary(text: str) -> DecisionSummary:
    """Return the summary from the result of `DecisionSummary.to_text`, which must not be empty.

    Raises:
        ValueError: the text has another format.
    """
    try:
        level, group, score, steps = json.loads(text)
        return DecisionSummary(
            Trust(level),
            Group(group),
            int(score),
            tuple(
                StepEffect(str(label), Effect(effect), FindingKind(kind))
                for label, effect, kind in steps
            ),
        )
    except (TypeError, RecursionError) as error:
        raise ValueError("This is not a summary that Countersign wrote.") from error


def group_of(decision: Decision) -> Group:
    """Return the group that a decision alone puts an event into."""
    if (decision.spared_by or "").startswith(ALLOWED_AS):
        return Group.ALLOWED
    if decision.verdict is Verdict.SIGN:
        return Group.SIGNED
    is_alone = any(each.weight is None and each.mode is Mode.ENFORCE for each in decision.findings)
    return Group.ALONE if is_alone else Group.REFUSED


def _effect(decision: Decision, *, is_deciding: bool) -> Effect:
    if decision.spared_by is not None:
        return Effect.SPARED
    if not is_deciding:
        return Effect.NONE
    return Effect.WARNED if decision.is_warning else Effect.REFUSED
