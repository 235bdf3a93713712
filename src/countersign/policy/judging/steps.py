"""Steps of a policy: a filter with its conditions, weight and mode."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from countersign.policy.filter import Filter
from countersign.policy.findings import Finding, FindingKind, Mode
from countersign.policy.judging.exemptions import NO_EXEMPTIONS, Exemptions
from countersign.policy.languages.sentences import Says
from countersign.policy.measures.trust_records import Trust
from countersign.policy.thresholds import MAX_HITS_COUNTED, MAX_WEIGHT, Thresholds, weight_of_hits

EVERYONE: Final = frozenset(Trust)


class OnError(StrEnum):
    """Effect of a failed filter."""

    REFUSE = "refuse"
    """The event is not signed: the answer is 503, and no decision is stored."""
    PASS = "pass"  # noqa: S105
    """The event is judged without this filter; its failure is recorded with the decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A filter as a policy uses it.

    Attributes:
        filter: the filter with its options.
        name: its name in the policy; empty for the filter's own name.
        mode: the effect of its findings.
        says: the policy's text for the sender, in place of the filter's; one, or one by language.
        on_error: the effect of a failure.
        weight: points that a finding adds to the event's score, in place of refusing by itself; the
            maximum if the filter gives points of its own.
        kind: the kind of its findings; None for the filter's, or evidence if it has a weight.
        applies_to: the levels of trust whose events it judges.
        exemptions: events that it does not judge.
    """

    filter: Filter
    name: str = ""
    mode: Mode = Mode.ENFORCE
    says: Says | None = None
    on_error: OnError = OnError.REFUSE
    weight: int | None = None
    kind: FindingKind | None = None
    applies_to: frozenset[Trust] = EVERYONE
    exemptions: Exemptions = NO_EXEMPTIONS

    @property
    def tells_untrusted_from_new(self) -> bool:
        """True if it judges just one of the levels `untrusted` and `new`; a raid swaps them."""
        return (Trust.UNTRUSTED in self.applies_to) != (Trust.NEW in self.applies_to)

    @property
    def label(self) -> str:
        """The name under which moderators find it in their policy."""
        return self.name or self.filter.name

    def kind_of(self, finding: Finding) -> FindingKind:
        """Return the kind of a finding of its filter."""
        if self.kind is not None:
            return self.kind
        return finding.kind if self.weight is None else FindingKind.EVIDENCE

    def weight_of(self, finding: Finding) -> int | None:
        """Return the points of a finding of its filter; None if it decides alone."""
        if finding.points is None or self.kind_of(finding) is not FindingKind.EVIDENCE:
            return None if self.weight is None else weight_of_hits(self.weight, finding.hits)
        most = MAX_WEIGHT if self.weight is None else self.weight
        return max(0, min(finding.points, most))

    @property
    def most_weight(self) -> int:
        """Maximum of points that one finding adds to the score; 0 if its findings add none."""
        if self.kind not in (None, FindingKind.EVIDENCE):
            return 0
        points = self.filter.most_points()
        if self.weight is None:
            return min(points, MAX_WEIGHT)
        if points:
            return min(points, self.weight)
        hits = MAX_HITS_COUNTED if self.filter.counts_hits else 1
        return weight_of_hits(self.weight, hits)

    def may_warn(self, thresholds: Thresholds) -> bool:
        """Return True if a finding of it may make the decision a warning."""
        if self.mode is Mode.WARN:
            return True
        if thresholds.warn == 0 or self.mode is not Mode.ENFORCE:
            return False
        # A filter outside this package may give points that it did not declare.
        return self.kind in (None, FindingKind.EVIDENCE)
