"""Sums of evidence in sentences for moderators: the points of each part, and the thresholds."""

from typing import Final

from countersign.policy.decisions import Decision, Verdict
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.measures.trust_records import Trust

_PEOPLE: Final = {
    Trust.BANNED: "the banned",
    Trust.UNTRUSTED: "the untrusted",
    Trust.NEW: "newcomers",
    Trust.MEMBER: "members",
    Trust.TRUSTED: "trusted people",
    Trust.MODERATOR: "moderators",
}
_OF_BOTS: Final = frozenset({"wave", "event-rate", "indicator"})
"""Filters, beside those of courtesy, that take what bots do for abuse."""
_LET_IN: Final = (
    "If the sender is a bot that you know: invite it to the room as a moderator, or set its trust "
    "to `trusted`. If it is a bridge's account: name the accounts of the bridge under `bridges` in "
    "the policy."
)
_ALONE: Final = {
    Mode.ENFORCE: "refuses it",
    Mode.WARN: "warns of it",
    Mode.SHADOW: "would refuse it (shadow)",
    Mode.OFF: "is off",
}


def part_in_words(finding: Finding) -> str:
    """Return the effect of a finding: `adds 6 points (2 hits)`, or `refuses it`."""
    if finding.weight is None:
        return _ALONE[finding.mode]
    does = "would add" if finding.mode is Mode.SHADOW else "adds"
    about = ["shadow"] if finding.mode is Mode.SHADOW else []
    if finding.hits > 1:
        about.append(f"{finding.hits} hits")
    if finding.points is not None and finding.points != finding.weight:
        about.append(f"its own measure is {finding.points}, and the policy has it add no more")
    more = f" ({', '.join(about)})" if about else ""
    return f"{does} {_points(finding.weight)}{more}"


def sum_in_words(decision: Decision) -> tuple[str, ...]:
    """Return sentences about the sum of evidence; none if no evidence has points."""
    if decision.threshold is None:
        return ()
    added = [each for each in decision.findings if each.weight and each.mode is not Mode.SHADOW]
    terms = " + ".join(str(each.weight) for each in added)
    total = f"{terms} = {_points(decision.score)}" if len(added) > 1 else _points(decision.score)
    whose = f" of {_PEOPLE[decision.trust]}" if decision.trust is not None else ""
    consequence = "is refused once" if decision.is_warning else "is refused"
    threshold = f"from {decision.threshold} on an event{whose} {consequence}"
    sentences = [f"The evidence adds up to {total}; {threshold}."]
    alone = [each.label for each in decision.deciding if each.weight is None]
    if alone and decision.verdict is Verdict.REFUSE:
        sentences.append(f"It made no difference: {', '.join(alone)} decides alone.")
    elif decision.verdict is Verdict.SIGN and decision.spared_by is None:
        missing = decision.threshold - decision.score
        sentences.append(f"{_points(missing)} less than that, so it was signed.")
    return tuple(sentences)


def advice_on_bots(decision: Decision) -> tuple[str, ...]:
    """Return how to let a bot in, if a newcomer was refused for what bots often do."""
    is_for_bots = (
        decision.verdict is Verdict.REFUSE
        and decision.trust in (Trust.NEW, Trust.UNTRUSTED)
        and any(
            each.kind is FindingKind.COURTESY or each.filter in _OF_BOTS
            for each in decision.findings
            if each.mode is not Mode.SHADOW
        )
    )
    return (_LET_IN,) if is_for_bots else ()


def _points(number: int) -> str:
    return f"{number:,} point{'' if number == 1 else 's'}"
